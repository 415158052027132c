"""Where each car started from."""

from typing import Any

from racetime_poller.race.grid import starting_grid
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, PositionRow, SessionRow, StartingGridRow
from racetime_poller.race.state import Race

START = 1_742_000_000_000
CARS = range(1, 11)


def told(*rows: Any, name: str = "Race") -> dict[int, int]:
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for row in rows:
        race = reduce(race, row)
    return dict(starting_grid(race))


def lined_up(order: Any, seconds: int = -600) -> list[PositionRow]:
    at = Instant(START + 1000 * seconds)
    return [PositionRow(9, number, at, place) for place, number in enumerate(order, start=1)]


def published(key: int, order: Any) -> list[StartingGridRow]:
    return [StartingGridRow(key, number, place) for place, number in enumerate(order, start=1)]


def places(order: Any) -> dict[int, int]:
    return {number: place for place, number in enumerate(order, start=1)}


BACKWARDS = CARS[::-1]


def test_the_grid_is_the_one_that_the_cars_line_up_on() -> None:
    both = [*published(7, CARS), *published(8, BACKWARDS)]
    for order in (CARS, BACKWARDS):
        assert told(*both, *lined_up(order)) == places(order)


def test_of_two_grids_the_first_is_the_sprints() -> None:
    both = [*published(7, CARS), *published(8, BACKWARDS)]
    assert told(*both) == places(BACKWARDS)
    assert told(*both, name="Sprint") == places(CARS)
    assert told(*both, name="Qualifying") == {}


def test_a_grid_of_another_session_is_not_taken() -> None:
    assert told(*published(7, CARS), *lined_up(BACKWARDS)) == places(BACKWARDS)


def test_without_a_grid_the_places_before_the_start_tell_and_later_ones_do_not() -> None:
    lights_out = LapRow(9, 1, 1, Instant(START))
    assert told(*lined_up(CARS), lights_out) == places(CARS)
    assert told(*lined_up(CARS, 300), lights_out) == {}


def test_who_starts_from_the_pit_lane_has_no_place() -> None:
    by_flag = LapRow(9, 3, 1, Instant(START), is_pit_out_lap=True)
    by_code = LapRow(9, 4, 1, Instant(START), segments_sector_1=(None, 2064, 2048))
    grid = told(*published(7, CARS), by_flag, by_code)
    assert grid.keys() == set(CARS) - {3, 4}
    assert grid[5] == 5
