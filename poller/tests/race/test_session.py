"""Kind, clock and length of a session."""

from dataclasses import replace

import pytest

from racetime_poller.race.distances import scheduled_laps
from racetime_poller.race.flags import Control
from racetime_poller.race.rows import Instant, LapRow, RaceControlRow, SessionResultRow, SessionRow
from racetime_poller.race.session import (
    control,
    cut_positions,
    gmt_offset_minutes,
    kind,
    overtaking_aid,
    progress,
    track_status,
)
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    Evidence,
    OvertakingAidSystem,
    SessionKind,
    SessionPhase,
    TotalLapsBasis,
    TrackFlag,
)

SESSION = SessionRow(1, 1, "Race", Instant(0), circuit_short_name="Shanghai", year=2025)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Race", SessionKind.RACE),
        ("Sprint", SessionKind.SPRINT),
        ("Sprint Qualifying", SessionKind.SPRINT_QUALIFYING),
        ("Sprint Shootout", SessionKind.SPRINT_QUALIFYING),
        ("Qualifying", SessionKind.QUALIFYING),
        ("Practice 2", SessionKind.PRACTICE),
        ("Day 1", SessionKind.PRACTICE),
        ("Parade", SessionKind.UNSPECIFIED),
    ],
)
def test_the_name_tells_the_kind(name: str, expected: SessionKind):
    assert kind(replace(SESSION, session_name=name)) is expected


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("11:00:00", 660), ("-04:00:00", -240), ("05:30:00", 330), (None, None), ("soon", None)],
)
def test_offsets_have_signs_and_half_hours(text: str | None, minutes: int | None):
    assert gmt_offset_minutes(text) == minutes


def test_a_sprint_runs_the_fewest_laps_beyond_100_km():
    assert scheduled_laps("Lusail", "Sprint") == 19
    assert scheduled_laps("Melbourne", "Race") == 58
    sprints = {"Shanghai": 19, "Miami": 19, "Spa-Francorchamps": 15, "Austin": 19, "Interlagos": 24}
    assert {name: scheduled_laps(name, "Sprint") for name in sprints} == sprints
    assert scheduled_laps("Shanghai", "Race") == 56
    assert scheduled_laps("Nowhere", "Race") is None
    assert scheduled_laps("Shanghai", "Qualifying") is None


def test_without_an_announcement_the_first_lap_tells_the_start():
    laps = {4: {1: LapRow(1, 4, 1, Instant(5000))}}
    told = control(Race(SESSION, laps=laps))
    assert (told.phase, told.started_at) == (SessionPhase.STARTED, 5000)
    assert told.evidence is Evidence.LAPS
    assert control(Race(SESSION)).phase is SessionPhase.UPCOMING


def test_after_the_flag_the_race_was_as_long_as_it_was_run():
    laps = {4: {55: LapRow(1, 4, 55, Instant(0), 90.0)}}
    race = Race(SESSION, laps=laps)
    running = progress(race, Control(), None)
    assert running is not None
    assert (running.current_lap, running.total_laps) == (55, 56)
    over = Control(phase=SessionPhase.FINISHED, chequered_at=1)
    ended = progress(race, over, None)
    assert ended is not None
    assert (ended.total_laps, ended.total_laps_basis) == (55, TotalLapsBasis.RUN)


def test_a_lap_begun_with_the_flag_is_no_lap_of_the_race():
    laps = {4: {n: LapRow(1, 4, n, Instant(90_000 * n)) for n in (55, 56, 57)}}
    over = Control(phase=SessionPhase.FINISHED, chequered_at=90_000 * 57 + 400)
    ended = progress(Race(SESSION, laps=laps), over, None)
    assert ended is not None
    assert (ended.current_lap, ended.total_laps) == (56, 56)


def test_the_result_counts_back_what_was_run_before_a_red_flag():
    laps = {4: {n: LapRow(1, 4, n, Instant(90_000 * n)) for n in (55, 56)}}
    results = {4: SessionResultRow(1, 4, 1, 54)}
    over = Control(phase=SessionPhase.FINISHED, chequered_at=90_000 * 57)
    ended = progress(Race(SESSION, laps=laps, results=results), over, None)
    assert ended is not None
    assert (ended.current_lap, ended.total_laps) == (54, 54)


def test_no_aid_works_behind_a_virtual_safety_car():
    behind = Control(aid_enabled=True, car=TrackFlag.VIRTUAL_SAFETY_CAR)
    assert overtaking_aid(SESSION, behind).enabled is False
    assert overtaking_aid(SESSION, Control()).enabled is None


def test_the_status_says_how_it_is_known():
    assert track_status(Control()) is None
    told = track_status(Control(flag=TrackFlag.GREEN, flag_evidence=Evidence.LAPS))
    assert told is not None
    assert told.evidence is Evidence.LAPS


def test_announced_laps_come_before_the_table_and_practice_has_none():
    race = Race(SESSION)
    announced = progress(race, Control(), 40)
    assert announced is not None
    assert announced.total_laps == 40
    assert progress(Race(replace(SESSION, session_name="Practice 1")), Control(), None) is None


def test_an_aborted_start_makes_the_race_a_lap_shorter():
    row = RaceControlRow(1, Instant(0), "ABORTED START", "Other")
    race = Race(SESSION, race_control=(row,))
    shorter = progress(race, control(race), None)
    assert shorter is not None
    assert (shorter.total_laps, shorter.total_laps_basis) == (55, TotalLapsBasis.RACE_CONTROL)


def test_the_season_tells_the_aid():
    assert overtaking_aid(SESSION, Control()).system is OvertakingAidSystem.DRS
    new = overtaking_aid(replace(SESSION, year=2026), Control(aid_enabled=True))
    assert (new.system, new.enabled) == (OvertakingAidSystem.OVERTAKE_MODE, True)


def test_cut_lines_depend_on_how_many_cars_are_entered():
    qualifying = replace(SESSION, session_name="Qualifying")
    assert cut_positions(qualifying, 20) == {1: 15, 2: 10}
    assert cut_positions(qualifying, 22) == {1: 16, 2: 10}
    assert cut_positions(qualifying, 19) == {1: 15, 2: 10}, "a car less moves no cut"
    assert cut_positions(qualifying, 3) == {}
    assert cut_positions(SESSION, 22) == {}
