"""Who is where: a permutation of places, by a stated order of evidence.

In a race: rows of places, then gaps, then progress along the lap, then the grid, then numbers. A
row of places holds until the lines of the timing show for a whole lap that it cannot: the feed
falls silent at times. Elsewhere the best lap rules, where rows of places do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations, groupby, pairwise
from typing import NamedTuple

from racetime_poller.race.crossings import LINES, crossings
from racetime_poller.race.grid import Places, starting_grid
from racetime_poller.race.laps import laps_completed
from racetime_poller.race.memo import remembered
from racetime_poller.race.records import NONE_DELETED, LapKeys, lap_book
from racetime_poller.race.rows import LapRow, PositionRow
from racetime_poller.race.state import Gap, Race
from racetime_poller.race.views import CarPosition, PositionBasis

_LAST = 10**9
_NEVER = 10**15
# Gaps of one car that are so much older than those of others say no longer where it is.
_OLD_GAP_MILLIS = 60_000
# Starts of laps are off by less.
_LINE_SLACK_MILLIS = 1_000


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

    Rows of places are applied in their order; cars that they do not place, or no longer, fill the
    places that are left, by the best evidence there is of them.
    """
    numbers = cars(race)
    grid = starting_grid(race)
    wrong = contradicted(race.positions, race.laps) if race.is_race else frozenset()
    seats = _seats(race.placings, len(numbers))
    seated = {number for number in seats if number is not None} - wrong
    evidence = _evidences(race, set(numbers) - seated, grid, deleted)
    waiting = iter(sorted(evidence, key=lambda number: evidence[number].keys))
    ordered = [seat if seat in seated else next(waiting, None) for seat in seats]
    places = [number for number in (*ordered, *waiting) if number is not None]
    return {
        number: CarPosition(
            place,
            grid.get(number),
            evidence[number].basis if number in evidence else PositionBasis.POSITION,
        )
        for place, number in enumerate(places, start=1)
    }


def replayed(
    placings: Mapping[tuple[int, int], PositionRow], count: int
) -> Iterator[tuple[int, Sequence[int | None]]]:
    """Yield, by the rows of places, each instant of a change and who is in each place since.

    Rows of one instant are one change of the order: who is named goes to his place, the others
    close ranks. So a row that was lost is made up for by those that were not. None is nobody
    placed yet.
    """
    seats: list[int | None] = [None] * count
    for at, keys in groupby(sorted(placings), key=lambda key: key[0]):
        moved = sorted((placings[key] for key in keys), key=lambda row: row.position)
        for row in moved:
            _stand_up(seats, row)
        for row in moved:
            seats.insert(row.position - 1, row.driver_number)
        yield at, tuple(seats)


@remembered(8)
def _seats(placings: Mapping[tuple[int, int], PositionRow], count: int) -> Sequence[int | None]:
    """Return who is in each place by the rows of places."""
    seats: Sequence[int | None] = (None,) * count
    for _, changed in replayed(placings, count):
        seats = changed
    return seats


def _stand_up(seats: list[int | None], row: PositionRow) -> None:
    """Take a car out of its seat or, when it has none, the next empty one behind where it goes."""
    if row.driver_number in seats:
        seats.remove(row.driver_number)
        return
    empty = [index for index, number in enumerate(seats) if number is None]
    if empty:
        del seats[next((index for index in empty if index >= row.position - 1), empty[-1])]


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
        # Of a line that it must have passed, but nobody knows when, nothing follows.
        at = lead.get(one, 0 if one < reached else _NEVER)
        if at <= follow.get(one, _NEVER) + _LINE_SLACK_MILLIS:
            return None
    return follow[first]


def _evidences(
    race: Race, numbers: AbstractSet[int], grid: Places, deleted: LapKeys
) -> Mapping[int, Evidence]:
    if not numbers:
        return {}
    if not race.is_race:
        return {number: _by_lap(race, number, deleted) for number in numbers}
    newest = max((gap.to_leader_date or 0 for gap in race.gaps.values()), default=0)
    return {number: _in_race(race, number, newest, grid) for number in numbers}


def _in_race(race: Race, number: int, newest: int, grid: Places) -> Evidence:
    table = race.laps.get(number, {})
    passed = crossings(table)
    line, at = next(reversed(passed.items())) if passed else (LINES * laps_completed(table), _NEVER)
    start, gap = grid.get(number, _LAST), _known_gap(race.gaps.get(number), newest)
    progress = (-line, at, start, number)
    if gap is not None:
        return Evidence(PositionBasis.GAP, (0, *gap, *progress))
    if line or passed:
        return Evidence(PositionBasis.PROGRESS, (1, 0, 0, *progress))
    basis = PositionBasis.GRID if number in grid else PositionBasis.DRIVER_NUMBER
    return Evidence(basis, (2, 0, 0, *progress))


def _known_gap(gap: Gap | None, newest: int) -> tuple[int, int] | None:
    """Return laps behind the leader and, for less than one, milliseconds."""
    if gap is None or gap.to_leader is None or (gap.to_leader_date or 0) < newest - _OLD_GAP_MILLIS:
        return None
    if gap.to_leader.laps is not None:
        return gap.to_leader.laps, 0
    return 0, gap.to_leader.millis or 0


def _by_lap(race: Race, number: int, deleted: LapKeys) -> Evidence:
    records = lap_book(race, deleted).personal.get(number)
    best = records[0].best if records else None
    if best is not None:
        # The contract has no word for the order of best laps.
        return Evidence(PositionBasis.UNSPECIFIED, (0, best.value, best.at, number))
    return Evidence(PositionBasis.DRIVER_NUMBER, (1, 0, 0, number))
