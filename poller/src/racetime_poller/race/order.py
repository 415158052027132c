"""Who is where: a permutation of places, by a stated order of evidence."""

from collections.abc import Mapping, Sequence

from racetime_poller.race.laps import laps_completed
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarPosition, PositionBasis

_LAST = 10**9
_NEVER = 10**15


def cars(race: Race) -> Sequence[int]:
    """Return the numbers of the cars of a race: the drivers entered, else all that rows speak
    of."""
    if race.drivers:
        return sorted(race.drivers)
    return sorted({*race.positions, *race.gaps, *race.laps, *race.stints})


def classification(race: Race) -> Mapping[int, CarPosition]:
    """Give every car a place, without holes.

    A car keeps the place of its newest position row; where two name one place the newer row wins.
    Cars without a row fill the places left: by gap, then by laps and who began the newest one
    first, then by grid, then by number.
    """
    numbers = cars(race)
    grid = starting_grid(race)
    places: dict[int, int] = {}
    rows = [race.positions[number] for number in numbers if number in race.positions]
    for row in sorted(rows, key=lambda row: (row.position, -row.date, row.driver_number)):
        place = row.position
        while place in places:
            place += 1
        places[place] = row.driver_number
    free = (place for place in range(1, _LAST) if place not in places)
    seated = set(places.values())
    basis = {number: PositionBasis.POSITION for number in seated}
    for number in sorted(set(numbers) - seated, key=lambda n: _evidence(race, n, grid)[1:]):
        places[next(free)] = number
        basis[number] = _evidence(race, number, grid)[0]
    ordered = [places[place] for place in sorted(places)]
    return {
        number: CarPosition(place, grid.get(number), basis[number])
        for place, number in enumerate(ordered, start=1)
    }


def _evidence(
    race: Race, number: int, grid: Mapping[int, int]
) -> tuple[PositionBasis, int, int, int, int, int]:
    gap = race.gaps.get(number)
    table = race.laps.get(number, {})
    laps = laps_completed(table)
    begun_at = table[max(table)].date_start if table else None
    to_leader = gap.to_leader.millis if gap and gap.to_leader else None
    if to_leader is not None:
        basis = PositionBasis.GAP
    elif laps:
        basis = PositionBasis.PROGRESS
    elif number in grid:
        basis = PositionBasis.GRID
    else:
        basis = PositionBasis.DRIVER_NUMBER
    known = _LAST if to_leader is None else to_leader
    begun = _NEVER if begun_at is None else int(begun_at)
    return basis, known, -laps, begun, grid.get(number, _LAST), number


def starting_grid(race: Race) -> Mapping[int, int]:
    """Return the starting place of each car of a race; empty outside races.

    It comes from the starting grid, which carries the key of a qualifying. A sprint weekend has
    two; the later key is the race's. Where there is none, the first position row of each car tells.
    """
    if not race.is_race:
        return {}
    keys = {key for key, _ in race.grid}
    if keys:
        chosen = max(keys) if race.session.session_name == "Race" else min(keys)
        rows = [row for (key, _), row in race.grid.items() if key == chosen]
        return {row.driver_number: row.position for row in rows if row.position}
    return {number: row.position for number, row in race.first_positions.items()}
