"""A session is over when nothing is heard of it any more, though nobody said so."""

from dataclasses import replace

import pytest

from racetime_poller.race import session
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, RaceControlRow, SessionRow, WeatherRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import Evidence, SessionClock, SessionPhase

START = 1_742_000_000_000
MINUTE = 60_000
END = START + 120 * MINUTE
HOUR = 60 * MINUTE


def race(name: str = "Race", **facts: object) -> Race:
    """A session whose last lap was begun an hour after its start."""
    row = SessionRow(9, 3, name, Instant(START), date_end=Instant(END))
    found = Race(replace(row, **facts))  # type: ignore[arg-type]
    for lap in range(1, 41):
        begun = Instant(START + lap * 90_000)
        found = reduce(found, LapRow(9, 1, lap, begun, 90.0 if lap < 40 else None))
    return said(found, 1, "SESSION STARTED")


def said(one: Race, minutes: float, text: str, **facts: object) -> Race:
    at = Instant(START + int(minutes * MINUTE))
    category = "Flag" if "flag" in facts else "SessionStatus"
    row = RaceControlRow(9, at, text, category, **facts)  # type: ignore[arg-type]
    return reduce(one, row)


def clock(one: Race, now: int) -> SessionClock:
    return session.clock(one, session.control(one, now), now)


def test_a_race_that_is_never_told_to_end_ends_long_after_its_schedule() -> None:
    one = race()
    during, late = clock(one, END + 2 * HOUR), clock(one, END + 3 * HOUR + 1)
    assert during.phase is SessionPhase.STARTED
    assert (late.phase, late.evidence) == (SessionPhase.ENDED, Evidence.SILENCE)
    assert (during.running, late.running) == (True, False)


def test_a_red_flag_that_is_never_lifted_ends_so_too() -> None:
    one = said(race(), 50, "SESSION ABORTED")
    assert clock(one, END + 2 * HOUR).phase is SessionPhase.SUSPENDED
    assert clock(one, END + 3 * HOUR + 1).evidence is Evidence.SILENCE


def test_a_race_that_is_heard_of_goes_on_however_late_it_is() -> None:
    one, now = race(), END + 5 * HOUR
    one = reduce(one, LapRow(9, 1, 41, Instant(now - 9 * MINUTE)))
    assert clock(one, now).phase is SessionPhase.STARTED
    assert clock(one, now + 2 * MINUTE).phase is SessionPhase.ENDED


def test_ten_minutes_after_the_flag_it_is_over_whatever_weather_and_stewards_say() -> None:
    one = said(race(), 61, "SESSION FINISHED")
    flag_at = START + 61 * MINUTE
    later = Instant(flag_at + 9 * MINUTE)
    one = reduce(one, WeatherRow(9, later, 20.0))
    one = reduce(one, RaceControlRow(9, later, "FIA STEWARDS: CAR 1 NOTED", "Other"))
    assert clock(one, flag_at + 10 * MINUTE - 1).phase is SessionPhase.FINISHED
    assert clock(one, flag_at + 10 * MINUTE).evidence is Evidence.SILENCE


@pytest.mark.parametrize(("phase", "is_over"), [(1, False), (2, False), (3, True)])
def test_between_the_phases_of_a_qualifying_nothing_is_over(phase: int, is_over: bool) -> None:
    one = race("Qualifying")
    one = said(one, 61, "SESSION FINISHED", qualifying_phase=phase)
    found = clock(one, START + 90 * MINUTE).phase
    assert (found is SessionPhase.ENDED) == is_over


def test_a_session_without_an_end_in_the_schedule_has_a_usual_one() -> None:
    one = race(date_end=None)
    assert clock(one, START + 4 * HOUR).phase is SessionPhase.STARTED
    assert clock(one, START + 5 * HOUR + 1).phase is SessionPhase.ENDED


def test_what_has_not_begun_is_not_over() -> None:
    one = Race(SessionRow(9, 3, "Race", Instant(START)))
    assert clock(one, START + 24 * HOUR).phase is SessionPhase.UPCOMING
