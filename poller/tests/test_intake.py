"""What is taken in and what is set aside, whichever order rows come in."""

from typing import Any

from racetime_poller.intake import Intake
from racetime_poller.race.rows import Instant, LapRow, LocationRow, PositionRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.sources.decode import Decoded

START = 1_742_000_000_000
NOW = START + 600_000


def intake_of(**options: Any) -> Intake:
    return Intake(Race(SessionRow(9, 3, "Race", Instant(START))), **options)


def test_a_row_from_far_ahead_is_set_aside() -> None:
    intake = intake_of()
    far = Instant(NOW + 60_000)
    intake.apply("position", Decoded([PositionRow(9, 1, far, 1)]), NOW)
    intake.apply("laps", Decoded([LapRow(9, 1, 1, far)]), NOW)
    intake.apply("location", Decoded([LocationRow(9, 1, far, 5, 5)]), NOW)
    assert {reason for _, reason in intake.set_aside} == {"future"}
    assert (len(intake.set_aside), intake.freshness.newest) == (3, {})
    # A simulator's clock runs so much faster that it may be behind for a moment.
    fast = intake_of(speed=60.0)
    fast.apply("position", Decoded([PositionRow(9, 1, far, 1)]), NOW)
    assert not fast.set_aside


def test_a_row_from_a_little_ahead_does_not_hide_those_between() -> None:
    intake = intake_of()
    ahead = Instant(NOW + 5_000)
    intake.apply("position", Decoded([PositionRow(9, 1, ahead, 1)]), NOW)
    intake.apply("location", Decoded([LocationRow(9, 1, ahead, 5, 5)]), NOW)
    assert 1 in intake.race.positions
    assert intake.freshness.newest == {"position": NOW, "location": NOW}
