"""What is taken in and what is set aside, whichever order rows come in."""

from collections.abc import Iterable
from typing import Any

import pytest

from racetime_poller.intake import Intake
from racetime_poller.race.rows import (
    CarDataRow,
    Instant,
    LapRow,
    LocationRow,
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


@pytest.mark.parametrize("number", [-1, 0, 100, 10**12])
def test_a_sample_of_no_car_is_set_aside_before_the_cars_are_known(number: int) -> None:
    intake = intake_of()
    rows = [LocationRow(9, number, Instant(NOW), 5, 5), LocationRow(9, 1, Instant(NOW), 7, 7)]
    intake.apply("location", Decoded(rows), NOW)
    assert intake.set_aside == {("location", "unknown_driver"): 1}
    assert set(intake.motion.movements()) == {1}


def lap(number: int, lap_number: int, begin: int, **known: Any) -> LapRow:
    return LapRow(9, number, lap_number, Instant(begin), **known)


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


def test_a_sample_of_no_car_is_set_aside_before_the_drivers_are_known() -> None:
    intake = intake_of()
    places = [LocationRow(9, number, Instant(NOW), 5, 5) for number in (-3, 0, 1, 100, 5_000)]
    intake.apply("location", Decoded(places), NOW)
    intake.apply("car_data", Decoded([CarDataRow(9, 128, Instant(NOW), speed=5)]), NOW)
    assert intake.set_aside["location", "unknown_driver"] == 4
    assert intake.set_aside["car_data", "unknown_driver"] == 1
    assert [batch.driver_numbers for batch in intake.motion.flush()] == [(1,)]
