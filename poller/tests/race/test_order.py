"""Places form a permutation, by a stated order of evidence."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from racetime_poller.race.order import classification, starting_grid
from racetime_poller.race.rows import (
    DriverRow,
    Instant,
    LapRow,
    PositionRow,
    SessionRow,
    StartingGridRow,
)
from racetime_poller.race.state import Distance, Gap, Race
from racetime_poller.race.views import PositionBasis

SESSION = SessionRow(1, 1, "Race", Instant(0))
NUMBERS = (1, 4, 16, 44)


def race(**known: object) -> Race:
    entered = {number: DriverRow(1, number) for number in NUMBERS}
    return replace(Race(SESSION, drivers=entered), **known)  # type: ignore[arg-type]


def rows(**places: tuple[int, int]) -> dict[int, PositionRow]:
    """Take car=(date, place)."""
    return {
        int(car[1:]): PositionRow(1, int(car[1:]), Instant(date), place)
        for car, (date, place) in places.items()
    }


def order(known: Race) -> list[int]:
    places = classification(known)
    return sorted(places, key=lambda number: places[number].position)


def test_position_rows_decide():
    known = race(positions=rows(c44=(9, 1), c1=(9, 2), c4=(9, 3), c16=(9, 4)))
    assert order(known) == [44, 1, 4, 16]
    assert {one.basis for one in classification(known).values()} == {PositionBasis.POSITION}


def test_of_two_cars_in_one_place_the_newer_row_wins():
    assert order(race(positions=rows(c1=(1, 1), c4=(5, 1), c16=(1, 3), c44=(1, 4)))) == [
        4,
        1,
        16,
        44,
    ]


def test_a_car_without_a_row_takes_the_place_left():
    known = race(positions=rows(c1=(1, 1), c16=(1, 3), c44=(1, 4)))
    assert order(known) == [1, 4, 16, 44]
    assert classification(known)[4].basis is PositionBasis.DRIVER_NUMBER


def test_without_rows_gaps_come_before_the_grid():
    gaps = {44: Gap(to_leader=Distance(millis=0)), 16: Gap(to_leader=Distance(millis=900))}
    grid = {(7, n): StartingGridRow(7, n, place) for place, n in enumerate((4, 1, 16, 44), 1)}
    known = race(gaps=gaps, grid=grid)
    assert order(known) == [44, 16, 4, 1]
    assert classification(known)[44].basis is PositionBasis.GAP
    assert classification(known)[4].basis is PositionBasis.GRID


def test_a_sprint_starts_from_the_earlier_of_two_grids():
    grid = {
        (key, n): StartingGridRow(key, n, place)
        for key, numbers in ((7, (4, 1)), (9, (1, 4)))
        for place, n in enumerate(numbers, 1)
    }
    assert starting_grid(race(grid=grid)) == {1: 1, 4: 2}
    sprint = race(grid=grid, session=replace(SESSION, session_name="Sprint"))
    assert starting_grid(sprint) == {4: 1, 1: 2}


def test_without_a_starting_grid_the_first_rows_tell_it():
    known = race(first_positions=rows(c44=(1, 1), c1=(1, 2)))
    assert starting_grid(known) == {44: 1, 1: 2}


@given(
    st.dictionaries(
        st.sampled_from(NUMBERS), st.tuples(st.integers(0, 9), st.integers(1, 6)), max_size=4
    ),
    st.dictionaries(st.sampled_from(NUMBERS), st.integers(1, 5), max_size=4),
)
def test_places_are_always_a_permutation(placed: dict[int, tuple[int, int]], laps: dict[int, int]):
    known = race(
        positions={n: PositionRow(1, n, Instant(at), place) for n, (at, place) in placed.items()},
        laps={n: {lap: LapRow(1, n, lap, lap_duration=90.0)} for n, lap in laps.items()},
    )
    places = classification(known)
    assert sorted(one.position for one in places.values()) == [1, 2, 3, 4]
