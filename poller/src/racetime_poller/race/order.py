"""Who is where: a permutation of places, by a stated order of evidence.

In a race: rows of places, then the lines of the timing (laps and sectors), then gaps, then the
grid, then numbers. A row of places holds until the lines show for a whole lap that it cannot: the
feed falls silent at times. Elsewhere the best lap rules, where rows of places do not.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations, pairwise
from typing import NamedTuple

from racetime_poller.race.crossings import LINES, crossings
from racetime_poller.race.grid import Places, starting_grid
from racetime_poller.race.memo import remembered
from racetime_poller.race.records import NONE_DELETED, LapKeys, lap_book
from racetime_poller.race.rows import LapRow, PositionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarPosition, PositionBasis

_LAST = 10**9
_NEVER = 10**15
_NO_LAPS: Mapping[int, LapRow] = {}
# Starts of laps are off by less.
_LINE_SLACK_MILLIS = 1_000
_LONGEST_LAP_MILLIS = 180_000


class Evidence(NamedTuple):
    """What places a car where no row does, to be sorted by: the best kind first."""

    basis: PositionBasis
    keys: tuple[int, ...]


def cars(race: Race) -> Sequence[int]:
    """Return the numbers of the cars of a race: the drivers entered, else all that rows speak
    of."""
    if race.drivers:
        return sorted(race.drivers)
    return sorted({*race.positions, *race.gaps, *race.laps, *race.stints})


def classification(race: Race, deleted: LapKeys = NONE_DELETED) -> Mapping[int, CarPosition]:
    """Give every car a place, without holes.

    A car keeps the place of its newest row; where two name one place the newer row wins. Cars that
    rows do not place, or no longer, fill the places that are left, by the best evidence of them.
    """
    numbers = cars(race)
    grid = starting_grid(race)
    wrong = contradicted(race.positions, race.laps) if race.is_race else frozenset()
    told = seated(race.positions, len(numbers))
    seats = {place: number for place, number in told.items() if number not in wrong}
    evidence = _evidences(race, set(numbers) - set(seats.values()), grid, deleted)
    free = (place for place in range(1, _LAST) if place not in seats)
    for number in sorted(evidence, key=lambda number: evidence[number].keys):
        seats[next(free)] = number
    return {
        number: CarPosition(
            place,
            grid.get(number),
            evidence[number].basis if number in evidence else PositionBasis.POSITION,
        )
        for place, number in enumerate((seats[place] for place in sorted(seats)), start=1)
    }


@remembered(8)
def seated(positions: Mapping[int, PositionRow], count: int) -> Mapping[int, int]:
    """Return who is in each place by the newest rows of places.

    When two are told to be in one, the other's row was lost: it moved on to the nearest place that
    is free, and with it, by one, those between whose rows are as old.
    """
    seats: dict[int, int] = {}
    losers: list[PositionRow] = []
    for row in sorted(positions.values(), key=lambda row: (-row.date, row.driver_number)):
        if row.position in seats:
            losers.append(row)
        else:
            seats[row.position] = row.driver_number
    for row in losers:
        free = [place for place in range(1, count + 1) if place not in seats]
        nearest = min(free, key=lambda place: (abs(place - row.position), -place), default=0)
        _push(seats, positions, row, nearest or max(seats) + 1)
    return seats


def _push(
    seats: dict[int, int], positions: Mapping[int, PositionRow], row: PositionRow, free: int
) -> None:
    """Seat a car whose place is taken, pushing others towards a place that is free."""
    taken_at = positions[seats[row.position]].date
    moving = row.driver_number
    step = 1 if free > row.position else -1
    for place in range(row.position + step, free, step):
        if place not in seats:
            # Beyond the last place of so few cars all are free.
            seats[place] = moving
            return
        other = seats[place]
        if positions[other].date < taken_at:
            seats[place], moving = moving, other
    seats[free] = moving


@remembered(8)
def contradicted(
    positions: Mapping[int, PositionRow], tables: Mapping[int, Mapping[int, LapRow]]
) -> AbstractSet[int]:
    """Return the cars whose rows of places the lines of the timing contradict.

    Of two cars the one behind crossed a line of the timing first, and so it did a whole lap before,
    and all that since the newer row of the two. When even the newest row of all is older than that,
    the feed is silent and no row holds.
    """
    passed = {number: crossings(tables[number]) for number in positions if number in tables}
    newest = max((row.date for row in positions.values()), default=0)
    ordered = sorted(passed, key=lambda number: positions[number].position)
    # Where any two are the wrong way round, some two neighbours are.
    if all(_overtaken_at(passed, positions, a, b) is None for a, b in pairwise(ordered)):
        return frozenset()
    wrong: set[int] = set()
    for ahead, behind in combinations(ordered, 2):
        at = _overtaken_at(passed, positions, ahead, behind)
        if at is not None:
            wrong |= {ahead, behind}
            if at > newest:
                return frozenset(positions)
    return frozenset(wrong)


def _overtaken_at(
    passed: Mapping[int, dict[int, int]],
    positions: Mapping[int, PositionRow],
    ahead: int,
    behind: int,
) -> int | None:
    """Return since when a car has been in front for a whole lap that is said to be behind."""
    lead, follow = passed[ahead], passed[behind]
    since = max(positions[ahead].date, positions[behind].date)
    if not lead or not follow:
        return None
    line = next(reversed(follow))
    first = line - LINES
    if follow.get(first, 0) <= since:
        return None
    reached = next(reversed(lead))
    for one in range(first, line + 1):
        known = one in lead or one > reached
        if not known or one not in follow:
            # Of a line that it must have passed, but nobody knows when, nothing follows.
            if one in (first, line):
                return None
        elif lead.get(one, _NEVER) <= follow[one] + _LINE_SLACK_MILLIS:
            return None
    return follow[first]


def _evidences(
    race: Race, numbers: AbstractSet[int], grid: Places, deleted: LapKeys
) -> Mapping[int, Evidence]:
    if not numbers:
        return {}
    if not race.is_race:
        return {number: _by_lap(race, number, deleted) for number in numbers}
    by_gap = _lines_are_silent(race)
    return {number: _in_race(race, number, grid, by_gap) for number in numbers}


def _lines_are_silent(race: Race) -> bool:
    """Tell whether gaps went on for longer than any lap takes when lines had ended."""
    newest = max((gap.to_leader_date or 0 for gap in race.gaps.values()), default=0)
    passed = (crossings(laps) for laps in race.laps.values())
    crossed = max((lines[next(reversed(lines))] for lines in passed if lines), default=0)
    return newest - crossed > _LONGEST_LAP_MILLIS


def _in_race(race: Race, number: int, grid: Places, by_gap: bool) -> Evidence:
    """Return what places a car: lines are exact, and gaps of different instants are not.

    So gaps are taken where lines tell nothing.
    """
    passed = crossings(race.laps.get(number, _NO_LAPS))
    gap, start = race.gaps.get(number), grid.get(number, _LAST)
    if gap is not None and gap.to_leader is not None and (by_gap or not passed):
        laps, millis = gap.to_leader.laps or 0, gap.to_leader.millis or 0
        return Evidence(PositionBasis.GAP, (0, laps, millis, start, number))
    if passed:
        line = next(reversed(passed))
        return Evidence(PositionBasis.PROGRESS, (1, -line, passed[line], start, number))
    basis = PositionBasis.GRID if number in grid else PositionBasis.DRIVER_NUMBER
    return Evidence(basis, (2, 0, 0, start, number))


def _by_lap(race: Race, number: int, deleted: LapKeys) -> Evidence:
    records = lap_book(race, deleted).personal.get(number)
    best = records[0].best if records else None
    if best is not None:
        # The contract has no word for the order of best laps.
        return Evidence(PositionBasis.BEST_LAP, (0, best.value, best.at, number))
    return Evidence(PositionBasis.DRIVER_NUMBER, (1, 0, 0, number))
