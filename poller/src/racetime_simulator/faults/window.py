"""When a fault is on, and the text that orders one: `name`, `name:0.3`, `name@60-180`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from racetime_simulator.faults.catalogue import EVERYTHING, FAULTS
from racetime_simulator.instants import ALWAYS, NEVER, SECOND_MICROS, to_micros

_ORDER = re.compile(
    r"(?P<name>\w+)(?::(?P<rate>\d*\.?\d+))?"
    r"(?:@(?P<start>-?\d+(?:\.\d+)?)(?P<open>-(?P<end>-?\d+(?:\.\d+)?)?)?)?"
)


@dataclass(frozen=True)
class Window:
    """A span of race time, in microseconds: from `start` up to `end`."""

    start: int = ALWAYS
    end: int = NEVER

    @classmethod
    def between(cls, start: datetime | None, end: datetime | None = None) -> "Window":
        """Return the window between two instants; None leaves that side open."""
        return cls(
            ALWAYS if start is None else to_micros(start), NEVER if end is None else to_micros(end)
        )

    @property
    def ends(self) -> bool:
        """Return whether it ever ends."""
        return self.end < NEVER

    def holds(self, instant: int) -> bool:
        """Return whether an instant lies in it."""
        return self.start <= instant < self.end


ALWAYS_ON = Window()


@dataclass(frozen=True)
class RowFault:
    """A fault of rows, and all that decides what it does."""

    name: str
    seed: int
    rate: float
    window: Window

    def random(self, table: str) -> np.random.Generator:
        """Return the chance that is this fault's own in a table."""
        words = f"{self.name}/{table}".encode()
        return np.random.default_rng([self.seed & 0xFFFFFFFF, *words])

    def strikes(self, table: str) -> bool:
        """Return whether it strikes an endpoint at all."""
        endpoints = FAULTS[self.name].endpoints
        return endpoints == EVERYTHING or table in endpoints


@dataclass(frozen=True)
class Order:
    """A fault that is wanted: how often, and when in seconds from the clock's start."""

    name: str
    rate: float | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None

    def window(self, origin: datetime) -> Window | None:
        """Return its window, None where it was ordered without one."""
        if self.start_seconds is None:
            return None
        base = to_micros(origin)
        end = NEVER
        if self.end_seconds is not None:
            end = base + round(self.end_seconds * SECOND_MICROS)
        return Window(base + round(self.start_seconds * SECOND_MICROS), end)


def check_names(names: Iterable[str]) -> None:
    """Refuse names that there are no faults of."""
    unknown = sorted(set(names) - set(FAULTS))
    if unknown:
        raise ValueError(f"no such fault: {', '.join(unknown)} (of {', '.join(FAULTS)})")


def read_orders(text: str) -> tuple[Order, ...]:
    """Read what is ordered, comma-separated.

    `late:0.3` strikes 30 % of the rows; `outage@60-90` lasts from 60 to 90 s, `outage@60-` from
    60 s on for good, `outage@60` as long as such a fault usually does.
    """
    orders = tuple(_read_order(part.strip()) for part in text.split(",") if part.strip())
    check_names(order.name for order in orders)
    return orders


def _read_order(text: str) -> Order:
    found = _ORDER.fullmatch(text)
    if found is None:
        raise ValueError(f"a fault is NAME[:RATE][@FROM[-[TO]]], not {text!r}")
    check_names([found["name"]])
    rate = None if found["rate"] is None else float(found["rate"])
    if rate is not None and rate > 1:
        raise ValueError(f"fault rate must be between 0 and 1, not {rate}")
    start = None if found["start"] is None else float(found["start"])
    end = None if found["end"] is None else float(found["end"])
    if start is not None and not found["open"]:
        end = start + FAULTS[found["name"]].seconds
    if start is not None and end is not None and end <= start:
        raise ValueError(f"a fault must end after it begins: {text!r}")
    return Order(found["name"], rate, start, end)
