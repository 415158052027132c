"""What a car is doing, from made-up rows: feeds that fall silent, red flags, garages."""

from collections.abc import Iterable
from typing import Any

from racetime_poller.race import flags, session
from racetime_poller.race.motion import Movement
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import DriverRow, Instant, LapRow, RaceControlRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.statuses import statuses
from racetime_poller.race.views import CarState, SessionPhase

START = 1_742_000_000_000
LAP = 90_000
CARS = (1, 16, 44)


def at(seconds: float) -> Instant:
    return Instant(START + round(seconds * 1000))


def status(seconds: float, message: str) -> RaceControlRow:
    return RaceControlRow(9, at(seconds), message, "SessionStatus")


def lap(number: int, lap_number: int, seconds: float, **known: Any) -> LapRow:
    return LapRow(9, number, lap_number, at(seconds), **known)


def race_of(*rows: Any, name: str = "Race") -> Race:
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for row in (*(DriverRow(9, number) for number in CARS), *rows):
        race = reduce(race, row)
    return race


def laps_of(numbers: Iterable[int], count: int, begin: float = 0.0) -> list[LapRow]:
    return [lap(car, n + 1, begin + 90 * n + car / 10) for car in numbers for n in range(count)]


def states(race: Race, seconds: float, **movements: Movement) -> dict[int, CarState]:
    control = session.control(race)
    by_number = {int(key.lstrip("n")): movement for key, movement in movements.items()}
    told = statuses(race, control, by_number, int(at(seconds)))
    return {number: one.state for number, one in told.items()}


def movement(seen: float, moved: float, entry: float | None = None) -> Movement:
    return Movement(int(at(seen)), int(at(moved)), None if entry is None else int(at(entry)))


ALL_ON_TRACK = dict.fromkeys(CARS, CarState.ON_TRACK)


def test_positions_that_fall_silent_stop_nobody() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of(CARS, 3))
    last = movement(200, 199)
    for seconds in (205, 230, 265, 400):
        assert states(race, seconds, n1=last, n16=last, n44=last) == ALL_ON_TRACK


def test_a_car_that_stands_while_others_are_seen_has_stopped() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of(CARS, 3))
    others = {"n1": movement(240, 240), "n16": movement(240, 240)}
    standing = states(race, 241, **others, n44=movement(240, 219))
    assert standing == ALL_ON_TRACK | {44: CarState.STOPPED}
    # Its own positions may have gone with its power.
    assert states(race, 241, **others, n44=movement(219, 219)) == standing
    # It stays so when positions end, until it crosses the line.
    assert states(race, 600, **others, n44=movement(240, 219))[44] is CarState.STOPPED
    race = reduce(race, lap(44, 4, 320))
    assert states(race, 600, **others, n44=movement(240, 219))[44] is CarState.ON_TRACK


def test_who_was_in_the_pit_when_positions_ended_is_not_left_there() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of(CARS, 3))
    inside = movement(240, 240, entry=235)
    assert states(race, 250, n44=inside)[44] is CarState.IN_PIT
    assert states(race, 310, n44=inside)[44] is CarState.ON_TRACK


def test_laps_that_fall_silent_retire_nobody() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of(CARS, 5))
    assert states(race, 3_600) == ALL_ON_TRACK
    assert states(race_of(status(0, "SESSION STARTED")), 3_600) == ALL_ON_TRACK


def test_a_car_is_out_when_the_others_went_on_without_it() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of((1, 16), 6), *laps_of((44,), 3))
    assert states(race, 460)[44] is CarState.ON_TRACK
    race = reduce(race, lap(1, 7, 541))
    assert states(race, 545) == ALL_ON_TRACK | {44: CarState.RETIRED}


def test_a_car_that_never_crossed_the_line_is_out() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of((1, 16), 5))
    assert states(race, 400) == ALL_ON_TRACK | {44: CarState.RETIRED}


def test_a_lap_without_its_start_retires_nobody() -> None:
    race = race_of(status(0, "SESSION STARTED"), *laps_of(CARS, 6))
    race = reduce(race, LapRow(9, 44, 7))
    assert states(race, 545) == ALL_ON_TRACK


def test_nobody_is_out_because_of_a_red_flag() -> None:
    before = [
        status(0, "SESSION STARTED"),
        *laps_of(CARS, 5),
        RaceControlRow(9, at(400), "RED FLAG", "Flag", "RED", "Track"),
        status(401, "SESSION ABORTED"),
    ]
    stood = {f"n{car}": movement(2_200, 450) for car in CARS}
    race = race_of(*before)
    assert states(race, 2_200, **stood) == ALL_ON_TRACK
    race = reduce(race, status(2_201, "SESSION STARTED"))
    assert states(race, 2_202, **stood) == ALL_ON_TRACK
    assert states(race, 2_202) == ALL_ON_TRACK
    for row in laps_of((1, 16), 2, 2_250):
        race = reduce(race, lap(row.driver_number, row.lap_number + 5, 2_250))
        assert states(race, 2_290)[44] is CarState.ON_TRACK


def test_the_clock_of_a_race_runs_on_after_a_red_flag() -> None:
    messages = [
        status(0, "SESSION STARTED"),
        status(400, "SESSION ABORTED"),
        status(2_200, "SESSION STARTED"),
    ]
    control = flags.read(messages)
    assert (control.phase, control.started_at) == (SessionPhase.STARTED, at(0))
    assert not control.red


def test_each_part_of_a_qualifying_has_its_own_start() -> None:
    messages = [
        status(0, "SESSION STARTED"),
        status(300, "SESSION ABORTED"),
        status(600, "SESSION RESUMED"),
        status(1_400, "SESSION FINISHED"),
        status(1_900, "SESSION STARTED"),
    ]
    assert flags.read(messages[:3]).started_at == at(0)
    assert flags.read(messages).started_at == at(1_900)


def test_a_car_in_its_garage_is_in_the_pit() -> None:
    rows = [status(0, "SESSION STARTED"), *laps_of((1, 16), 2)]
    race = race_of(*rows, name="Practice 1")
    waiting = {44: CarState.WAITING}
    seen = {"n1": movement(230, 230), "n16": movement(230, 150)}
    running = {1: CarState.ON_TRACK, 16: CarState.IN_PIT}
    assert states(race, 231, **seen) == running | waiting
    # Positions are gone: only laps tell, a while later.
    on_track = {1: CarState.ON_TRACK, 16: CarState.ON_TRACK}
    assert states(race, 300, **seen) == on_track | waiting
    assert states(race, 300) == on_track | waiting
    in_pit = {1: CarState.IN_PIT, 16: CarState.IN_PIT}
    assert states(race, 500) == in_pit | waiting


def test_an_out_lap_of_a_practice_is_told() -> None:
    rows = [status(0, "SESSION STARTED"), *laps_of(CARS, 1), lap(1, 2, 200, is_pit_out_lap=True)]
    race = race_of(*rows, name="Practice 1")
    assert states(race, 210)[1] is CarState.OUT_LAP


def test_a_car_that_was_told_to_stand_stands_under_a_red_flag_too() -> None:
    rows = [
        status(0, "SESSION STARTED"),
        *laps_of(CARS, 3),
        RaceControlRow(9, at(220), "CAR 16 (LEC) STOPPED ON TRACK", "CarEvent"),
        status(230, "SESSION ABORTED"),
    ]
    for seconds in (240, 900):
        found = states(race_of(*rows), seconds)
        assert found == {**ALL_ON_TRACK, 16: CarState.STOPPED}
    gone_on = [*rows, lap(16, 4, 270)]
    assert states(race_of(*gone_on), 900) == ALL_ON_TRACK
