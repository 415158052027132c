"""Tyres in mid-race: which are fitted and how old they are, whatever stints the feed makes up."""

from collections.abc import Sequence
from typing import Any

from racetime_poller.race.pit_visits import visits
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, PitRow, RaceControlRow, SessionRow, StintRow
from racetime_poller.race.state import Race
from racetime_poller.race.tyres import fitted, history, runs_of
from racetime_poller.race.views import CarTyres, Evidence, TyreCompound

START = 1_742_000_000_000
LAP = 90.0


def race_of(*rows: Any) -> Race:
    race = Race(SessionRow(9, 3, "Race", Instant(START)))
    for row in rows:
        race = reduce(race, row)
    return race


def at(seconds: float) -> Instant:
    return Instant(START + round(1000 * seconds))


def laps(count: int, *outs: int) -> list[LapRow]:
    """Laps that are over, and the one being driven; `outs` left the pits."""
    return [
        LapRow(9, 1, n, at(LAP * (n - 1)), LAP if n <= count else None, is_pit_out_lap=n in outs)
        for n in range(1, count + 2)
    ]


def stint(number: int, first: int | None, last: int | None, compound: str | None, age: int | None):
    return StintRow(9, 1, number, first, last, compound, age)


def told(rows: Sequence[Any]) -> list[tuple[int | None, int | None, str, int | None, str]]:
    return [
        (run.first_lap, run.last_lap, run.compound.name, run.age, run.evidence.name)
        for run in runs_of(race_of(*rows), 1)
    ]


def tyres(completed: int, *rows: Any) -> CarTyres:
    return fitted(runs_of(race_of(*rows), 1), completed)


NEW = stint(1, 1, 12, "MEDIUM", 0)
USED = stint(2, 13, None, "SOFT", 3)


def test_tyres_age_by_each_lap_that_is_over() -> None:
    assert [tyres(n, NEW).age_laps for n in (0, 1, 2, 11)] == [0, 1, 2, 11]


def test_used_tyres_begin_at_the_age_they_came_with() -> None:
    rows = [NEW, USED, *laps(20, 13)]
    assert [tyres(n, *rows).age_laps for n in (12, 13, 20)] == [3, 4, 11]
    assert tyres(12, *rows) == CarTyres(TyreCompound.SOFT, 3, 2, False)


def test_a_stint_that_is_told_before_its_first_lap_has_not_run() -> None:
    assert tyres(12, NEW, USED, *laps(11)).age_laps == 3


def test_what_is_not_known_of_tyres_is_not_made_up() -> None:
    assert tyres(5, StintRow(9, 1, 1)) == CarTyres(TyreCompound.UNSPECIFIED, None, 1, None)
    assert tyres(5, stint(1, 1, None, "TEST_UNKNOWN", 2)).age_laps == 7
    assert tyres(5, stint(1, None, None, "HARD", 2)).age_laps is None
    assert told([]) == []


def test_an_age_below_nothing_is_not_known() -> None:
    assert tyres(5, stint(1, 1, None, "HARD", -2)).age_laps is None


def test_an_unknown_compound_does_not_replace_a_known_one() -> None:
    race = race_of(NEW, stint(1, 1, 13, "UNKNOWN", None), stint(1, 1, 14, None, None))
    assert race.stints[1][1].compound == "MEDIUM"
    assert race.stints[1][1].lap_end == 14


def test_a_stint_begun_on_a_lap_that_left_no_pits_is_none() -> None:
    """The age goes on, and the same set is still fitted."""
    rows = [stint(1, 1, 1, "MEDIUM", 6), stint(2, 2, 19, "HARD", 0), *laps(18)]
    assert told(rows) == [(1, 19, "MEDIUM", 6, "LAPS")]
    assert tyres(18, *rows) == CarTyres(TyreCompound.MEDIUM, 24, 1, False, Evidence.LAPS)


def test_a_phantom_tells_what_the_next_stop_fitted() -> None:
    rows = [stint(1, 1, 1, "MEDIUM", 0), stint(2, 2, 19, "SOFT", 0), *laps(18, 12)]
    assert told(rows) == [(1, 11, "MEDIUM", 0, "UNSPECIFIED"), (12, 19, "SOFT", None, "PIT")]


def test_a_stop_without_a_new_stint_changes_nothing() -> None:
    rows = [stint(1, 1, 19, "HARD", 0), *laps(18, 8)]
    assert told(rows) == [(1, 19, "HARD", 0, "UNSPECIFIED")]


def test_stints_of_one_compound_are_apart_when_a_stop_parts_them() -> None:
    rows = [stint(1, 1, 7, "HARD", 0), stint(2, 8, 18, "HARD", 2), *laps(18, 8)]
    assert told(rows) == [(1, 7, "HARD", 0, "UNSPECIFIED"), (8, 18, "HARD", 2, "UNSPECIFIED")]


def test_the_feed_may_begin_a_stint_a_lap_early_or_late() -> None:
    for begin in (7, 8, 9):
        rows = [stint(1, 1, begin - 1, "HARD", 0), stint(2, begin, 18, "SOFT", 1), *laps(18, 8)]
        assert told(rows) == [(1, 7, "HARD", 0, "UNSPECIFIED"), (8, 18, "SOFT", 1, "UNSPECIFIED")]


