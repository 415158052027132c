"""Where cars are held to be, from their laps alone."""

from dataclasses import replace

import pytest
from driven_field import LENGTH_DM, START, Car, circle

from racetime_poller.race import profile
from racetime_poller.race.estimate import Estimate, course, estimate
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, RaceControlRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.walk import Heard

CARS = [Car(number, 90_000, START + 2_000 * number) for number in range(1, 8)]
CIRCUIT = circle()


def race_at(now: int, cars: list[Car], name: str = "Race") -> Race:
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for car in cars:
        for row in car.laps(now):
            race = reduce(race, row)
    return race


def held(race: Race, now: int, heard_at: int | None = None) -> dict[int, Estimate]:
    way = course(CIRCUIT, profile.of_outline(CIRCUIT.outline), race)
    return dict(estimate(race, way, now, Heard(now if heard_at is None else heard_at)))


def meters(race: Race, now: int, number: int, heard_at: int | None = None) -> float:
    return held(race, now, heard_at)[number].distance_dm / 10


def test_a_car_is_where_its_pace_has_brought_it() -> None:
    now = START + 400_000
    race = race_at(now, CARS)
    for car in CARS:
        # Laps are numbered from 1.
        true = (car.distance(now) + LENGTH_DM) / 10
        assert meters(race, now, car.number) == pytest.approx(true, abs=10)


def test_the_state_alone_decides() -> None:
    now = START + 400_000
    race = race_at(now, CARS)
    assert held(race, now) == held(race, now) == held(race_at(now, CARS[::-1]), now)


def test_before_its_first_lap_a_car_is_nowhere() -> None:
    assert held(Race(SessionRow(9, 3, "Race", Instant(START))), START) == {}
    begins_later = reduce(
        Race(SessionRow(9, 3, "Race", Instant(START))), LapRow(9, 1, 1, Instant(START + 60_000))
    )
    assert held(begins_later, START) == {}


def test_cars_are_slower_behind_the_safety_car() -> None:
    now = START + 400_000
    race = race_at(now, CARS)
    deployed = RaceControlRow(9, Instant(now - 15_000), "SAFETY CAR DEPLOYED", category="SafetyCar")
    slow = reduce(race, deployed)
    behind = [meters(race, now, car.number) - meters(slow, now, car.number) for car in CARS]
    # Less so those that have passed a line since.
    assert all(10 < one < 300 for one in behind)
    assert max(behind) > 200


def test_a_car_passes_no_line_of_which_nothing_is_heard() -> None:
    stopped = replace(CARS[0], stops_at=START + 330_000)
    cars = [stopped, *CARS[1:]]
    now = START + 420_000
    found = held(race_at(now, cars), now)[stopped.number]
    assert found.stands
    assert found.speed == 0
    line = 4.7 * LENGTH_DM / 10
    assert line <= found.distance_dm / 10 < line + 150


def test_rows_that_are_read_late_hold_nobody_up() -> None:
    read_at = START + 400_000
    race, now = race_at(read_at, CARS), read_at + 15_000
    for car in CARS:
        true = (car.distance(now) + LENGTH_DM) / 10
        assert meters(race, now, car.number, heard_at=read_at) == pytest.approx(true, abs=10)


def test_a_line_that_is_told_of_no_car_holds_nobody_up() -> None:
    now = START + 400_000
    race = Race(SessionRow(9, 3, "Race", Instant(START)))
    for car in CARS:
        for row in car.laps(now):
            bare = replace(row, duration_sector_1=None, duration_sector_2=None)
            race = reduce(race, replace(bare, duration_sector_3=None))
    assert not any(one.stands for one in held(race, now).values())


def test_a_lap_that_is_missing_leaves_the_car_on_its_way() -> None:
    now = START + 400_000
    race = Race(SessionRow(9, 3, "Race", Instant(START)))
    for car in CARS:
        for row in car.laps(now):
            if row.lap_number != 3:
                race = reduce(race, row)
    true = (CARS[0].distance(now) + LENGTH_DM) / 10
    assert meters(race, now, 1) == pytest.approx(true, abs=10)
