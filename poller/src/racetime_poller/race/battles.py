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
from racetime_poller.race.memo import remembered
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
_MAX_LINES = LINES * 202


def battles(race: Race, periods: Mapping[int, TrackPeriod]) -> Mapping[str, RaceEvent]:
    """Return all battles of a race by identity. One that goes on grows longer."""
    if not race.is_race:
        return {}
    spans = tuple(
        (period.start_at, (period.end_at or _FOR_EVER) + _SETTLING_MILLIS)
        for period in periods.values()
        if period.flag in _NEUTRAL
    )
    return _battles(race.laps, _same(spans))


@lru_cache(maxsize=8)
def _same(spans: Spans) -> Spans:
    return spans


@remembered(4)
def _battles(tables: Mapping[int, Mapping[int, LapRow]], spans: Spans) -> Mapping[str, RaceEvent]:
    numbers = sorted(tables)
    if len(numbers) < 2:
        return {}
    instants = np.stack([_raced(tables[number], spans) for number in numbers])
    firsts, seconds = np.array(list(combinations(range(len(numbers)), 2))).T
    apart = np.abs(instants[firsts] - instants[seconds])
    near = apart < _NEAR_MILLIS
    found: dict[str, RaceEvent] = {}
    for pair in np.flatnonzero(near.sum(axis=1) >= _LEAST_LINES):
        one, other = firsts[pair], seconds[pair]
        for first, last in _stretches(near[pair], np.isfinite(apart[pair])):
            ahead, behind = one, other
            if instants[other, first] < instants[one, first]:
                ahead, behind = other, one
            event = _battle(numbers, instants, int(ahead), int(behind), first, last)
            low, high = sorted((numbers[one], numbers[other]))
            found[f"battle/{low}/{high}/{first}"] = event
    return found


@remembered(96)
def _raced(laps: Mapping[int, LapRow], spans: Spans) -> NDArray[np.float64]:
    """Return when a car passed each line; not a number where that is not known. Where it did not
    race its instants are made to be far from those of all others."""
    instants = np.full(_MAX_LINES, np.nan)
    for line, at in crossings(laps).items():
        if line >= _FIRST_LINE:
            instants[line] = at
    number = next(iter(laps.values())).driver_number if laps else 0
    for begin, end in spans:
        instants[(begin <= instants) & (instants <= end)] = -_FAR_MILLIS * number
    return instants


def _stretches(near: NDArray[np.bool_], known: NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    """Return first and last line of the stretches in which two cars were near at every line, but
    for lines of which nothing is known."""
    found: list[tuple[int, int]] = []
    lines: list[int] = []
    for line in np.flatnonzero(known | near):
        if near[line] and (not lines or line - lines[-1] <= LINES):
            lines.append(int(line))
            continue
        if len(lines) > _LEAST_LINES:
            found.append((lines[0], lines[-1]))
        lines = [int(line)] if near[line] else []
    if len(lines) > _LEAST_LINES:
        found.append((lines[0], lines[-1]))
    return found


def _battle(
    numbers: Sequence[int],
    instants: NDArray[np.float64],
    ahead: int,
    behind: int,
    first: int,
    last: int,
) -> RaceEvent:
    begun_at = int(instants[behind, first])
    return RaceEvent(
        RaceEventKind.BATTLE,
        begun_at,
        numbers[behind],
        numbers[ahead],
        lap=first // LINES,
        duration_millis=int(max(instants[ahead, last], instants[behind, last])) - begun_at,
    )
