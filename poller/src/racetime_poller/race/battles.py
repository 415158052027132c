"""Battles: two cars that stay within a second of each other for laps, by the lines of the timing.

Lines are the same place for both cars, so their instants there tell the distance; and laps, unlike
gaps, are all kept, so that it does not matter in what order rows came.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from racetime_poller.race.crossings import LINES, crossings
from racetime_poller.race.memo import remembered, same
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import RaceEvent, RaceEventKind, TrackFlag, TrackPeriod

_NEAR_MILLIS = 1_000
# A battle has lasted for so many lines in a row: two laps.
_LEAST_LINES = 2 * LINES
# On the first lap all cars are close.
_FIRST_LINE = 2 * LINES
_NEUTRAL = frozenset(
    {
        TrackFlag.SAFETY_CAR,
        TrackFlag.SAFETY_CAR_ENDING,
        TrackFlag.VIRTUAL_SAFETY_CAR,
        TrackFlag.VIRTUAL_SAFETY_CAR_ENDING,
        TrackFlag.RED,
    }
)
# Cars are close for a while after they were let go.
_SETTLING_MILLIS = 60_000
# Begin and end, such as of a time behind the safety car.
Spans = tuple[tuple[int, int], ...]
_FOR_EVER = 2**62
_FAR_MILLIS = 1e9


def battles(race: Race, periods: Mapping[int, TrackPeriod]) -> Mapping[str, RaceEvent]:
    """Return all battles of a race by identity. One that goes on grows longer."""
    if not race.is_race:
        return {}
    spans = tuple(
        (period.start_at, (period.end_at or _FOR_EVER) + _SETTLING_MILLIS)
        for period in periods.values()
        if period.flag in _NEUTRAL
    )
    return _battles(race.laps, same(spans))


@remembered(4)
def _battles(tables: Mapping[int, Mapping[int, LapRow]], spans: Spans) -> Mapping[str, RaceEvent]:
    numbers = sorted(tables)
    if len(numbers) < 2:
        return {}
    rows = [_raced(tables[number], spans) for number in numbers]
    lines = max(map(len, rows))
    instants = np.full((len(numbers), lines), np.nan)
    for index, row in enumerate(rows):
        instants[index, : len(row)] = row
    firsts, seconds = _pairs(len(numbers))
    apart = np.abs(instants[firsts] - instants[seconds])
    near = apart < _NEAR_MILLIS
    found: dict[str, RaceEvent] = {}
    for pair in np.flatnonzero(near.sum(axis=1) >= _LEAST_LINES):
        one, other = firsts[pair], seconds[pair]
        known = np.isfinite(apart[pair])
        for first, last in _stretches(near[pair].tobytes(), known.tobytes()):
            ahead, behind = one, other
            if instants[other, first] < instants[one, first]:
                ahead, behind = other, one
            begun_at, ended_at = instants[behind, first], max(instants[[one, other], last])
            event = _battle(numbers[ahead], numbers[behind], first, int(begun_at), int(ended_at))
            low, high = sorted((numbers[one], numbers[other]))
            found[f"battle/{low}/{high}/{first}"] = event
    return found


@lru_cache(maxsize=4)
def _pairs(count: int) -> NDArray[np.intp]:
    """Return both sides of all pairs of so many."""
    return np.array(list(combinations(range(count), 2))).T


@remembered(96)
def _raced(laps: Mapping[int, LapRow], spans: Spans) -> NDArray[np.float64]:
    """Return when a car passed each line; not a number where that is not known. Where it did not
    race its instants are made to be far from those of all others."""
    passed = crossings(laps)
    instants = np.full(max(passed, default=0) + 1, np.nan)
    for line, at in passed.items():
        if line >= _FIRST_LINE:
            instants[line] = at
    number = next(iter(laps.values())).driver_number if laps else 0
    for begin, end in spans:
        instants[(begin <= instants) & (instants <= end)] = -_FAR_MILLIS * number
    return instants


@lru_cache(maxsize=1024)
def _stretches(near: bytes, known: bytes) -> Sequence[tuple[int, int]]:
    """Return first and last line of the stretches in which two cars were near at every line, but
    for lines of which nothing is known. There is a byte for each line."""
    found: list[tuple[int, int]] = []
    lines: list[int] = []
    for line, is_known in enumerate(known):
        if near[line] and (not lines or line - lines[-1] <= LINES):
            lines.append(line)
            continue
        if not is_known:
            continue
        if len(lines) > _LEAST_LINES:
            found.append((lines[0], lines[-1]))
        lines = [line] if near[line] else []
    if len(lines) > _LEAST_LINES:
        found.append((lines[0], lines[-1]))
    return found


@lru_cache(maxsize=1024)
def _battle(ahead: int, behind: int, first: int, begun_at: int, ended_at: int) -> RaceEvent:
    return RaceEvent(
        RaceEventKind.BATTLE,
        begun_at,
        behind,
        ahead,
        lap=first // LINES,
        duration_millis=ended_at - begun_at,
    )
