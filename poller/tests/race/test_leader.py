"""The laps of the leader."""

from typing import Any

from control_rows import at, lap, session, told, whole

from racetime_poller.race.leader import lap_at, lap_starts, next_start
from racetime_poller.race.rows import LapRow


def starts(*rows: LapRow) -> tuple[tuple[int, int], ...]:
    return lap_starts(told(session(), *rows).laps)


FIRST = [lap(4, n, 90 * (n - 1), None) for n in range(1, 6)]
SECOND = [lap(81, n, 90 * (n - 1) + 2, None) for n in range(1, 5)]


def test_a_lap_of_the_race_begins_with_the_first_car():
    told_starts = starts(*SECOND, *FIRST)
    assert told_starts == tuple((at(90 * n), n + 1) for n in range(5))
    assert starts(*SECOND, lap(4, 3, 170, None))[2] == (at(170), 3)


def test_the_lap_at_an_instant_is_that_of_the_newest_start():
    known = starts(*FIRST)
    found = [lap_at(known, at(seconds)) for seconds in (-1, 0, 89.9, 90, 9_000)]
    assert found == [None, 1, 1, 2, 5]
    assert [next_start(known, at(s)) for s in (-1, 0, 359, 360)] == [at(0), at(90), at(360), None]


def test_holes_and_one_wrong_row_hide_no_other_lap():
    assert starts(FIRST[0], FIRST[3]) == ((at(0), 1), (at(270), 4))
    early = lap(14, 30, 95, None)
    assert starts(*FIRST, early) == starts(*FIRST)
    assert starts(lap(14, 1, 0, None), lap(14, 2, 9_000, None), *FIRST[2:])[-1] == (at(360), 5)


def test_news_that_change_no_start_give_the_same_object():
    race = told(session(), *FIRST, *SECOND)
    after = told(race, lap(81, 4, 272, 91.5))
    assert after.laps is not race.laps
    assert lap_starts(after.laps) is lap_starts(race.laps)


def test_the_leader_of_every_recorded_race_begins_every_lap(race_recording: Any):
    race = whole(race_recording, {"position", "race_control"})
    laps = max(row["number_of_laps"] for row in race_recording.raw("session_result"))
    assert [number for _, number in lap_starts(race.laps)] == list(range(1, laps + 1))
