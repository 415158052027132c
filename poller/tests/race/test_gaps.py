"""How far each car is behind: what the feed says, what follows from it, and nothing else."""

from typing import Any

from racetime_poller.race.gaps import gaps
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, IntervalRow, LapRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarGap

START = 1_742_000_000_000
CARS = (1, 16, 44)
LEADS = CarGap(gap_to_leader_millis=0, interval_millis=0)


def at(seconds: float) -> Instant:
    return Instant(START + round(1000 * seconds))


def told(*rows: Any, out: Any = (), name: str = "Race") -> dict[int, CarGap]:
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for row in rows:
        race = reduce(race, row)
    return dict(gaps(race, CARS, set(out)))


def row(number: int, seconds: float, gap: Any = None, interval: Any = None) -> IntervalRow:
    return IntervalRow(9, number, at(seconds), gap, interval)


def laps(number: int, behind: float, count: int) -> list[LapRow]:
    return [
        LapRow(9, number, n, at(90 * (n - 1) + behind * n), 90 + behind) for n in range(1, count)
    ]


def test_the_leader_is_behind_nobody_and_the_others_are_as_the_feed_says() -> None:
    gap = told(row(1, 0, None), row(16, 1, 1.5, 1.5), row(44, 2, 3.25, 1.75))
    assert gap == {
        1: LEADS,
        16: CarGap(gap_to_leader_millis=1_500, interval_millis=1_500),
        44: CarGap(gap_to_leader_millis=3_250, interval_millis=1_750),
    }


def test_each_value_is_carried_forward_by_itself_and_null_is_never_zero() -> None:
    gap = told(row(1, 0, 0.0, 0.0), row(44, 1, 3.0, 1.2), row(44, 5, None, 1.3), row(16, 5))
    assert gap[44] == CarGap(gap_to_leader_millis=3_000, interval_millis=1_300)
    assert gap[16] == CarGap()


def test_who_led_until_now_is_not_at_zero_any_more() -> None:
    gap = told(row(16, 0, 0.0, 0.0), row(1, 1, 0.4, 0.4))
    assert gap[1] == LEADS
    assert gap[16].gap_to_leader_millis is None


def test_a_gap_that_is_missing_follows_from_the_others_of_its_moment() -> None:
    gap = told(row(1, 0, 0.0), row(16, 1, 1.5), row(44, 2, 3.25))
    assert [gap[n].interval_millis for n in CARS] == [0, 1_500, 1_750]
    gap = told(row(1, 0, 0.0), row(16, 1, None, 1.5), row(44, 2, None, 1.75))
    assert [gap[n].gap_to_leader_millis for n in CARS] == [0, 1_500, 3_250]
    apart = told(row(1, 0, 0.0), row(16, 1, 1.5), row(44, 30, 3.25))
    assert apart[44].interval_millis is None


def test_a_lapped_car_has_laps_behind_and_an_estimate_of_the_time() -> None:
    """At the line the time is exact: it passed there so long after the leader."""
    gap = told(*laps(1, 0, 12), *laps(44, 10, 11), row(44, 990, "+1 LAP", 2.5))[44]
    assert (gap.gap_to_leader_millis, gap.gap_to_leader_laps) == (None, 1)
    assert gap.interval_millis == 2_500
    assert gap.estimated_gap_to_leader_millis == 110_000


def test_without_any_gaps_of_the_feed_laps_tell() -> None:
    gap = told(*laps(1, 0, 5), *laps(16, 1, 5))
    assert gap[1] == LEADS
    assert gap[16] == CarGap(estimated_gap_to_leader_millis=5_000)
    assert gap[44] == CarGap()


def test_a_gap_that_is_some_laps_old_is_not_told() -> None:
    known = [row(1, 0, 0.0), row(16, 100, 1.5, 1.5)]
    assert told(*known, *laps(16, 0, 4))[16].gap_to_leader_millis == 1_500
    assert told(*known, *laps(16, 0, 6))[16].gap_to_leader_millis is None


def test_a_car_that_is_out_has_no_gap() -> None:
    rows = [row(1, 0, 0.0), row(16, 1, 1.5, 1.5), row(44, 2, 3.25, 1.75)]
    gap = told(*rows, out={16})
    assert gap[16] == CarGap()
    assert gap[44].interval_millis == 1_750
    assert told(*rows, out={1})[16] == LEADS
    assert told(*rows, out=CARS) == {}


def test_there_are_no_gaps_outside_races_nor_before_anything_is_known() -> None:
    assert told(*laps(1, 0, 5), name="Practice 1") == {}
    assert told() == {}
