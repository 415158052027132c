"""Yellows, safety cars and red flags as spans, with the leader's laps."""

from collections.abc import Callable
from typing import Any

import pytest
from control_rows import START, at, car, lap, sector, session, status, told, track, whole

from racetime_poller.race.periods import track_periods
from racetime_poller.race.rows import Row
from racetime_poller.race.state import Race
from racetime_poller.race.views import TrackFlag

Span = tuple[TrackFlag, float, float | None, int | None, int | None]
LAPS = [lap(n, c, 100 * (c - 1) + n, 100.0) for n in (1, 4) for c in range(1, 11)]
START_ROW = status(0, "STARTED")
YELLOW, SC, VSC, RED = (
    TrackFlag.YELLOW,
    TrackFlag.SAFETY_CAR,
    TrackFlag.VIRTUAL_SAFETY_CAR,
    TrackFlag.RED,
)


def of(race: Race, now: float | None = None) -> list[Span]:
    known = track_periods(race, None if now is None else int(at(now)))
    assert all(key == one.start_at for key, one in known.items())
    return [
        (
            one.flag,
            (one.start_at - START) / 1000,
            None if one.end_at is None else (one.end_at - START) / 1000,
            one.first_lap,
            one.last_lap,
        )
        for one in known.values()
    ]


def spans(*rows: Row, now: float | None = None) -> list[Span]:
    return of(told(session(), START_ROW, *LAPS, *rows), now)


def test_a_span_has_the_laps_of_the_leader_at_both_ends():
    rows = [sector(150, "YELLOW", 3), sector(320, "CLEAR", 3), sector(390, "YELLOW", 4)]
    assert spans(*rows) == [(YELLOW, 150, 320, 2, 4), (YELLOW, 390, None, 4, None)]


def test_without_laps_race_control_names_the_lap():
    rows = [START_ROW, track(50, "RED", lap_number=7), status(90, "STARTED")]
    assert of(told(session(), *rows)) == [(RED, 50, 90, 7, None)]


def test_one_span_from_deployed_to_the_clear_track():
    rows = [
        sector(105, "YELLOW", 3),
        car(110, "SAFETY CAR DEPLOYED"),
        sector(140, "DOUBLE YELLOW", 5),
        car(420, "SAFETY CAR IN THIS LAP"),
        track(480, "CLEAR"),
    ]
    assert spans(*rows) == [(YELLOW, 105, 110, 2, 2), (SC, 110, 480, 2, 5)]


def test_a_safety_car_that_nobody_calls_off_is_gone_when_the_leader_crosses_the_line():
    rows = [car(110, "SAFETY CAR DEPLOYED"), car(420, "SAFETY CAR IN THIS LAP")]
    assert spans(*rows) == [(SC, 110, None, 2, None)]
    assert spans(*rows, now=500) == [(SC, 110, None, 2, None)]
    # On the line: the lap that begins there is raced.
    assert spans(*rows, now=502) == [(SC, 110, 501, 2, 5)]
    assert spans(*rows, sector(700, "YELLOW", 2))[0] == (SC, 110, 501, 2, 5)


def test_a_safety_car_that_leads_the_start_is_told_from_the_start_on():
    before = [car(-180, "SAFETY CAR DEPLOYED"), sector(-60, "YELLOW", 3)]
    assert spans(*before) == [(SC, 0, None, 1, None)]
    ended = [car(250, "SAFETY CAR IN THIS LAP"), track(299, "CLEAR")]
    assert spans(*before, *ended) == [(SC, 0, 299, 1, 3)]


def test_a_virtual_safety_car_ends_with_the_clear_track_or_fifteen_seconds_later():
    rows = [car(110, "VSC DEPLOYED"), car(180, "VSC ENDING")]
    assert spans(*rows, track(191, "CLEAR"), now=300) == [(VSC, 110, 191, 2, 2)]
    assert spans(*rows, now=194) == [(VSC, 110, None, 2, None)]
    assert spans(*rows, now=195) == [(VSC, 110, 195, 2, 2)]


def test_a_red_flag_ends_a_safety_car_and_a_clear_track_does_not_end_the_red_flag():
    rows = [
        car(110, "SAFETY CAR DEPLOYED"),
        status(130, "ABORTED"),
        track(130.5, "RED", "RED FLAG - RACE SUSPENDED"),
        track(250, "CLEAR"),
        status(450, "STARTED"),
    ]
    assert spans(*rows) == [(SC, 110, 130, 2, 2), (RED, 130, 450, 2, 5)]


def test_what_was_shown_on_the_way_to_the_grid_or_after_the_flag_is_no_span():
    before = [sector(-300, "YELLOW", 3), sector(-250, "CLEAR", 3), sector(-20, "YELLOW", 9)]
    after = [track(1001, "CHEQUERED"), status(1001.5, "FINISHED"), sector(1060, "YELLOW", 1)]
    assert spans(*before, *after) == []


Seen = dict[str, list[tuple[TrackFlag, int | None, int | None]]]
RECORDED: Seen = {
    "2024-singapore-race": [],
    "2025-china-race": [],
    "2025-qatar-sprint": [],
    "2025-australia-race": [(SC, 1, 7), (SC, 34, 41), (SC, 47, 51)],
    "2025-australia-practice-1": [(RED, None, None), (RED, None, None)],
    "2025-emilia-romagna-qualifying": [(RED, None, None), (RED, None, None)],
}


def test_the_safety_cars_and_red_flags_of_the_recorded_sessions(recording: Any):
    known = track_periods(whole(recording, {"position"})).values()
    worse = [(one.flag, one.first_lap, one.last_lap) for one in known if one.flag is not YELLOW]
    assert worse == RECORDED[recording.name]
    assert all(one.end_at is not None for one in known)


def test_laps_alone_tell_when_the_recorded_safety_cars_came_in(
    open_recording: Callable[[str], Any],
):
    """Without the messages that the track is clear the spans end with the leader's lap."""
    race = whole(open_recording("2025-australia-race"), {"position"})
    exact = {one.start_at: one for one in track_periods(race).values() if one.flag is SC}
    kept = tuple(row for row in race.race_control if row.message != "TRACK CLEAR")
    lost = Race(race.session, laps=race.laps, race_control=kept)
    found = {one.start_at: one for one in track_periods(lost).values() if one.flag is SC}
    assert found.keys() == exact.keys()
    for key, one in found.items():
        assert one.end_at is not None
        assert 0 < one.end_at - (exact[key].end_at or 0) < 20_000


@pytest.mark.parametrize("lost", range(3))
def test_one_lost_message_loses_no_safety_car(lost: int, open_recording: Callable[[str], Any]):
    race = whole(open_recording("2025-australia-race"), {"position"})
    coming = [row for row in race.race_control if row.message == "SAFETY CAR IN THIS LAP"]
    kept = tuple(row for row in race.race_control if row is not coming[lost])
    found = track_periods(Race(race.session, laps=race.laps, race_control=kept)).values()
    assert [(one.first_lap, one.last_lap) for one in found if one.flag is SC] == [
        (1, 7),
        (34, 41),
        (47, 51),
    ]
