"""Who takes part, whatever the list of drivers forgets or makes up."""

from typing import Any

from racetime_poller.race.derive import Picture, derive
from racetime_poller.race.entries import entered, numbers
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import (
    DriverRow,
    Instant,
    LapRow,
    OvertakeRow,
    PositionRow,
    SessionRow,
    StintRow,
)
from racetime_poller.race.state import Race

START = 1_742_000_000_000
CARS = tuple(range(1, 11))
LISTED = [DriverRow(9, number, f"N{number}") for number in CARS]
PLACED = [PositionRow(9, number, Instant(START), number) for number in CARS]


def race_of(*rows: Any) -> Race:
    race = Race(SessionRow(9, 3, "Race", Instant(START)))
    for row in rows:
        race = reduce(race, row)
    return race


def picture(race: Race) -> Picture:
    return derive(race, now=START + 90_000, movements={}, sources={})


def test_one_row_makes_no_car() -> None:
    race = race_of(
        *LISTED,
        *PLACED,
        PositionRow(9, 77, Instant(START), 3),
        OvertakeRow(9, Instant(START), 1, 66, 3),
    )
    told = picture(race)
    assert set(told.positions) == set(told.statuses) == set(CARS)
    assert told.events == {}
    assert [told.positions[number].position for number in CARS] == list(CARS)


def test_a_car_that_the_list_forgot_is_there_once_two_tables_speak_of_it() -> None:
    late = [PositionRow(9, 77, Instant(START), 11), LapRow(9, 77, 1, Instant(START))]
    for rows in ((*LISTED, *PLACED, *late), (*late, *PLACED, *LISTED)):
        told = picture(race_of(*rows))
        assert told.positions[77].position == 11
        assert 77 in told.timings
        assert told.race.drivers[77] == DriverRow(9, 77)
    named = reduce(race_of(*LISTED, *PLACED, *late), DriverRow(9, 77, "BOT"))
    assert picture(named).race.drivers[77].name_acronym == "BOT"


def test_a_driver_of_whom_nothing_is_told_is_no_car() -> None:
    race = race_of(*LISTED, DriverRow(9, 99, "XXX"), *PLACED)
    assert numbers(race) == set(CARS)
    assert 99 not in picture(race).positions
    spoken = reduce(race, StintRow(9, 99, 1))
    assert 99 in picture(spoken).positions


def test_before_anything_is_told_all_that_are_listed_take_part() -> None:
    assert set(picture(race_of(*LISTED)).positions) == set(CARS)
    assert set(picture(race_of(*LISTED, *PLACED[:3])).positions) == set(CARS)
    assert set(picture(race_of(*PLACED)).positions) == set(CARS)


def test_a_race_of_its_own_cars_stays_as_it_is() -> None:
    race = race_of(*LISTED, *PLACED)
    assert entered(race) == race
    assert entered(race).positions is race.positions
