"""What is told of the cars of every recorded session, held against what is known of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from statistics import mean, median
from typing import Any

import pytest
from recorded import end_of, picture, whole

from racetime_poller.race import order, tyres
from racetime_poller.race.crossings import crossings
from racetime_poller.race.derive import KEY_BASE, derive
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState, RaceEventKind

STEP_MILLIS = 30_000


def compounds(recording: Any, number: int) -> list[tuple[str, int | None]]:
    """Return each run's compound, and the lap on which the car came in after it."""
    found = tyres.runs_of(picture(recording).race, number)
    return [(run.compound.name, run.last_lap) for run in found]


def test_the_phantom_stints_of_the_australian_race_are_gone(
    open_recording: Callable[[str], Any],
) -> None:
    """The safety car led the field through the pit lane three times: 106 rows tell of 51 sets."""
    australia = open_recording("2025-australia-race")
    assert len(australia.raw("stints")) == 106
    assert len(picture(australia).stints) == 51
    assert compounds(australia, 4) == [("INTERMEDIATE", 34), ("HARD", 44), ("INTERMEDIATE", 57)]
    # The feed has him on mediums from lap 4: it never began a stint when he stopped for them.
    assert compounds(australia, 87) == [("INTERMEDIATE", 39), ("MEDIUM", 44), ("INTERMEDIATE", 57)]


def test_nobody_changed_tyres_in_the_sprint_but_in_the_pits(
    open_recording: Callable[[str], Any],
) -> None:
    """The feed has half of the field on hard ones from lap 2; all ran on the mediums they began
    with, but for three that stopped."""
    sprint = open_recording("2025-qatar-sprint")
    race = picture(sprint).race
    used = {number: compounds(sprint, number) for number in race.drivers}
    stopped = {18: 13, 43: 17, 10: 17}
    for number, runs in used.items():
        end = [] if number not in stopped else [("SOFT", 19)]
        assert runs == [("MEDIUM", stopped.get(number, 19)), *end]


def test_stops_are_the_feeds_visits_but_those_behind_the_safety_car(race_recording: Any) -> None:
    statuses = picture(race_recording).statuses
    led = {2, 3, 4} if race_recording.name == "2025-australia-race" else set()
    for number, status in statuses.items():
        rows = {
            row["lap_number"] for row in race_recording.raw("pit") if row["driver_number"] == number
        }
        assert status.stops == len(rows - led)
    told = picture(race_recording).events
    stops = [key for key, event in told.items() if event.kind is RaceEventKind.PIT_STOP]
    assert len(stops) == sum(status.stops or 0 for status in statuses.values())


@pytest.mark.parametrize(
    "name", ["2024-singapore-race", "2025-china-race", "2025-emilia-romagna-qualifying"]
)
def test_where_the_feed_is_right_stints_are_as_it_tells_them(
    open_recording: Callable[[str], Any], name: str
) -> None:
    recording = open_recording(name)
    told = picture(recording).stints
    assert len(told) == len(recording.raw("stints"))
    for raw in recording.raw("stints"):
        stint = told[KEY_BASE * raw["driver_number"] + raw["stint_number"]]
        assert (stint.first_lap, stint.last_lap) == (raw["lap_start"], raw["lap_end"])
        assert stint.compound.name == raw["compound"]
        assert stint.age_at_start_laps == raw["tyre_age_at_start"]


def test_stints_that_the_feed_begins_on_the_lap_into_the_pits_begin_on_the_lap_out_of_them(
    open_recording: Callable[[str], Any],
) -> None:
    """So it does all through the practice; the ages that it tells are those of the lap out."""
    practice = open_recording("2025-australia-practice-1")
    race = picture(practice).race
    told = [(run.first_lap, run.age) for run in tyres.runs_of(race, 6)]
    assert [row.lap_start for row in race.stints[6].values()] == [1, 8, 11, 16, 20]
    assert told == [(1, 0), (9, 8), (12, 0), (17, 16), (21, 0)]


def test_tyres_only_get_younger_in_the_pits(race_recording: Any) -> None:
    race = picture(race_recording).race
    for number, table in race.laps.items():
        outs = {lap for lap, row in table.items() if row.is_pit_out_lap}
        for before, after in pairwise(tyres.runs_of(race, number)):
            assert after.first_lap in outs
            assert before.last_lap == (after.first_lap or 0) - 1


def test_the_retired_are_those_of_the_result_without_the_result(race_recording: Any) -> None:
    race = replace(whole(race_recording), results={})
    out = {
        number
        for number, status in derive(
            race, now=end_of(race) + 300_000, movements={}, sources={}
        ).statuses.items()
        if status.state is CarState.RETIRED
    }
    rows = race_recording.raw("session_result")
    assert out == {row["driver_number"] for row in rows if row["dnf"]}


def test_pit_lane_starters_have_no_place_on_the_grid(race_recording: Any) -> None:
    pit_lane = {
        "2025-australia-race": {30, 87},
        "2025-china-race": {30},
        "2025-qatar-sprint": {10, 18, 43, 44},
    }
    places = picture(race_recording).positions
    without = {number for number, place in places.items() if place.grid_position is None}
    assert without == pit_lane.get(race_recording.name, set())


