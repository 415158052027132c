"""Which faults are on, how often and when; all of it may be changed while the server runs."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from racetime_simulator.answer import Answer
from racetime_simulator.archive import SessionRow
from racetime_simulator.faults.answers import (
    dribbled,
    instead_of_answer,
    instead_of_token,
)
from racetime_simulator.faults.catalogue import FAULTS
from racetime_simulator.faults.garbage import disturb_rows
from racetime_simulator.faults.repairs import moved_by
from racetime_simulator.faults.views import spoil
from racetime_simulator.faults.window import ALWAYS_ON, Order, RowFault, Window, check_names
from racetime_simulator.table import Table

TOO_MUCH_ROWS = 3_000
EARLY_EXPIRY_SECONDS = 600
MOST_VIEWS = 200


@dataclass
class Faults:
    """The faults that are on.

    `window` is when they are on, `windows` and `rates` are those of single faults. What is ordered
    without a window is on for good. The push feed asks `active("mqtt_silence", now)` and
    `active("mqtt_disconnect", now)`, and reads rows through `view` as the REST side does.
    """

    names: frozenset[str] = frozenset()
    rate: float = 0.1
    seed: int = 1
    timeout_seconds: float = 12.0
    outage_start: datetime | None = None
    outage_seconds: float = 30.0
    window: Window = ALWAYS_ON
    windows: Mapping[str, Window] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    injected: dict[str, int] = field(default_factory=dict)
    _request: int = field(default=0, init=False)
    _views: dict[int, tuple[Table, tuple[RowFault, ...], Table]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        """Refuse names that there are none of."""
        self.names = frozenset(self.names)
        check_names(self.names)

    @classmethod
    def ordered(cls, orders: Sequence[Order], origin: datetime, **others: object) -> "Faults":
        """Return what is ordered, its windows counted from `origin`."""
        faults = cls(**others)  # type: ignore[arg-type]
        faults.order(orders, origin)
        return faults

    def order(self, orders: Sequence[Order], origin: datetime) -> None:
        """Turn on these faults and no others, their windows counted from `origin`."""
        windows = {order.name: order.window(origin) for order in orders}
        self.names = frozenset(windows)
        self.windows = {name: window for name, window in windows.items() if window is not None}
        self.rates = {order.name: order.rate for order in orders if order.rate is not None}

    def turn_on(self, *names: str) -> None:
        """Turn on more faults."""
        self.names = replace(self, names=self.names | set(names)).names

    def turn_off(self, *names: str) -> None:
        """Turn off the named faults, or all."""
        self.names = self.names - set(names) if names else frozenset()

    def active(self, name: str, now: int) -> bool:
        """Return whether a fault is on at an instant in microseconds."""
        return name in self.names and self.window_of(name).holds(now)

    def window_of(self, name: str) -> Window:
        """Return when a fault is on."""
        if name in self.windows:
            return self.windows[name]
        if name != "outage":
            return self.window
        if self.outage_start is None:
            return self.window if self.window != ALWAYS_ON else Window(0, 0)
        end = self.outage_start + timedelta(seconds=self.outage_seconds)
        return Window.between(self.outage_start, end)

    def rate_of(self, name: str) -> float:
        """Return the share of requests or rows that a fault strikes."""
        return self.rates.get(name, self.rate)

    def begin_request(self) -> None:
        """Count a request: what strikes by chance is decided anew."""
        self._request += 1

    def strikes(self, name: str, now: int, number: int | None = None) -> random.Random | None:
        """Return the chance with which a fault goes on if it strikes this request, or what else has
        this number, else None."""
        if not self.active(name, now):
            return None
        number = self._request if number is None else number
        chance = random.Random(f"{self.seed}/{name}/{number}")
        if not FAULTS[name].lasts and chance.random() >= self.rate_of(name):
            return None
        self.count(name)
        return chance

    def count(self, name: str, times: int = 1) -> None:
        """Count that a fault struck."""
        self.injected[name] = self.injected.get(name, 0) + times

    def instead(self, now: int) -> Answer | None:
        """Return the answer that a request gets instead of its own, None where it gets its own."""
        return instead_of_answer(self, now)

    def instead_of_token(self, now: int) -> Answer | None:
        """Return the answer that /token gives instead of its own, None where it gives its own."""
        return instead_of_token(self, now)

    def disturb(self, rows: Sequence[bytes], now: int) -> Sequence[bytes]:
        """Return rows with repeated, shuffled and garbage ones among them; none is missing."""
        return disturb_rows(self, rows, now)

    def cut(self, body: bytes, now: int) -> bytes:
        """Return a body, perhaps cut off in the middle."""
        chance = self.strikes("truncated", now) if len(body) > 2 else None
        return body if chance is None else body[: chance.randint(1, len(body) - 1)]

    def deliver(self, answer: Answer, now: int) -> Answer:
        """Return an answer, perhaps slow to come or cut off."""
        return dribbled(self, answer, now)

    def most_rows(self, most: int, now: int) -> int:
        """Return how many rows are not too many."""
        return TOO_MUCH_ROWS if self.strikes("too_much", now) else most

    def token_seconds(self, seconds: int, now: int) -> int:
        """Return for how long a token that is handed out now will really work."""
        return EARLY_EXPIRY_SECONDS if self.strikes("early_expiry", now) else seconds

    def view(self, table: Table) -> Table:
        """Return a table as it is seen: rows late, wrong or missing."""
        wanted = tuple(
            RowFault(name, self.seed, self.rate_of(name), self.window_of(name))
            for name in FAULTS
            if name in self.names and FAULTS[name].kind in ("rows", "schedule")
        )
        if not wanted:
            return table
        known = self._views.get(id(table))
        if known is not None and known[0] is table and known[1] == wanted:
            return known[2]
        seen, struck = spoil(table, wanted)
        for name, times in struck.items():
            self.count(name, times)
        if len(self._views) >= MOST_VIEWS:
            self._views.clear()
        self._views[id(table)] = (table, wanted, seen)
        return seen

    def scheduled(self, row: SessionRow, now: int) -> SessionRow:
        """Return a session's place in time as the schedule has it now."""
        if not self.active("moved_start", now):
            return row
        shift = moved_by(self.seed, row.session_key)
        return replace(row, start=row.start + shift, end=row.end + shift)
