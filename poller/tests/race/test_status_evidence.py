"""How it is known what a car is doing: by mini-sectors, rows of visits, race control, results."""

from collections.abc import Set
from typing import Any

from racetime_poller.race import session
from racetime_poller.race.motion import Movement
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import (
    DriverRow,
    Instant,
    LapRow,
    PitRow,
    RaceControlRow,
    SessionResultRow,
    SessionRow,
)
from racetime_poller.race.state import Race
from racetime_poller.race.statuses import statuses
from racetime_poller.race.views import CarState, CarStatus, Evidence

START = 1_742_000_000_000
CARS = (1, 16, 44)
DONE, PIT = 2048, 2064


def at(seconds: float) -> Instant:
    return Instant(START + round(seconds * 1000))


def lap(number: int, lap_number: int, seconds: float, **known: Any) -> LapRow:
    return LapRow(9, number, lap_number, at(seconds), **known)


def told(
    seconds: float,
    *rows: Any,
    name: str = "Race",
    movements: dict[int, Movement] | None = None,
    knocked_out: Set[int] = frozenset(),
) -> dict[int, CarStatus]:
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for row in (*(DriverRow(9, number) for number in CARS), STARTED, *rows):
        race = reduce(race, row)
    now = int(at(seconds))
    return dict(statuses(race, session.control(race, now), movements or {}, now, knocked_out))


def of(number: int, *args: Any, **more: Any) -> tuple[str, str]:
    status = told(*args, **more)[number]
    return status.state.name, status.evidence.name


STARTED = RaceControlRow(9, at(0), "SESSION STARTED", "SessionStatus")
FIELD = [lap(car, n, 90 * (n - 1)) for car in CARS for n in (1, 2, 3)]
IN_LANE = lap(44, 3, 180, segments_sector_1=(DONE, DONE), segments_sector_3=(DONE, PIT, 0))


def test_mini_sectors_tell_of_the_pit_lane_without_positions() -> None:
    assert of(44, 265, *FIELD) == ("ON_TRACK", "LAPS")
    assert of(44, 265, *FIELD, IN_LANE) == ("IN_PIT", "LAPS")
    # The line lies inside the pit lane: nothing of the next lap is driven yet.
    begun = lap(44, 4, 275, is_pit_out_lap=True, segments_sector_1=(None, 0))
    assert of(44, 280, *FIELD, IN_LANE, begun) == ("IN_PIT", "LAPS")
    outside = lap(44, 4, 275, is_pit_out_lap=True, segments_sector_1=(PIT, DONE))
    assert of(44, 300, *FIELD, IN_LANE, outside) == ("OUT_LAP", "LAPS")
    over = lap(44, 4, 275, lap_duration=95.0)
    assert of(44, 371, *FIELD, IN_LANE, outside, over) == ("ON_TRACK", "LAPS")


def test_mini_sectors_that_fall_silent_leave_nobody_in_the_pits() -> None:
    assert of(44, 500, *FIELD, IN_LANE) == ("ON_TRACK", "LAPS")


def test_positions_tell_better_than_mini_sectors() -> None:
    seen = {44: Movement(int(at(264)), int(at(264)))}
    assert of(44, 265, *FIELD, IN_LANE, movements=seen) == ("ON_TRACK", "LAPS")
    inside = {44: Movement(int(at(264)), int(at(264)), int(at(250)))}
    assert of(44, 265, *FIELD, movements=inside) == ("IN_PIT", "LOCATION")
    assert told(265, *FIELD, movements=inside)[44].pit_entry_at == at(250)


def test_a_row_of_a_visit_tells_that_the_car_is_out_again() -> None:
    assert of(44, 280, *FIELD, IN_LANE, PitRow(9, 44, 3, at(279), 22.0)) == ("OUT_LAP", "PIT")


def test_race_control_tells_of_a_car_that_stopped() -> None:
    words = RaceControlRow(9, at(230), "CAR 44 (HAM) STOPPED AT TURN 5", "CarEvent")
    assert of(44, 240, *FIELD, words) == ("STOPPED", "RACE_CONTROL")
    assert told(240, *FIELD, words)[44].out_lap == 3
    # It went on.
    assert of(44, 300, *FIELD, words, lap(44, 4, 290)) == ("ON_TRACK", "LAPS")
    moved = {44: Movement(int(at(238)), int(at(238)))}
    assert of(44, 240, *FIELD, words, movements=moved) == ("ON_TRACK", "LAPS")
    about = RaceControlRow(9, at(230), "RECOVERY VEHICLE ON TRACK AT TURN 5", "Other")
    assert of(44, 240, *FIELD, about) == ("ON_TRACK", "LAPS")


def test_a_car_that_stands_for_long_while_others_go_on_is_out() -> None:
    seen = {n: Movement(int(at(400)), int(at(400))) for n in (1, 16)}
    stands = seen | {44: Movement(int(at(400)), int(at(230)))}
    rows = [*FIELD, lap(1, 4, 270), lap(1, 5, 360)]
    assert of(44, 401, *rows, movements=stands) == ("RETIRED", "LOCATION")
    # Nobody goes on: all stand, and who knows why.
    assert of(44, 401, *FIELD, movements=stands) == ("STOPPED", "LOCATION")


def test_the_result_tells_who_is_out() -> None:
    assert of(44, 240, *FIELD, SessionResultRow(9, 44, dnf=True)) == ("RETIRED", "RESULT")
    assert of(44, 240, *FIELD, SessionResultRow(9, 44, position=3)) == ("ON_TRACK", "LAPS")


def test_who_does_not_take_the_flag_is_out() -> None:
    """Under four laps before the end no other lap tells."""
    flag = RaceControlRow(9, at(271), "CHEQUERED FLAG", "Flag", "CHEQUERED", "Track")
    over = RaceControlRow(9, at(280), "SESSION FINISHED", "SessionStatus")
    ends = [lap(n, 3, 180, lap_duration=91.0 + n / 10) for n in (1, 16)]
    assert of(44, 300, *FIELD, *ends, flag, over) == ("ON_TRACK", "LAPS")
    assert of(44, 520, *FIELD, *ends, flag, over) == ("RETIRED", "LAPS")
    assert of(1, 520, *FIELD, *ends, flag, over) == ("FINISHED", "LAPS")
    # Laps had fallen silent before: nobody is out for that.
    assert of(44, 520, *FIELD, flag, over) == ("ON_TRACK", "LAPS")


def test_without_any_laps_the_result_tells_who_finished() -> None:
    flag = RaceControlRow(9, at(271), "CHEQUERED FLAG", "Flag", "CHEQUERED", "Track")
    over = RaceControlRow(9, at(280), "SESSION FINISHED", "SessionStatus")
    placed = SessionResultRow(9, 44, position=3)
    assert of(44, 520, flag, over, placed) == ("FINISHED", "RESULT")


def test_who_was_eliminated_is_told_so_in_qualifying() -> None:
    status = told(500, *FIELD, name="Qualifying", knocked_out={44})
    assert status[44].state is CarState.KNOCKED_OUT
    assert status[44].evidence is Evidence.RACE_CONTROL
    assert status[1].state is not CarState.KNOCKED_OUT


def test_stops_are_those_that_were_made() -> None:
    rows = [*FIELD, PitRow(9, 44, 2, at(190), 22.0), PitRow(9, 44, 3, at(200))]
    assert told(240, *rows)[44].stops == 1
    assert told(240, *FIELD)[44].stops == 0
