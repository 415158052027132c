"""The reducer is total: rows twice, late, shuffled or absurd end in the same state."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racetime_poller.race.reduce import SetAside, reduce
from racetime_poller.race.rows import (
    DriverRow,
    Instant,
    IntervalRow,
    LapRow,
    LocationRow,
    OvertakeRow,
    PitRow,
    PositionRow,
    RaceControlRow,
    SessionResultRow,
    SessionRow,
    StartingGridRow,
    StintRow,
    WeatherRow,
)
from racetime_poller.race.state import Race

START = 1_742_000_000_000
SESSION = SessionRow(9, 3, "Race", Instant(START))
CARS = (1, 16, 44)

numbers = st.sampled_from(CARS)
dates = st.integers(0, 50).map(lambda n: Instant(START + 1000 * n))
seconds = st.none() | st.floats(1, 200)
ROWS: dict[str, st.SearchStrategy[Any]] = {
    "drivers": st.builds(DriverRow, st.just(9), numbers, st.sampled_from(["VER", "LEC", None])),
    "position": st.builds(PositionRow, st.just(9), numbers, dates, st.integers(1, 20)),
    "intervals": st.builds(
        IntervalRow, st.just(9), numbers, dates, seconds, seconds | st.just("+1 LAP")
    ),
    "laps": st.builds(
        LapRow, st.just(9), numbers, st.integers(1, 5), st.none() | dates, seconds, seconds
    ),
    "stints": st.builds(
        StintRow, st.just(9), numbers, st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)
    ),
    "pit": st.builds(PitRow, st.just(9), numbers, st.integers(1, 9), dates, seconds),
    "race_control": st.builds(RaceControlRow, st.just(9), dates, st.sampled_from("ABC")),
    "weather": st.builds(WeatherRow, st.just(9), dates, st.floats(0, 60)),
    "overtakes": st.builds(OvertakeRow, st.just(9), dates, numbers, numbers, st.integers(1, 20)),
    "starting_grid": st.builds(StartingGridRow, st.just(8), numbers, st.integers(1, 20)),
}


def identity(row: Any) -> tuple[Any, ...]:
    """Return what makes two rows of an endpoint versions of one thing."""
    names = ("driver_number", "date", "lap_number", "stint_number", "message")
    if isinstance(row, LapRow | PitRow | StintRow):
        names = ("driver_number", "lap_number", "stint_number")
    others = ("overtaking_driver_number", "overtaken_driver_number")
    return (type(row), *(getattr(row, name, None) for name in names + others))


@st.composite
def races(draw: st.DrawFn) -> list[Any]:
    """Rows of all endpoints, the newest version of each thing only, as OpenF1 answers."""
    newest = {}
    for rows in ROWS.values():
        for row in draw(st.lists(rows, max_size=12)):
            newest[identity(row)] = row
    return list(newest.values())


def of(rows: Sequence[Any], race: Race | None = None) -> Race:
    """Reduce rows, leaving out those that are set aside."""
    race = race or Race(SESSION)
    for row in rows:
        try:
            race = reduce(race, row)
        except SetAside:
            continue
    return race


DRIVERS = [DriverRow(9, number, name_acronym=f"N{number}") for number in CARS]


@given(races())
@settings(deadline=None)
def test_applying_twice_is_applying_once(rows: list[Any]) -> None:
    once = of(rows, of(DRIVERS))
    assert of(rows, once) == once
    assert of([row for row in rows for _ in (1, 2)], of(DRIVERS)) == once


@given(races(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_any_interleaving_ends_equal(rows: list[Any], chance: random.Random) -> None:
    expected = of(rows, of(DRIVERS))
    shuffled = [*rows, *chance.choices(rows, k=5)] if rows else []
    chance.shuffle(shuffled)
    assert of(shuffled, of(DRIVERS)) == expected


@given(races())
@settings(deadline=None)
def test_a_row_that_brings_nothing_new_gives_the_same_object(rows: list[Any]) -> None:
    race = of(rows, of(DRIVERS))
    for row in rows:
        try:
            assert reduce(race, row) is race
        except SetAside:
            continue


def test_nulls_never_erase() -> None:
    lap = LapRow(9, 1, 3, Instant(START), 90.5, 30.0, 30.0, 30.5, 300, 290, 310, True, (2048,))
    stint = StintRow(9, 1, 1, 1, 5, "SOFT", 3)
    pit = PitRow(9, 1, 5, Instant(START), 20.5, 2.5)
    driver = DriverRow(9, 1, "VER", "M VERSTAPPEN", team_colour="3671C6")
    gap = IntervalRow(9, 1, Instant(START), 1.5, 0.5)
    weather = WeatherRow(9, Instant(START), 20.0, 30.0, 50.0, 1000.0, 0, 90, 2.0)
    race = of([driver, lap, stint, pit, gap, weather])
    bare = [
        DriverRow(9, 1),
        LapRow(9, 1, 3),
        StintRow(9, 1, 1),
        PitRow(9, 1, 5),
        IntervalRow(9, 1, Instant(START + 1)),
        WeatherRow(9, Instant(START)),
    ]
    assert of(bare, race) == race
    assert of([replace(SESSION, date_end=None)], race) == race
    later = of([WeatherRow(9, Instant(START + 1), air_temperature=21.0)], race).weather
    assert later == replace(weather, date=Instant(START + 1), air_temperature=21.0)


def test_what_is_told_of_the_weather_does_not_hang_on_the_order() -> None:
    rows = [
        WeatherRow(9, Instant(START), 20.0, 30.0),
        WeatherRow(9, Instant(START + 60_000), None, 31.0),
        WeatherRow(9, Instant(START + 60_000), wind_speed=2.0),
    ]
    expected = WeatherRow(9, Instant(START + 60_000), 20.0, 31.0, wind_speed=2.0)
    assert of(rows).weather == of(rows[::-1]).weather == expected


def test_of_two_known_values_the_later_row_holds() -> None:
    race = of([LapRow(9, 1, 3, Instant(START), 90.5, 30.0), LapRow(9, 1, 3, None, 90.4)])
    assert race.laps[1][3] == LapRow(9, 1, 3, Instant(START), 90.4, 30.0)


def test_mini_sectors_are_filled_in_one_by_one() -> None:
    codes = [(None, 2048, 0), (None, None, 2049), (2049, 2048, None)]
    rows = [LapRow(9, 1, 3, segments_sector_1=one) for one in codes]
    for order in (rows, rows[::-1]):
        assert of(order).laps[1][3].segments_sector_1 == (2049, 2048, 2049)


def test_a_message_is_told_once_with_all_that_is_known_of_it() -> None:
    rows = [RaceControlRow(9, Instant(START), "X", "Flag"), RaceControlRow(9, Instant(START), "X")]
    whole = (RaceControlRow(9, Instant(START), "X", "Flag"),)
    assert of(rows).race_control == of(rows[::-1]).race_control == whole


def test_a_result_replaces_a_result() -> None:
    """Who is disqualified later has no place any more."""
    placed = SessionResultRow(9, 1, 5, dsq=False)
    struck = SessionResultRow(9, 1, None, dsq=True)
    assert of([placed, struck]).results[1] == struck


FAR = 10**12
GARBAGE = [
    PositionRow(8, 1, Instant(START), 1),
    PositionRow(9, -1, Instant(START), 1),
    PositionRow(9, 1, Instant(START), 0),
    PositionRow(9, 1, Instant(START), FAR),
    PositionRow(9, 1, Instant(-62_000_000_000_000), 1),
    PositionRow(9, 1, Instant(START + 30 * 86_400_000), 1),
    IntervalRow(9, 1, Instant(START), "NaN"),
    IntervalRow(9, 1, Instant(START), -1e300),
    LapRow(9, 1, 0),
    LapRow(9, 1, FAR),
    LapRow(9, 1, 1, Instant(-62_000_000_000_000)),
    LapRow(9, 1, 1, i1_speed=FAR),
    StintRow(9, 1, 0),
    StintRow(9, 1, 1, lap_start=FAR),
    StintRow(9, 1, 1, tyre_age_at_start=FAR),
    PitRow(9, 1, -3),
    RaceControlRow(9, Instant(0), "FROM 1970"),
    RaceControlRow(9, Instant(START), "X", "Flag", "YELLOW", "Sector", FAR),
    RaceControlRow(9, Instant(START), "X", lap_number=-FAR),
    WeatherRow(9, Instant(START), wind_direction=FAR),
    OvertakeRow(9, Instant(START), 1, 16, FAR),
    OvertakeRow(9, Instant(START), 1, 777, 3),
    StartingGridRow(8, 1, FAR),
    SessionRow(9, 3, "Race", Instant(0)),
]


@pytest.mark.parametrize("row", GARBAGE, ids=repr)
def test_garbage_is_set_aside(row: Any) -> None:
    race = of(DRIVERS)
    with pytest.raises(SetAside):
        reduce(race, row)


def test_samples_are_no_state() -> None:
    race = of(DRIVERS)
    assert reduce(race, LocationRow(9, 1, Instant(START), 1, 2)) is race


def test_a_lap_of_many_minutes_is_none_outside_races() -> None:
    qualifying = Race(replace(SESSION, session_name="Qualifying"))
    lap = LapRow(9, 1, 1, Instant(START), 1260.0, 30.0)
    assert of([lap], qualifying).laps[1][1] == replace(lap, lap_duration=None)
    assert of([lap]).laps[1][1] == lap
