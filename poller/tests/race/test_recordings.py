"""Every recorded session, reduced whole, against what its raw rows say."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recorded import end_of, picture, reduced, rows_of, whole

from racetime_poller.race import flags
from racetime_poller.race.derive import derive
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState, SessionPhase, TrackFlag


def by_driver(rows: list[dict[str, Any]]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    grouped = defaultdict(list)
    for row in rows:
        grouped[row["driver_number"]].append(row)
    yield from grouped.items()


def test_nothing_recorded_is_set_aside(recording: Any) -> None:
    assert all(not recording.decoded(endpoint).set_aside for endpoint in recording.endpoints)
    whole(recording)


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_rows_end_in_the_same_race_and_picture(recording: Any, seed: int) -> None:
    rows = rows_of(recording)
    random.Random(seed).shuffle(rows)
    rows.sort(key=lambda row: type(row).__name__ != "DriverRow")
    race, aside = reduced(recording, rows)
    assert not aside
    assert race == whole(recording)
    again = derive(race, now=end_of(race), movements={}, sources={})
    assert again == picture(recording)


def test_the_final_order_is_that_of_the_last_position_rows(recording: Any) -> None:
    last = {}
    for row in sorted(recording.raw("position"), key=lambda row: row["date"]):
        last[row["driver_number"]] = row["position"]
    order = sorted(last, key=last.__getitem__)
    assert sorted(last.values()) == list(range(1, len(last) + 1))
    positions = picture(recording).positions
    assert sorted(positions, key=lambda number: positions[number].position) == order


def test_lap_counts_and_best_laps_are_those_of_the_raw_laps(recording: Any) -> None:
    timings, deleted = picture(recording).timings, picture(recording).deleted_laps
    seen = dict(by_driver(recording.raw("laps")))
    assert set(timings) == set(seen)
    for number, rows in seen.items():
        newest = max(rows, key=lambda row: row["lap_number"])
        done = newest["lap_number"] - (newest["lap_duration"] is None)
        assert timings[number].laps_completed == done
        times = [
            row["lap_duration"]
            for row in rows
            if row["lap_duration"] and (number, row["lap_number"]) not in deleted
        ]
        best = round(min(times) * 1000) if times else None
        assert timings[number].best_lap_millis == best


def test_the_best_lap_of_all_is_that_of_the_raw_laps(recording: Any) -> None:
    deleted = picture(recording).deleted_laps
    rows = [
        row
        for row in recording.raw("laps")
        if row["lap_duration"] and (row["driver_number"], row["lap_number"]) not in deleted
    ]
    best = min(rows, key=lambda row: row["lap_duration"])
    bests = picture(recording).bests
    assert bests.lap_millis == round(best["lap_duration"] * 1000)
    assert (bests.lap_driver_number, bests.lap) == (best["driver_number"], best["lap_number"])


def test_finishers_finish_and_the_others_are_out(race_recording: Any) -> None:
    """Before the result is there, laps alone must tell; with it, it rules."""
    race = whole(race_recording)
    bare = Race(**{name: getattr(race, name) for name in race.__slots__ if name != "results"})
    for told in (race, bare):
        statuses = derive(told, now=end_of(race), movements={}, sources={}).statuses
        wrong = {
            row["driver_number"]: statuses[row["driver_number"]].state.name
            for row in race_recording.raw("session_result")
            if (statuses[row["driver_number"]].state is CarState.FINISHED)
            is (row["dnf"] or row["dns"])
        }
        assert wrong == {}


def test_a_race_ends(race_recording: Any) -> None:
    end = picture(race_recording)
    assert end.clock.phase is SessionPhase.ENDED
    assert end.track_status is not None
    assert end.track_status.flag is TrackFlag.CHEQUERED
    assert end.progress is not None
    assert end.progress.current_lap == max(
        row["number_of_laps"] for row in race_recording.raw("session_result")
    )


def test_the_australian_race_has_three_safety_car_periods(
    open_recording: Callable[[str], Any],
) -> None:
    messages = whole(open_recording("2025-australia-race")).race_control
    told = [flags.read(messages[:count]).flag for count in range(1, len(messages) + 1)]
    changes = [flag for before, flag in zip([None, *told], told, strict=False) if flag != before]
    starts = [
        flag
        for before, flag in zip([None, *changes], changes, strict=False)
        if flag is TrackFlag.SAFETY_CAR and before is not TrackFlag.SAFETY_CAR_ENDING
    ]
    assert len(starts) == 3
    assert changes.count(TrackFlag.SAFETY_CAR_ENDING) == 3
    assert changes[-1] is TrackFlag.CHEQUERED