def _versions(lap: LapRow) -> Iterator[tuple[int, Any]]:
    """Yield a lap as it comes in: its start, its first two sectors, the whole."""
    if lap.date_start is None:
        yield 0, lap
        return
    at = int(lap.date_start)
    known = replace(
        lap,
        lap_duration=None,
        duration_sector_1=None,
        duration_sector_2=None,
        duration_sector_3=None,
    )
    yield at, known
    for name in ("duration_sector_1", "duration_sector_2"):
        if (seconds := getattr(lap, name)) is None:
            break
        at += round(seconds * 1000)
        known = replace(known, **{name: seconds})
        yield at, known
    if lap.lap_duration is not None:
        yield int(lap.date_start) + round(lap.lap_duration * 1000), lap


@cache
def _played(recording: Any) -> list[tuple[int, str, Any]]:
    """Return rows of laps and places as they come in."""
    found = [
        (at, "laps", row) for lap in recording.decoded("laps").rows for at, row in _versions(lap)
    ]
    found += [(int(row.date), "position", row) for row in recording.decoded("position").rows]
    return sorted(found, key=lambda one: one[0])


def _places(race: Race) -> dict[int, int]:
    return {number: place.position for number, place in order.classification(race).items()}


def test_a_feed_of_places_that_falls_silent_is_made_up_for_by_the_lines(
    race_recording: Any,
) -> None:
    """Ten minutes after the start rows of places end; after that a car is less than a tenth of a
    place off, on average. Where they do not end they are never doubted."""
    drivers = {row.driver_number: row for row in race_recording.decoded("drivers").rows}
    full = silent = Race(race_recording.session, drivers=drivers)
    begun_at = min(int(row.date_start) for row in race_recording.decoded("laps").rows)
    ended_at, due, off = begun_at + 600_000, begun_at + 660_000, []
    for at, endpoint, row in _played(race_recording):
        while at > due:
            truth, told = _places(full), _places(silent)
            rows = {number: one.position for number, one in full.positions.items()}
            assert len(set(rows.values())) < len(rows) or truth == rows
            off.append(mean(abs(truth[number] - told[number]) for number in truth))
            due += STEP_MILLIS
        full = reduce(full, row)
        if endpoint != "position" or at <= ended_at:
            silent = reduce(silent, row)
    assert mean(off) < 0.1


def test_lines_tell_the_gaps_that_the_feed_tells(race_recording: Any) -> None:
    race = picture(race_recording).race
    passed = {number: crossings(table) for number, table in race.laps.items()}
    errors = []
    for row in race_recording.decoded("intervals").rows:
        if not isinstance(row.gap_to_leader, float) or row.gap_to_leader == 0:
            continue
        lines = passed.get(row.driver_number, {})
        line = next((one for one, at in lines.items() if 0 <= row.date - at < 3_000), None)
        if line is not None:
            first = min(lines[line] for lines in passed.values() if line in lines)
            errors.append(abs(row.gap_to_leader * 1000 - (lines[line] - first)))
    assert len(errors) > 100
    assert median(errors) < 150


def test_battles_are_those_that_the_feeds_intervals_show(race_recording: Any) -> None:
    rows = race_recording.decoded("intervals").rows
    events = picture(race_recording).events.values()
    battles = [event for event in events if event.kind is RaceEventKind.BATTLE]
    assert battles
    for event in battles:
        end = event.at + (event.duration_millis or 0)
        pair = (event.driver_number, event.other_driver_number)
        near = [
            row.interval < 1.3
            for row in rows
            if row.driver_number in pair
            and event.at <= row.date <= end
            and isinstance(row.interval, float)
        ]
        # One of the two follows the other; the one in front may follow nobody as closely.
        assert near.count(True) > 0.4 * len(near)


def test_no_gap_is_left_of_a_car_that_is_out(race_recording: Any) -> None:
    end = picture(race_recording)
    for number, status in end.statuses.items():
        gap = end.gaps[number]
        values = (gap.gap_to_leader_millis, gap.gap_to_leader_laps, gap.interval_millis)
        if status.state is CarState.RETIRED:
            assert (*values, gap.interval_laps) == (None,) * 4
        elif end.positions[number].position > 1:
            assert gap.gap_to_leader_millis or gap.gap_to_leader_laps
        if gap.gap_to_leader_laps:
            assert (gap.estimated_gap_to_leader_millis or 0) > 60_000


def test_official_times_of_qualifying_are_those_of_the_phases(
    open_recording: Callable[[str], Any],
) -> None:
    imola = open_recording("2025-emilia-romagna-qualifying")
    bests = picture(imola).car_bests
    for row in imola.raw("session_result"):
        if row["driver_number"] == 4:
            # The recorded result has his lap of the third phase in the place of the second's.
            assert bests[4].phase_3_lap_millis == 74_962
            continue
        one = bests[row["driver_number"]]
        laps = (one.phase_1_lap_millis, one.phase_2_lap_millis, one.phase_3_lap_millis)
        official = tuple(t if t is None else round(t * 1000) for t in row["duration"])
        assert laps == official, row["driver_number"]
