"""Lap times, and what they were worth when they were set."""

from racetime_poller.race import bests, laps, records, timings
from racetime_poller.race.rows import Instant, LapRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import SegmentMark, TimeMark

START = 1_000_000


def lap(car: int, number: int, seconds: float | None, start: int, **more: object) -> LapRow:
    values = {"date_start": Instant(START + start * 1000), "lap_duration": seconds, **more}
    return LapRow(1, car, number, **values)  # type: ignore[arg-type]


def race(*rows: LapRow) -> Race:
    tables: dict[int, dict[int, LapRow]] = {}
    for row in rows:
        tables.setdefault(row.driver_number, {})[row.lap_number] = row
    return Race(SessionRow(1, 1, "Race", Instant(START)), laps=tables)


def test_a_lap_is_over_when_it_has_a_time_or_a_later_one_has_begun():
    known = race(lap(1, 1, 90.0, 0), lap(1, 2, None, 90), lap(1, 3, None, 180))
    assert laps.laps_completed(known.laps[1]) == 2
    assert laps.laps_completed({}) == 0
    assert laps.laps_completed({7: lap(1, 7, None, 0)}) == 6, "holes in the table count as laps"


def test_a_time_is_worth_what_it_was_when_it_was_set():
    known = race(
        lap(1, 1, 92.0, 0),
        lap(4, 1, 91.0, 2),
        lap(1, 2, 90.0, 92),
        lap(4, 2, 90.5, 93),
        lap(1, 3, 90.2, 182),
        lap(4, 3, 89.9, 184),
    )
    book = records.lap_book(known)
    marks = {
        (number, upto): timings.timing(
            {n: row for n, row in known.laps[number].items() if n <= upto}, book
        ).last_lap_mark
        for number in (1, 4)
        for upto in (1, 2, 3)
    }
    assert marks == {
        (1, 1): TimeMark.OVERALL_BEST,
        (4, 1): TimeMark.OVERALL_BEST,
        (1, 2): TimeMark.OVERALL_BEST,
        (4, 2): TimeMark.PERSONAL_BEST,
        (1, 3): TimeMark.SLOWER,
        (4, 3): TimeMark.OVERALL_BEST,
    }
    best = bests.session_bests(known.laps, book)
    assert (best.lap_millis, best.lap_driver_number, best.lap) == (89_900, 4, 3)


def test_of_equal_times_the_first_is_the_best():
    known = race(lap(1, 1, 90.0, 5), lap(4, 1, 90.0, 0))
    assert bests.session_bests(known.laps, records.lap_book(known)).lap_driver_number == 4


def test_a_lap_without_a_time_leaves_the_last_and_best_as_they_were():
    known = race(lap(1, 1, 90.0, 0), lap(1, 2, None, 90))
    timing = timings.timing(known.laps[1], records.lap_book(known))
    assert (timing.last_lap_millis, timing.best_lap_millis, timing.best_lap) == (90_000, 90_000, 1)
    assert (timing.current_lap, timing.laps_completed) == (2, 1)


def test_sectors_of_the_running_lap_arrive_one_by_one():
    known = race(lap(1, 1, None, 0, duration_sector_1=28.5))
    sectors = timings.sectors(known.laps[1], records.lap_book(known))
    assert (sectors.sector_1_millis, sectors.sector_1_mark) == (28_500, TimeMark.OVERALL_BEST)
    assert (sectors.sector_2_millis, sectors.sector_2_mark) == (None, TimeMark.UNSPECIFIED)


def test_mini_sector_codes_are_read_as_flags():
    codes = (None, 0, 2048, 2049, 2051, 2064, 2068)
    assert [laps.segment(code) for code in codes] == [
        SegmentMark.UNSPECIFIED,
        SegmentMark.NONE,
        SegmentMark.SLOWER,
        SegmentMark.PERSONAL_BEST,
        SegmentMark.OVERALL_BEST,
        SegmentMark.PIT_LANE,
        SegmentMark.PIT_LANE,
    ]


def test_a_time_of_zero_or_less_is_not_a_time():
    assert [laps.millis(seconds) for seconds in (None, 0.0, -1.0, 1e9)] == [None] * 4
