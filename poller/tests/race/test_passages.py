"""Lines that cars passed, read from laps with holes."""

from typing import Any

from racetime_poller.race.passages import passages
from racetime_poller.race.rows import Instant, LapRow

T0 = 1_742_000_000_000


def lap(number: int, begin: float | None, **known: Any) -> LapRow:
    start = None if begin is None else Instant(T0 + round(begin * 1000))
    return LapRow(9, 1, number, start, **known)


def read(*laps: LapRow, is_race: bool = True) -> dict[int, float]:
    found = passages({one.lap_number: one for one in laps}, is_race)
    return dict(zip(found.lines, [(at - T0) / 1000 for at in found.instants], strict=True))


def test_sectors_tell_when_their_ends_were_passed() -> None:
    first = lap(1, 0, duration_sector_1=30.0, duration_sector_2=40.0, lap_duration=90.0)
    assert read(first) == {3: 0, 4: 30, 5: 70, 6: 90}


def test_the_next_lap_s_start_rules_over_the_time() -> None:
    assert read(lap(1, 0, lap_duration=90.0), lap(2, 90.3)) == {3: 0, 6: 90.3}


def test_a_lap_that_is_missing_is_a_hole() -> None:
    assert read(lap(1, 0), lap(3, 180)) == {3: 0, 9: 180}


def test_a_lap_without_a_start_tells_nothing() -> None:
    assert read(lap(1, None, lap_duration=90.0), lap(2, 90)) == {6: 90}


def test_out_of_the_pits_of_a_practice_only_the_start_counts() -> None:
    out = lap(5, 0, duration_sector_1=400.0, lap_duration=500.0, is_pit_out_lap=True)
    assert read(out, is_race=False) == {15: 0}
    assert read(out, is_race=True) == {15: 0, 16: 400, 18: 500}


def test_a_passage_before_an_earlier_line_is_a_fault() -> None:
    assert read(lap(1, 0), lap(2, 500), lap(3, 180)) == {3: 0, 9: 180}


def test_mini_sectors_tell_how_far_a_car_is() -> None:
    row = lap(
        2,
        90,
        duration_sector_1=30.0,
        segments_sector_1=(2048, 2048),
        segments_sector_2=(2049, None, 2064, 0),
    )
    found = passages({2: row}, True)
    assert (found.last_line, found.driven_share, found.in_pit) == (7, 0.75, True)
