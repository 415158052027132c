"""The laps of the leader: when the first of all cars began each of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from racetime_poller.race.memo import remembered, same
from racetime_poller.race.rows import LapRow

# When a lap was begun, and its number. In the order of time; a later one has a higher number.
LapStarts = tuple[tuple[int, int], ...]

# Cars of some sessions.
_TABLES = 128


@remembered(4)
def lap_starts(laps: Mapping[int, Mapping[int, LapRow]]) -> LapStarts:
    """Return when the leader began each lap; the same object while no start has changed."""
    return _of_the_first(*(_starts(table) for table in laps.values()))


def lap_at(starts: LapStarts, at: int) -> int | None:
    """Return the lap that the leader was on at an instant; None before the first."""
    index = bisect_right(starts, at, key=lambda start: start[0])
    return starts[index - 1][1] if index else None


def next_start(starts: LapStarts, at: int) -> int | None:
    """Return when the leader first crossed the line after an instant; None when it has not."""
    index = bisect_right(starts, at, key=lambda start: start[0])
    return starts[index][0] if index < len(starts) else None


@remembered(_TABLES)
def _starts(table: Mapping[int, LapRow]) -> LapStarts:
    """Return the starts that a car's table tells. Most news of a lap leave its start alone, so
    equal ones are made the same object."""
    known = ((row.date_start, lap) for lap, row in table.items() if row.date_start is not None)
    return same(tuple(sorted((int(at), lap) for at, lap in known)))


@remembered(8)
def _of_the_first(*tables: LapStarts) -> LapStarts:
    earliest: dict[int, int] = {}
    for table in tables:
        for at, lap in table:
            if at < earliest.get(lap, at + 1):
                earliest[lap] = at
    return same(_rising([(earliest[lap], lap) for lap in sorted(earliest)]))


def _rising(starts: Sequence[tuple[int, int]]) -> LapStarts:
    """Return the most of the starts that follow one another in time: one row that is wrong must
    not hide those between it and the truth."""
    ends: list[int] = []
    chains: list[tuple[tuple[int, int], ...]] = [()]
    for start in starts:
        length = bisect_left(ends, start[0])
        chain = (*chains[length], start)
        ends[length : length + 1] = [start[0]]
        chains[length + 1 : length + 2] = [chain]
    return chains[-1]