def test_stops_on_two_laps_in_a_row_have_a_stint_each() -> None:
    rows = [
        stint(1, 1, 7, "HARD", 0),
        stint(2, 8, 8, "SOFT", 0),
        stint(3, 9, 18, "MEDIUM", 0),
        *laps(18, 8, 9),
    ]
    assert [run[:3] for run in told(rows)] == [
        (1, 7, "HARD"),
        (8, 8, "SOFT"),
        (9, 18, "MEDIUM"),
    ]


def test_of_corrections_on_the_grid_the_last_holds() -> None:
    rows = [stint(1, 1, 0, "SOFT", 0), stint(2, 1, 18, "MEDIUM", 4), *laps(18)]
    assert told(rows)[0][:4] == (1, 18, "MEDIUM", 4)


def test_inverted_and_overlapping_stints_are_put_right() -> None:
    rows = [
        stint(1, 1, 12, "HARD", 0),
        stint(2, 3, 2, "HARD", 0),
        stint(3, 12, 18, "SOFT", None),
        *laps(18, 13),
    ]
    assert told(rows) == [(1, 12, "HARD", 0, "LAPS"), (13, 18, "SOFT", None, "UNSPECIFIED")]


def test_a_missing_first_stint_is_not_made_up() -> None:
    rows = [stint(2, 13, 18, "SOFT", 1), *laps(18, 13)]
    assert told(rows) == [(13, 18, "SOFT", 1, "UNSPECIFIED")]
    assert history(1, runs_of(race_of(*rows), 1))[1].stint_number == 1


def test_where_no_laps_tell_the_feed_is_believed() -> None:
    rows = [stint(1, 1, 7, "HARD", 0), stint(2, 8, 18, "HARD", 0)]
    assert [run[:3] for run in told(rows)] == [(1, 7, "HARD"), (8, 18, "HARD")]


THROUGH = RaceControlRow(9, at(100), "SAFETY CAR THROUGH THE PIT LANE", "SafetyCar")
STRAIGHT = RaceControlRow(9, at(400), "SAFETY CAR WILL USE START/FINISH STRAIGHT", "Other")


def pit(lap: int, seconds: float, **known: Any) -> PitRow:
    return PitRow(9, 1, lap, at(seconds), 14.0, **known)


def test_laps_led_through_the_pit_lane_are_no_stops() -> None:
    rows = [
        THROUGH,
        STRAIGHT,
        *(pit(n, LAP * n + 15) for n in (2, 3, 10)),
        *(stint(n, n, n, "INTERMEDIATE", 0) for n in (1, 2, 3)),
        stint(4, 11, 18, "HARD", 0),
        *laps(18, 3, 4, 11),
    ]
    assert visits(race_of(*rows), 1).stops == {10}
    assert told(rows) == [(1, 10, "INTERMEDIATE", 0, "LAPS"), (11, 18, "HARD", 0, "UNSPECIFIED")]


def test_two_rows_of_one_stop_are_one() -> None:
    rows = [pit(5, 460), pit(6, 475, stop_duration=2.4), pit(9, 900), *laps(12, 6, 10)]
    visited = visits(race_of(*rows), 1)
    assert visited.stops == {5, 9}
    assert (visited.rows[5].stop_duration, visited.rows[5].date) == (2.4, at(475))


def test_a_stop_of_which_the_row_was_lost_is_counted() -> None:
    assert visits(race_of(*laps(12, 6)), 1).stops == {5}


def test_leaving_the_pits_after_a_red_flag_is_no_stop_but_may_bring_other_tyres() -> None:
    rows = [
        RaceControlRow(9, at(400), "RED FLAG", "Flag", "RED", "Track"),
        RaceControlRow(9, at(1_000), "SESSION STARTED", "SessionStatus"),
        *laps(4),
        LapRow(9, 1, 6, at(1_010), is_pit_out_lap=True),
        stint(1, 1, 5, "HARD", 0),
        stint(2, 6, 8, "SOFT", 0),
    ]
    assert visits(race_of(*rows), 1).stops == set()
    assert [run[:3] for run in told(rows)] == [(1, 5, "HARD"), (6, 8, "SOFT")]


def test_a_drive_through_is_no_stop() -> None:
    given = RaceControlRow(9, at(300), "FIA STEWARDS: DRIVE THROUGH PENALTY FOR CAR 1 (VER)")
    rows = [pit(5, 460), pit(9, 900), *laps(12, 6, 10)]
    assert visits(race_of(given, *rows), 1).stops == {9}
    other = RaceControlRow(9, at(300), "FIA STEWARDS: DRIVE THROUGH PENALTY FOR CAR 11 (PER)")
    assert visits(race_of(other, *rows), 1).stops == {5, 9}


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [THROUGH, STRAIGHT, *(pit(n, LAP * n + 15) for n in (2, 3, 10)), *laps(18, 3, 4, 11)]
    rows += [stint(n, n, n, "INTERMEDIATE", 0) for n in (1, 2, 3)] + [stint(4, 11, 18, "HARD", 0)]
    assert told(rows) == told(rows[::-1])
