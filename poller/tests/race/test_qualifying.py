"""Phases of a qualifying, who goes on, who is out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from control_rows import at, lap, said, session, status, told, track, whole

from racetime_poller.race.deletions import deleted_laps
from racetime_poller.race.phases import phase_of_lap
from racetime_poller.race.qualifying import knocked_out, qualifying
from racetime_poller.race.rows import DriverRow, PositionRow, Row, WeatherRow
from racetime_poller.race.session import control
from racetime_poller.race.state import Race
from racetime_poller.race.views import Evidence

IMOLA = "2025-emilia-romagna-qualifying"
BLANK = session("Qualifying")
Q1 = [status(0, "STARTED", 1), track(1080, "CHEQUERED"), status(1080.1, "FINISHED", 1)]
Q2 = [status(1500, "STARTED", 2), track(2400, "CHEQUERED"), status(2400.1, "FINISHED", 2)]
Q3 = [status(2820, "STARTED", 3), track(3540, "CHEQUERED"), status(3540.1, "FINISHED", 3)]


def entered(count: int) -> list[Row]:
    return [DriverRow(1, number) for number in range(1, count + 1)]


def placed(seconds: float, *numbers: int) -> list[Row]:
    return [PositionRow(1, n, at(seconds), place) for place, n in enumerate(numbers, start=1)]


def out(*rows: Row, count: int = 20) -> set[int]:
    race = told(BLANK, *entered(count), *placed(1090, *range(1, count + 1)), *rows)
    return set(knocked_out(race, control(race)))


def part_numbers(*rows: Row, name: str = "Qualifying") -> list[int]:
    return [part.number for part in control(told(session(name), *rows)).parts]


def test_nobody_is_out_before_the_laps_begun_in_time_are_run():
    assert out(*Q1[:1]) == set()
    assert out(*Q1) == set()
    assert out(*Q1, WeatherRow(1, at(1200), 20.0)) == set()
    assert out(*Q1, WeatherRow(1, at(1231), 20.0)) == {16, 17, 18, 19, 20}
    assert out(*Q1, Q2[0]) == {16, 17, 18, 19, 20}, "the next phase has begun"


def test_with_22_cars_six_are_out_after_each_phase():
    assert out(*Q1, Q2[0], count=22) == set(range(17, 23))
    assert out(*Q1, *Q2, Q3[0], count=22) == set(range(11, 23))
    assert out(*Q1, *Q2, *Q3, count=22) == set(range(11, 23))


def test_a_time_that_is_deleted_late_changes_who_is_out():
    swapped = [PositionRow(1, 15, at(1300), 16), PositionRow(1, 16, at(1300), 15)]
    assert out(*Q1, Q2[0], *swapped) == {15, 17, 18, 19, 20}


def test_a_car_without_a_row_has_the_place_that_is_left():
    race = told(BLANK, *entered(20), *placed(1090, *range(1, 20)), *Q1, Q2[0])
    assert knocked_out(race, control(race)) == {16, 17, 18, 19, 20}


def test_a_red_flag_begins_no_phase_with_or_without_numbers():
    stop = [status(300, "ABORTED"), track(300.5, "RED"), status(900, "STARTED")]
    assert part_numbers(*Q1, *stop) == [1]
    bare = [replace(row, qualifying_phase=None) for row in (*Q1, *Q2, *Q3)]
    assert part_numbers(*bare, *stop) == [1, 2, 3]
    assert part_numbers(*bare, *stop, name="Sprint Shootout") == [1, 2, 3]


def test_without_statuses_the_pit_exit_begins_the_phases():
    flags = [
        track(seconds, flag)
        for seconds, flag in (
            (0, "GREEN"),
            (200, "RED"),
            (500, "CLEAR"),
            (600, "GREEN"),
            (1500, "CHEQUERED"),
            (2000, "GREEN"),
            (2900, "CHEQUERED"),
            (3300, "GREEN"),
            (4000, "CHEQUERED"),
            (4100, "GREEN"),
        )
    ]
    race = told(BLANK, *flags)
    parts = control(race).parts
    assert [(part.number, part.started_at, part.finished_at) for part in parts] == [
        (1, at(0), at(1500)),
        (2, at(2000), at(2900)),
        (3, at(3300), at(4000)),
    ]
    assert parts[0].stops == ((at(200), at(600)),)


def test_a_start_that_carries_the_number_of_the_phase_before_begins_the_next():
    assert part_numbers(*Q1, status(1500, "STARTED", 1), status(1501, "STARTED", 2)) == [1, 2]
    assert part_numbers(*Q1, *Q2, *Q3, status(4000, "STARTED", 3)) == [1, 2, 3]


def test_a_phase_whose_end_is_lost_ends_with_the_next():
    rows = [Q1[0], Q2[0], *Q2, *Q3]
    assert part_numbers(*rows) == [1, 2, 3]


def test_a_phase_whose_start_is_lost_is_told_by_what_was_announced():
    rows = [*Q1[1:], said(1300, "Q2 WILL START AT 16:46"), replace(Q2[0], qualifying_phase=None)]
    assert part_numbers(*rows) == [2]
    shoot = [*Q1, said(1300, "START OF SQ2 WILL BE DELAYED"), status(1900, "STARTED")]
    assert part_numbers(*shoot, name="Sprint Qualifying") == [1, 2]


def test_a_lap_belongs_to_the_phase_in_which_it_was_begun():
    laps = [lap(1, n, seconds, 80.0) for n, seconds in enumerate((10, 1079, 1161, 1600, 2900), 1)]
    hidden = replace(lap(1, 6, 0, 80.0), date_start=None)
    race = told(BLANK, *laps, hidden, *Q1, *Q2, *Q3)
    found = [phase_of_lap(race, control(race), row) for row in (*laps, hidden)]
    assert found == [1, 1, None, 2, 3, 3]


def test_other_sessions_have_no_phases():
    race = told(session("Practice 1"), *entered(20), status(0, "STARTED"))
    assert qualifying(race, control(race)) is None
    assert knocked_out(race, control(race)) == set()


def test_the_phase_and_the_cuts_are_told():
    race = told(BLANK, *entered(20), *Q1)
    view = qualifying(race, control(race))
    assert view is not None
    assert (view.phase, view.cut_positions) == (1, {1: 15, 2: 10})
    assert view.evidence is Evidence.RACE_CONTROL


def eliminated(recording: Any, phase: int) -> set[int]:
    """Those whom the official result gives no time after a phase, but for who set none there."""
    rows = recording.raw("session_result")
    cut = {1: 15, 2: 10}[phase]
    return {row["driver_number"] for row in rows if row["position"] > cut}


def test_the_recorded_eliminations_are_those_of_the_result(
    open_recording: Callable[[str], Any],
):
    recording = open_recording(IMOLA)
    race = whole(recording)
    parts = control(race).parts
    assert [part.number for part in parts] == [1, 2, 3]
    for count, phase in ((2, 1), (3, 2)):
        until = parts[count - 1].started_at
        known = tuple(row for row in race.race_control if row.date <= until)
        rows = [row for row in recording.decoded("position").rows if row.date <= until]
        then = told(Race(race.session, drivers=race.drivers, race_control=known), *rows)
        assert knocked_out(then, control(then)) == eliminated(recording, phase)
    assert knocked_out(race, control(race)) == eliminated(recording, 2)


def test_the_recorded_phases_hold_the_best_laps_of_the_result(
    open_recording: Callable[[str], Any],
):
    """All but one: the result gives car 4 its time of Q3 as that of Q2. Car 87 lost a lap that
    ended in the second of a red flag."""
    recording = open_recording(IMOLA)
    race = whole(recording)
    for numbered in (race, without_phases(race)):
        ruled, deleted = control(numbered), deleted_laps(numbered)
        wrong = {}
        for row in recording.raw("session_result"):
            number = row["driver_number"]
            best = bests(numbered, number, deleted, ruled)
            if best != row["duration"]:
                wrong[number] = best
        assert wrong == {4: [75.894, 75.261, 74.962]}


def without_phases(race: Race) -> Race:
    """The session as it was recorded before 2026: without statuses and phases."""
    kept = tuple(
        replace(row, qualifying_phase=None)
        for row in race.race_control
        if row.category != "SessionStatus"
    )
    return replace(race, race_control=kept)


def bests(race: Race, number: int, deleted: Any, ruled: Any) -> list[float | None]:
    times: dict[int | None, list[float]] = {}
    for count, row in race.laps.get(number, {}).items():
        if row.lap_duration and not row.is_pit_out_lap and (number, count) not in deleted:
            times.setdefault(phase_of_lap(race, ruled, row), []).append(row.lap_duration)
    return [min(times.get(phase, []), default=None) for phase in (1, 2, 3)]
