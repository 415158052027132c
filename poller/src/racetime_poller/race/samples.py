"""Samples of positions as columns, and the newest minutes of them."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from racetime_poller.race.outline import Floats, Points
from racetime_poller.race.rows import LocationRow

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A lap under red flag apart, none takes longer.
KEEP_MILLIS = 240_000
_COLUMNS = attrgetter("driver_number", "date", "x", "y")


@dataclass(frozen=True, eq=False, slots=True)
class Samples:
    """Samples of any cars: driver, instant, position; in decimetres."""

    drivers: Integers
    instants: Integers
    xs: Integers
    ys: Integers

    @staticmethod
    def of(rows: Iterable[LocationRow]) -> "Samples":
        """Take samples out of rows, by car and instant; those without a fix are no places."""
        columns = list(zip(*map(_COLUMNS, rows), strict=True))
        if not columns:
            return Samples.sorted(())
        drivers, instants, xs, ys = map(_whole, columns)
        order = np.lexsort((instants, drivers))
        ordered = Samples(drivers, instants, xs, ys).only(order[((xs != 0) | (ys != 0))[order]])
        again = (np.diff(ordered.instants, prepend=-1) == 0) & ~ordered.firsts
        return ordered.only(~again) if again.any() else ordered

    @staticmethod
    def sorted(rows: Iterable[tuple[int, int, int, int]]) -> "Samples":
        """Put samples in order: driver, instant, x, y of each."""
        columns = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4).T
        return Samples(columns[0], columns[1], columns[2], columns[3])

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.instants)

    def only(self, chosen: Flags | Integers) -> "Samples":
        """Return some of the samples."""
        return Samples(
            self.drivers[chosen], self.instants[chosen], self.xs[chosen], self.ys[chosen]
        )

    @staticmethod
    def joined(parts: Iterable["Samples"]) -> "Samples":
        """Return all samples of some tables in order, by car and instant."""
        listed = list(parts)
        if not listed:
            return Samples.sorted(())
        columns = [
            np.concatenate([getattr(part, name) for part in listed])
            for name in ("drivers", "instants", "xs", "ys")
        ]
        order = np.lexsort((columns[1], columns[0]))
        return Samples(*(column[order] for column in columns))

    @property
    def firsts(self) -> Flags:
        """Which samples are the first ones of their cars."""
        firsts = np.ones(len(self), dtype=np.bool_)
        np.not_equal(self.drivers[1:], self.drivers[:-1], out=firsts[1:])
        return firsts

    @property
    def points(self) -> Points:
        """The positions."""
        return np.column_stack((self.xs, self.ys)).astype(np.float64)


def _whole(values: Sequence[int | None]) -> Integers:
    """Return a column of rows; what is not known is 0."""
    known = [value or 0 for value in values] if None in values else values
    return np.array(known, dtype=np.int64)


@dataclass(slots=True)
class Trails:
    """The newest minutes of all cars."""

    _parts: deque[Samples] = field(default_factory=deque)
    first: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    _newest: int = 0

    def add(self, samples: Samples) -> None:
        """Keep samples; forget what is too old."""
        if not len(samples):
            return
        self._parts.append(samples)
        begins = np.flatnonzero(samples.firsts)
        ends = np.append(begins[1:], len(samples)) - 1
        spans = (samples.instants[begins].tolist(), samples.instants[ends].tolist())
        for number, begin, end in zip(samples.drivers[begins].tolist(), *spans, strict=True):
            self.first[number] = min(begin, self.first.get(number, begin))
            self.last[number] = max(end, self.last.get(number, end))
            self._newest = max(self._newest, end)
        while len(self._parts) > 1 and int(self._parts[0].instants.max()) < self._oldest:
            self._parts.popleft()

    @property
    def _oldest(self) -> int:
        return self._newest - KEEP_MILLIS

    def spans(self, number: int, begin: int, end: int) -> bool:
        """Tell whether all samples of a car between two instants are kept."""
        first, last = self.first.get(number), self.last.get(number)
        if first is None or last is None:
            return False
        return max(first, self._oldest) <= begin and last >= end

    def trail(self, number: int, begin: int, end: int) -> tuple[Floats, Points]:
        """Return instants and positions of a car from the sample before a time to that behind."""
        own = Samples.joined(part.only(part.drivers == number) for part in self._parts)
        start = max(int(np.searchsorted(own.instants, begin, side="right")) - 1, 0)
        stop = int(np.searchsorted(own.instants, end)) + 1
        chosen = own.only(np.arange(start, min(stop, len(own))))
        return chosen.instants.astype(np.float64), chosen.points
