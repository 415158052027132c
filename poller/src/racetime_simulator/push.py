"""What OpenF1 pushes: every version of every row of live timing, as it comes to be seen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from racetime_simulator.archive import Archive, Selectable
from racetime_simulator.faults import Faults
from racetime_simulator.faults.messages import Delivery
from racetime_simulator.instants import from_micros, parse_micros
from racetime_simulator.table import Row, Table

IDENTITIES: Mapping[str, Sequence[str]] = {
    "car_data": ("date", "driver_number"),
    "championship_drivers": ("session_key", "driver_number"),
    "championship_teams": ("session_key", "team_name"),
    "drivers": ("session_key", "driver_number"),
    "intervals": ("date", "driver_number"),
    "laps": ("session_key", "lap_number", "driver_number"),
    "location": ("date", "driver_number"),
    "overtakes": ("date", "overtaking_driver_number", "overtaken_driver_number"),
    "pit": ("session_key", "lap_number", "driver_number"),
    "position": ("date", "driver_number"),
    "race_control": (
        "date",
        "driver_number",
        "lap_number",
        "category",
        "flag",
        "scope",
        "sector",
    ),
    "stints": ("session_key", "stint_number", "driver_number"),
    "team_radio": ("date", "driver_number"),
    "weather": ("date",),
}
"""What the `_key` of a pushed row is made of. These endpoints are pushed, and no others."""

_NAIVE: Mapping[str, str] = {
    "intervals": "date",
    "laps": "date_start",
    "overtakes": "date",
    "pit": "date",
    "position": "date",
    "weather": "date",
}
_MILLISECOND_MICROS = 1_000

Published = tuple[str, bytes]
"""Topic and body."""


@dataclass
class PushFeed:
    """Tells what is published from one instant to the next, each version once."""

    archive: Archive
    faults: Faults = field(default_factory=Faults)
    published: int = 0
    _newest_id: int = 0
    _delivery: Delivery = field(init=False)

    def __post_init__(self) -> None:
        """Deliver as the faults have it."""
        self._delivery = Delivery(self.faults)

    def between(self, after: int, until: int) -> Sequence[Published]:
        """Return what is published after one instant and up to another, in microseconds."""
        return self._delivery.take(self._seen_between(after, until), until)

    def _seen_between(self, after: int, until: int) -> Iterator[Published]:
        silent = self.faults.active("mqtt_silence", until)
        for session in self.archive.sessions_at(until):
            for endpoint, selectable in session.tables.items():
                if endpoint not in IDENTITIES:
                    continue
                for row in self._seen(selectable, after, until):
                    if silent:
                        self.faults.count("mqtt_silence")
                        continue
                    self.published += 1
                    yield f"v1/{endpoint}", self._body(endpoint, row, until)

    def _seen(self, selectable: Selectable, after: int, until: int) -> Iterator[bytes]:
        for table in loaded(selectable):
            yield from self.faults.view(table).seen_between(after, until)

    def _body(self, endpoint: str, row: bytes, now: int) -> bytes:
        """Return a row as it is pushed, with what OpenF1 keeps to itself."""
        self._newest_id = max(self._newest_id + 1, now // _MILLISECOND_MICROS)
        decoded: Row = msgspec.json.decode(row)
        if not isinstance(decoded, dict):
            return row
        key = "_".join(_part(decoded.get(name)) for name in IDENTITIES[endpoint])
        pushed: dict[str, Any] = dict(decoded)
        if endpoint in _NAIVE:
            name = _NAIVE[endpoint]
            pushed[name] = _naive(decoded.get(name), self._newest_id)
        if endpoint == "laps":
            pushed["_date_start_last_lap"] = None
        pushed["_key"] = key
        pushed["_id"] = self._newest_id
        return msgspec.json.encode(pushed)


def loaded(selectable: Selectable) -> Sequence[Table]:
    """Return the table, or as much of one as is loaded."""
    return (selectable,) if isinstance(selectable, Table) else getattr(selectable, "tables", ())


def _part(value: object) -> str:
    micros = parse_micros(value)
    return str(value) if micros is None else str(micros // _MILLISECOND_MICROS)


def _naive(value: object, number: int) -> object:
    """Return a date without its offset, and with microseconds, which REST cuts off."""
    micros = parse_micros(value)
    if micros is None:
        return value
    cut = micros - micros % _MILLISECOND_MICROS + number % _MILLISECOND_MICROS
    return from_micros(cut).replace(tzinfo=None).isoformat()
