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


def test_a_lap_without_a_time_has_that_of_its_sectors():
    sectors = {"duration_sector_1": 30.0, "duration_sector_2": 31.0, "duration_sector_3": 29.5}
    assert laps.lap_time(lap(1, 1, None, 0, **sectors)) == 90_500
    assert laps.lap_time(lap(1, 1, 90.4, 0, **sectors)) == 90_400
    assert laps.lap_time(lap(1, 1, None, 0, **sectors | {"duration_sector_2": None})) is None


def test_a_deleted_time_is_no_best_and_worth_nothing():
    known = race(lap(1, 1, 92.0, 0), lap(1, 2, 90.0, 92), lap(1, 3, 91.0, 182), lap(4, 1, 93.0, 2))
    deleted = frozenset({(1, 2)})
    book = records.lap_book(known, deleted)
    best = bests.session_bests(known.laps, book)
    assert (best.lap_millis, best.lap) == (91_000, 3)
    timing = timings.timing(known.laps[1], book)
    assert (timing.best_lap_millis, timing.best_lap) == (91_000, 3)
    assert (timing.last_lap_millis, timing.last_lap_mark) == (91_000, TimeMark.OVERALL_BEST)
    upto = {n: row for n, row in known.laps[1].items() if n <= 2}
    assert timings.timing(upto, book).last_lap_millis == 90_000
    assert timings.timing(upto, book).last_lap_mark is TimeMark.UNSPECIFIED


def test_a_lap_that_a_late_feed_made_up_is_not_told():
    """It began the session at lap 1, and knows better at the next line."""
    made_up = lap(1, 1, 1_800.0, 0)
    run = [lap(1, n, 90.0 + n / 10, 1_800 + 90 * (n - 20)) for n in range(20, 24)]
    known = race(made_up, *run)
    assert records.is_made_up(made_up, known.laps[1])
    book = records.lap_book(known)
    assert [one.lap for one in book.overall[0].sets] == [20]
    # Under a red flag a lap takes as long, and is followed by the next.
    long = race(lap(1, 1, 1_800.0, 0), *(lap(1, n, 90.0, 1_800 + 90 * n) for n in range(2, 6)))
    assert not records.is_made_up(long.laps[1][1], long.laps[1])


def test_a_time_far_too_short_is_no_best():
    known = race(*(lap(1, n, 90.0 - n, 100 * n) for n in (1, 2, 3)), lap(1, 4, 12.0, 400))
    assert bests.session_bests(known.laps, records.lap_book(known)).lap_millis == 87_000
    assert timings.timing(known.laps[1], records.lap_book(known)).best_lap == 3


def test_a_time_whose_instant_is_not_known_counts_as_a_best():
    known = race(lap(1, 1, 92.0, 0), LapRow(1, 1, 2, None, 90.0), lap(1, 3, 91.0, 182))
    best = bests.session_bests(known.laps, records.lap_book(known))
    assert (best.lap_millis, best.lap) == (90_000, 2)


def test_the_speed_trap_is_the_first_of_the_highest():
    rows = [(4, 1, 320), (1, 3, 325), (1, 2, 325), (4, 5, None)]
    known = race(*(lap(car, n, 90.0, 100 * n, st_speed=speed) for car, n, speed in rows))
    best = bests.session_bests(known.laps, records.lap_book(known))
    assert (best.speed_trap_kph, best.speed_trap_driver_number) == (325, 1)


def test_mini_sectors_tell_of_the_pit_lane():
    driven = {"segments_sector_1": (None, 2048), "segments_sector_3": (2048, 2064, 0)}
    into = lap(1, 4, None, 0, **driven)
    assert laps.in_pit_lane({4: into})
    assert laps.in_pit_lane({4: into, 5: lap(1, 5, None, 90, segments_sector_1=(0, 0))})
    assert not laps.in_pit_lane({4: into, 5: lap(1, 5, None, 90, segments_sector_1=(2064, 2049))})
    assert not laps.in_pit_lane({4: lap(1, 4, None, 0)})
