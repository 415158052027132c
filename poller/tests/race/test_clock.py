"""The time that is left of a session."""

from dataclasses import replace
from typing import Any

import pytest
from control_rows import START, at, lap, session, status, told, track, whole

from racetime_poller.race.rows import Row, SessionResultRow
from racetime_poller.race.session import clock, control
from racetime_poller.race.views import Evidence, SessionClock, SessionPhase

STARTED = status(0, "STARTED")
STOPPED = status(600, "ABORTED")
RESUMED = status(1200, "STARTED")
MINUTE = 60


def of(name: str, *rows: Row, **more: Any) -> SessionClock:
    race = told(session(name, **more), *rows)
    return clock(race, control(race))


def left(told_clock: SessionClock) -> tuple[float | None, float | None, bool | None]:
    """Seconds left, the second at which that was so, whether they count down."""
    remaining, as_of = told_clock.remaining_millis, told_clock.as_of_at
    return (
        None if remaining is None else remaining / 1000,
        None if as_of is None else (as_of - START) / 1000,
        told_clock.running,
    )


def test_before_the_start_no_time_is_told():
    assert left(of("Practice 1")) == (None, None, None)
    assert of("Practice 1").phase is SessionPhase.UPCOMING
    assert of("Practice 1").evidence is None


def test_a_practice_runs_on_under_a_red_flag():
    for rows in ([STARTED], [STARTED, STOPPED], [STARTED, STOPPED, RESUMED]):
        assert left(of("Practice 1", *rows)) == (3600, 0, True)
    over = [STARTED, track(3600, "CHEQUERED"), status(3600.4, "FINISHED")]
    assert left(of("Practice 1", *over)) == (0, 3600.4, False)


def test_a_practice_that_begins_late_counts_from_its_start_and_runs_as_scheduled():
    assert left(of("Practice 1", status(300, "STARTED"))) == (3600, 300, True)
    race = session("Practice 1")
    longer = replace(race, session=replace(race.session, date_end=at(5400)))
    race = told(longer, STARTED)
    assert left(clock(race, control(race))) == (5400, 0, True)


@pytest.mark.parametrize(
    ("name", "phase", "year", "minutes"),
    [
        ("Qualifying", 1, 2025, 18),
        ("Qualifying", 2, 2025, 15),
        ("Qualifying", 3, 2025, 12),
        ("Qualifying", 3, 2026, 13),
        ("Sprint Qualifying", 1, 2026, 12),
        ("Sprint Qualifying", 2, 2025, 10),
        ("Sprint Shootout", 3, 2023, 8),
    ],
)
def test_each_phase_of_qualifying_has_its_length(name: str, phase: int, year: int, minutes: int):
    found = left(of(name, status(0, "STARTED", phase), year=year))
    assert found == (minutes * MINUTE, 0, True)


def test_the_clock_of_a_qualifying_stands_under_a_red_flag():
    assert left(of("Qualifying", STARTED, STOPPED)) == (480, 600, False)
    assert left(of("Qualifying", STARTED, STOPPED, RESUMED)) == (480, 1200, True)
    again = [STARTED, STOPPED, RESUMED, status(1500, "ABORTED")]
    assert left(of("Qualifying", *again)) == (180, 1500, False)
    over = [STARTED, STOPPED, RESUMED, status(1680, "FINISHED")]
    assert left(of("Qualifying", *over)) == (0, 1680, False)
    assert left(of("Qualifying", *over, status(2000, "STARTED"))) == (900, 2000, True)


def test_a_phase_that_is_not_resumed_keeps_the_time_that_was_left():
    found = left(of("Qualifying", STARTED, STOPPED, status(900, "FINISHED")))
    assert found == (480, 900, False)


def test_a_race_has_two_hours_and_three_with_its_suspensions():
    hours = 3600
    assert left(of("Race", STARTED)) == (2 * hours, 0, True)
    assert left(of("Race", STARTED, STOPPED)) == (2 * hours - 600, 600, False)
    resumed = [STARTED, STOPPED, RESUMED]
    assert left(of("Race", *resumed)) == (2 * hours - 600, 1200, True)
    late = [STARTED, STOPPED, status(6000, "STARTED")]
    assert left(of("Race", *late)) == (3 * hours - 6000, 6000, True)
    # From here on the three hours are shorter, and they do not stand.
    again = [*late, status(6600, "ABORTED")]
    assert left(of("Race", *again)) == (3 * hours - 6600, 6600, True)
    assert left(of("Sprint", STARTED)) == (1 * hours, 0, True)


def test_laps_start_a_session_that_race_control_does_not():
    told_clock = of("Race", lap(4, 1, 7, 90.0), lap(1, 1, 7, 91.0))
    assert (told_clock.phase, told_clock.started_at) == (SessionPhase.STARTED, at(7))
    assert told_clock.evidence is Evidence.LAPS
    assert left(told_clock) == (7200, 7, True)


def test_a_lost_start_is_told_by_the_first_lap_though_the_restart_is_known():
    rows = [lap(4, 1, 7, 90.0), track(700, "RED"), status(1300, "STARTED")]
    told_clock = of("Race", *rows)
    assert (told_clock.started_at, told_clock.running) == (at(7), True)


def test_the_result_ends_a_session():
    result = SessionResultRow(1, 4, 1, 57)
    rows = [STARTED, status(5000, "FINISHED"), result]
    assert of("Race", *rows[:2]).phase is SessionPhase.FINISHED
    assert of("Race", *rows).phase is SessionPhase.ENDED
    assert of("Race", STARTED, result).phase is SessionPhase.STARTED
    silent = of("Race", result)
    assert (silent.phase, silent.evidence) == (SessionPhase.ENDED, Evidence.RESULT)


def test_the_recorded_sessions_ran_for_their_time(recording: Any):
    """Where a clock decides, none is left when the chequered flag falls: to within a second."""
    race = whole(recording, {"position", "laps"})
    ruled = control(race)
    for part in ruled.parts:
        upto = tuple(row for row in race.race_control if row.date < (part.finished_at or 0) - 1_500)
        before = replace(race, race_control=upto, results={})
        told_clock = clock(before, control(before))
        assert told_clock.running
        assert told_clock.remaining_millis is not None
        end = (told_clock.as_of_at or 0) + told_clock.remaining_millis
        if race.is_race:
            assert end > (part.finished_at or 0)
        else:
            assert abs(end - (part.finished_at or 0)) < 1_500


def test_the_end_of_the_part_before_is_told_while_the_next_one_runs():
    # Who joins in the second part tells what those tell who were there from the first.
    over = [status(0, "STARTED", 1), track(1080, "CHEQUERED"), status(1080.4, "FINISHED", 1)]
    ended = of("Qualifying", *over)
    again = of("Qualifying", *over, status(1500, "STARTED", 2))
    assert again.phase is SessionPhase.STARTED
    assert again.finished_at == ended.finished_at == at(1080.4)
    assert again.started_at == at(1500)
