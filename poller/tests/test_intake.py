"""What is taken in and what is set aside, whichever order rows come in."""

from collections.abc import Iterable
from math import cos, pi, sin
from typing import Any

import pytest

from racetime_poller.intake import Intake
from racetime_poller.race.rows import (
    Instant,
    LapRow,
    LocationRow,
    PitRow,
    PositionRow,
    SessionRow,
)
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


LAP_MILLIS = 90_000


def drive(intake: Intake, number: int, begin: int) -> None:
    """Positions of a lap on a circle, and a little more."""
    rows = []
    for millis in range(-1_000, LAP_MILLIS + 2_000, 300):
        angle = 2 * pi * millis / LAP_MILLIS
        x, y = round(9_000 * cos(angle)), round(9_000 * sin(angle))
        rows.append(LocationRow(9, number, Instant(begin + millis), x, y))
    intake.apply("location", Decoded(rows), NOW)


def lap(number: int, lap_number: int, begin: int, **known: Any) -> LapRow:
    return LapRow(9, number, lap_number, Instant(begin), **known)


@pytest.mark.parametrize("tells", ["out_lap", "pit"])
def test_a_first_lap_that_ended_in_the_pits_is_forgotten(tells: str) -> None:
    intake = intake_of()
    drive(intake, 1, START)
    intake.apply("laps", Decoded([lap(1, 2, START, lap_duration=90.0)]), NOW)
    assert intake.laps_to_learn()
    intake.learned_laps = 1
    begin = START + LAP_MILLIS
    if tells == "out_lap":
        intake.apply("laps", Decoded([lap(1, 3, begin, is_pit_out_lap=True)]), NOW)
    else:
        intake.apply("pit", Decoded([PitRow(9, 1, 2, Instant(begin))]), NOW)
    assert not intake.laps_to_learn()
    assert not intake.learner.laps
    # The next one has to be known to be clean only if an outline is there to go by.
    drive(intake, 16, START)
    intake.apply("laps", Decoded([lap(16, 2, START, lap_duration=90.0)]), NOW)
    assert intake.laps_to_learn()


def test_a_kept_outline_gives_way_to_one_of_more_laps_only() -> None:
    intake = intake_of()
    intake.learned_laps = 2
    told = []
    for number in (1, 16, 44):
        drive(intake, number, START)
        rows = [lap(number, 2, START, lap_duration=90.0)]
        intake.apply("laps", Decoded(rows), NOW)
        assert not intake.laps_to_learn()
        after = lap(number, 3, START + LAP_MILLIS, duration_sector_1=30.0)
        intake.apply("laps", Decoded([after]), NOW)
        told.append(intake.laps_to_learn())
    assert told == [False, False, True]


def laps_of(number: int, numbers: Iterable[int]) -> list[LapRow]:
    return [lap(number, n, START + 1_000 * n) for n in numbers]


def test_a_lap_far_beyond_all_others_is_set_aside_in_any_order() -> None:
    rows = [*laps_of(1, range(1, 30)), *laps_of(16, range(1, 29)), *laps_of(1, [150])]
    for order in (rows, rows[::-1]):
        intake = intake_of()
        intake.apply("laps", Decoded(order), NOW)
        assert max(intake.race.laps[1]) == 29
        assert intake.set_aside == {("laps", "lap_jump"): 1}
        intake.apply("laps", Decoded(laps_of(16, [29, 150])), NOW)
        assert max(intake.race.laps[16]) == 29


def test_laps_that_the_feed_lost_are_jumped_over() -> None:
    # All cars jump, as when the source joined late.
    intake = intake_of()
    rows = [*laps_of(1, [1, 30]), *laps_of(16, [1, 29]), *laps_of(44, [28])]
    intake.apply("laps", Decoded(rows), NOW)
    assert [max(intake.race.laps[number]) for number in (1, 16, 44)] == [30, 29, 28]
    # One car alone on the track jumps: its next lap tells that it is true.
    alone = intake_of()
    alone.apply("laps", Decoded(laps_of(1, range(1, 4))), NOW)
    alone.apply("laps", Decoded(laps_of(1, [12])), NOW)
    assert max(alone.race.laps[1]) == 3
    alone.apply("laps", Decoded(laps_of(1, [12, 13])), NOW)
    assert max(alone.race.laps[1]) == 13
