"""The outlines of Melbourne and Shanghai, learned from recorded laps: issue "Done when" 5."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from racetime_poller.race.circuit import (
    ENOUGH_LAPS,
    OUTLINE_POINTS,
    Circuit,
    DrivenLap,
    Learner,
    learn,
)
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.rows import LocationRow

# Both are driven clockwise.
LENGTHS_METERS = {"2025-australia-race": 5278, "2025-china-race": 5451}
FIRST_SECONDS = 900


@dataclass(frozen=True)
class Learned:
    circuit: Circuit
    laps: tuple[DrivenLap, ...]
    trails: Mapping[int, list[LocationRow]]


@cache
def learned(recording: Any) -> Learned:
    """Learn from the first quarter of an hour, as the poller does while the race goes on."""
    rows = recording.decoded("location").rows
    until = min(row.date for row in rows) + FIRST_SECONDS * 1000
    trails: dict[int, list[LocationRow]] = defaultdict(list)
    for row in rows:
        if row.date < until:
            trails[row.driver_number].append(row)
    by_driver: dict[int, list[Any]] = defaultdict(list)
    for lap in recording.decoded("laps").rows:
        by_driver[lap.driver_number].append(lap)
    learner = Learner()
    for number, own in trails.items():
        tracker, sorted_rows = MotionTracker(), sorted(own, key=lambda row: row.date)
        for lap in sorted(by_driver[number], key=lambda lap: lap.lap_number):
            if lap.date_start is None or lap.lap_duration is None or lap.is_pit_out_lap:
                continue
            end = lap.date_start + lap.lap_duration * 1000 + 2000
            tracker.add([row for row in sorted_rows if row.date <= end])
            driven = tracker.driven_lap(lap)
            if driven is not None:
                learner.add(driven)
    return Learned(learn(learner.laps), tuple(learner.laps), trails)


@pytest.fixture(params=LENGTHS_METERS)
def course(request: pytest.FixtureRequest, open_recording: Callable[[str], Any]) -> Learned:
    return learned(open_recording(request.param))


def test_the_outline_is_as_long_as_the_circuit(open_recording: Callable[[str], Any]) -> None:
    for name, length in LENGTHS_METERS.items():
        outline = learned(open_recording(name)).circuit.outline
        assert outline.length_dm / 10 == pytest.approx(length, rel=0.02)


def test_the_outline_is_closed_and_evenly_drawn(course: Learned) -> None:
    points = course.circuit.outline.points
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    assert len(points) == OUTLINE_POINTS
    assert steps[-1] < 2 * np.median(steps)
    assert steps.max() < 2 * np.median(steps)


def test_the_outline_is_driven_clockwise(course: Learned) -> None:
    """In a frame whose y points up a clockwise line has a negative area."""
    x, y = course.circuit.outline.points.T
    assert (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() < 0


def test_the_outline_runs_in_the_cars_direction(course: Learned) -> None:
    for lap in course.laps:
        along, _ = course.circuit.outline.locate(lap.points[5:-5])
        assert np.mean(np.diff(along) > -1) > 0.99


def test_the_outline_begins_at_the_line_and_not_at_the_grid(course: Learned) -> None:
    """In Shanghai the grid lies some 190 m behind the line, which only laps' ends tell."""
    outline = course.circuit.outline
    ends = np.array([lap.points[-1] for lap in course.laps])
    along, _ = outline.locate(ends)
    half = outline.length_dm / 2
    assert abs(np.median((along + half) % outline.length_dm - half)) < 30


def test_cars_drive_on_the_outline(course: Learned) -> None:
    rows = next(iter(course.trails.values()))
    positions = np.array([(row.x, row.y) for row in rows if row.x], dtype=np.float64)
    _, offset = course.circuit.outline.locate(positions[:2000])
    assert np.median(offset) < 60


def test_sectors_end_in_their_order_on_the_lap(course: Learned) -> None:
    first, second = course.circuit.sector_end_dm
    assert 0 < first < second < course.circuit.outline.length_dm


def test_a_car_on_another_way_teaches_nothing(course: Learned) -> None:
    learner = Learner(list(course.laps[:3]))
    lap = course.laps[0].points
    assert not learner.add(DrivenLap(lap[: len(lap) // 2]))
    assert not learner.add(DrivenLap(lap * 1.1))
    assert len(learner.laps) == 3
    full = Learner(list(course.laps[:1]) * ENOUGH_LAPS)
    assert not full.add(course.laps[0])


def ring(radius: float, *, hole: float = 0.0, count: int = 300) -> DrivenLap:
    """Positions on a circle, in decimetres; of a share of it there are none."""
    angles = np.linspace(0, 2 * np.pi, count)
    angles = angles[(angles < np.pi) | (angles > np.pi + hole * 2 * np.pi)]
    return DrivenLap(np.column_stack([radius * np.cos(angles), radius * np.sin(angles)]))


def test_a_lap_that_ends_beyond_its_beginning_turns_the_line_nowhere_back() -> None:
    angles = np.linspace(0, 2 * np.pi * 1.008, 300)
    lap = DrivenLap(8_000 * np.column_stack([np.cos(angles), np.sin(angles)]))
    outline = learn([lap]).outline
    assert outline.length_dm == pytest.approx(2 * np.pi * 8_000, rel=0.001)
    # It begins where the lap ended.
    assert outline.locate_one(*lap.points[-1])[0] == pytest.approx(0, abs=5)


def test_laps_that_agree_outvote_a_wrong_first_one() -> None:
    learner = Learner()
    assert learner.add(ring(9_000))
    told = [learner.add(ring(8_000 + n)) for n in range(3)]
    assert told == [False, False, True]
    assert learn(learner.laps).outline.length_dm == pytest.approx(2 * np.pi * 8_001, rel=0.01)
    # Fewer than those that are known outvote nobody.
    assert not any(learner.add(ring(9_000 + n)) for n in range(3))
    assert len(learner.laps) == 3


def test_a_lap_with_a_hole_is_no_lap_and_a_smaller_hole_shapes_nothing() -> None:
    learner = Learner()
    assert not learner.add(ring(8_000, hole=0.06))
    laps = [ring(8_000, hole=0.035), ring(8_000), ring(8_001)]
    assert [learner.add(lap) for lap in laps] == [True, False, True]
    offset = np.abs(np.linalg.norm(learn(learner.laps).outline.points, axis=1) - 8_000)
    assert offset.max() < 20


def test_a_lap_that_is_dropped_is_learned_from_no_more() -> None:
    one, other = ring(8_000), ring(8_000)
    learner = Learner([one, other])
    learner.drop(one)
    assert learner.laps == [other]
