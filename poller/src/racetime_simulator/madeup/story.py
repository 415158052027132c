"""What every made-up session has: who drives where, its keys, its place in time."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np

from racetime_simulator.instants import print_micros, to_micros
from racetime_simulator.madeup.circuit import Circuit
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.motion import Integers, Motion
from racetime_simulator.table import Row

Kind = Literal["race", "sprint", "qualifying", "sprint_qualifying", "practice"]


@dataclass(frozen=True)
class Sort:
    """A sort of session: its names at OpenF1, its length, and its key's distance to the race's."""

    name: str
    type: str
    length: timedelta
    key: int
    notice_seconds: int
    """The first rows come this long before the start."""
    grid_from: Kind | None = None
    """The session of the day before, which makes its grid."""


SORTS: dict[Kind, Sort] = {
    "race": Sort("Race", "Race", timedelta(hours=2), 0, 55 * 60, "qualifying"),
    "qualifying": Sort("Qualifying", "Qualifying", timedelta(hours=1), -1, 15 * 60),
    "sprint": Sort("Sprint", "Race", timedelta(hours=1), -2, 55 * 60, "sprint_qualifying"),
    "sprint_qualifying": Sort(
        "Sprint Qualifying", "Qualifying", timedelta(minutes=44), -3, 15 * 60
    ),
    "practice": Sort("Practice 1", "Practice", timedelta(hours=1), -4, 15 * 60),
}
KINDS: tuple[Kind, ...] = tuple(SORTS)


@dataclass(frozen=True)
class Weekend:
    """The weekend that a session is a part of, all of whose sessions are made up."""

    kinds: tuple[Kind, ...]
    start: datetime

    @property
    def end(self) -> datetime:
        """Return when its last session is over, about."""
        return self.start + sum((SORTS[kind].length for kind in self.kinds), timedelta())


@dataclass(frozen=True)
class SessionStory(ABC):
    """A session. Instants are milliseconds since `zero`: lights out, or the first pit exit."""

    seed: int
    session_key: int
    meeting_key: int
    scheduled: datetime
    zero: datetime
    kind: Kind
    weekend: Weekend | None = field(default=None, kw_only=True)
    """None where it stands alone, and tells of the session that made its grid."""

    @property
    @abstractmethod
    def circuit(self) -> Circuit:
        """Return where it is driven."""

    @property
    @abstractmethod
    def entries(self) -> tuple[Entry, ...]:
        """Return who takes part."""

    @property
    @abstractmethod
    def end(self) -> int:
        """Return when the last lap ends."""

    @property
    @abstractmethod
    def seen_until(self) -> float:
        """Return until when cars are seen, in seconds."""

    @abstractmethod
    def motion_at(self, millis: Integers) -> Motion:
        """Return the motion of all cars."""

    @property
    def showers(self) -> tuple[tuple[float, float], ...]:
        """Return when it rains so that cars feel it, in seconds since zero."""
        return ()

    @property
    def sort(self) -> Sort:
        """Return what sort of session it is."""
        return SORTS[self.kind]

    @property
    def wait(self) -> int:
        """Return the milliseconds from the scheduled start to zero."""
        return round((self.zero - self.scheduled).total_seconds() * 1000)

    @property
    def notice(self) -> int:
        """Return when the first rows come."""
        return -self.wait - self.sort.notice_seconds * 1000

    def date(self, millis: int) -> str:
        """Print an instant."""
        return print_micros(to_micros(self.zero) + millis * 1000)

    def whole_second(self, millis: int) -> str:
        """Print an instant in whole seconds, as race control does."""
        return print_micros((to_micros(self.zero) + millis * 1000) // 1_000_000 * 1_000_000)

    def clock(self, millis: int) -> str:
        """Print the time of the day at the circuit, as messages have it."""
        hours, minutes, seconds = map(int, self.circuit.layout.gmt_offset.split(":"))
        offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return f"{self.zero + timedelta(milliseconds=millis) + offset:%H:%M:%S}"

    def row(self, **values: Any) -> Row:
        """Return a row of this session."""
        return {"meeting_key": self.meeting_key, "session_key": self.session_key, **values}

    def number(self, car: int) -> int:
        """Return a car's number."""
        return self.entries[car].number

    def called(self, car: int) -> str:
        """Return a car as messages name it."""
        entry = self.entries[car]
        return f"CAR {entry.number} ({entry.acronym})"

    def random(self, stream: int) -> np.random.Generator:
        """Return a source of chance that is this session's own."""
        return np.random.default_rng([self.seed, 100 + stream])


def print_lap(millis: int) -> str:
    """Print a lap time as messages have it."""
    minutes, rest = divmod(millis, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"
