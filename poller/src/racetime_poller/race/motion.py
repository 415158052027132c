"""Car positions: from rows of samples to batches, to whole laps, and to what a car is doing.

Samples are no state: each is told once, as it comes. Only the newest minutes are kept, to learn
the circuit from.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np

from racetime_poller.race.circuit import DrivenLap, Outline, Points
from racetime_poller.race.rows import LapRow, LocationRow

# Faster than any car: a longer step between two samples is a fault of the feed.
MAX_SPEED_DM_PER_MILLI = 1.1
# Steps of the feed's clock jitter by some tenths of a second.
_JITTER_DM = 500.0
# After so many faults in a row the car really is elsewhere.
_MAX_FAULTS = 5
# A lap under red flag apart, none takes longer.
_KEEP_MILLIS = 240_000
_START_SLACK_MILLIS = 2_000
_MOVING_DM_PER_MILLI = 0.05
_PIT_SPEED_DM_PER_MILLI = 0.25
_PIT_OFFSET_DM = 80.0
# The pit lane lies beside the start line: at most this share of the lap before and behind it.
_PIT_SHARE = 0.12
_PIT_SAMPLES = 6


@dataclass(frozen=True, slots=True)
class Sample:
    at: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Positions of some cars at the same instants; `xs` and `ys` are one list per car."""

    instants: tuple[int, ...]
    driver_numbers: tuple[int, ...]
    xs: tuple[tuple[int, ...], ...]
    ys: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """What the positions tell of a car."""

    last_seen_at: int
    last_moved_at: int
    pit_entry_at: int | None = None


@dataclass(slots=True)
class _Car:
    trail: deque[Sample] = field(default_factory=deque)
    faults: int = 0
    last_moved_at: int = 0
    pit_samples: int = 0
    pit_entry_at: int | None = None


@dataclass(slots=True)
class MotionTracker:
    """Takes in samples in the order in which they come; each instant of a car is taken once."""

    outline: Outline | None = None
    _cars: dict[int, _Car] = field(default_factory=lambda: defaultdict(_Car))
    _pending: dict[int, dict[int, Sample]] = field(default_factory=lambda: defaultdict(dict))
    rejected: int = 0

    def add(self, rows: Iterable[LocationRow]) -> int:
        """Take in rows; return how many brought something new."""
        taken = 0
        for row in sorted(rows, key=lambda row: row.date):
            taken += self._add(row)
        return taken

    def _add(self, row: LocationRow) -> bool:
        if not row.x and not row.y:
            # Nulls, and 0, 0: no fix, not a place.
            return False
        car = self._cars[row.driver_number]
        sample = Sample(int(row.date), row.x or 0, row.y or 0)
        if car.trail and sample.at <= car.trail[-1].at:
            return False
        if not self._plausible(car, sample):
            self.rejected += 1
            return False
        self._follow(car, sample)
        car.trail.append(sample)
        while car.trail[0].at < sample.at - _KEEP_MILLIS:
            car.trail.popleft()
        self._pending[sample.at][row.driver_number] = sample
        return True

    def _plausible(self, car: _Car, sample: Sample) -> bool:
        if not car.trail:
            return True
        last = car.trail[-1]
        step = hypot(sample.x - last.x, sample.y - last.y)
        limit = MAX_SPEED_DM_PER_MILLI * (sample.at - last.at) + _JITTER_DM
        car.faults = car.faults + 1 if step > limit else 0
        if 0 < car.faults <= _MAX_FAULTS:
            return False
        car.faults = 0
        return True

    def _follow(self, car: _Car, sample: Sample) -> None:
        if not car.trail:
            car.last_moved_at = sample.at
            return
        last = car.trail[-1]
        speed = hypot(sample.x - last.x, sample.y - last.y) / (sample.at - last.at)
        if speed > _MOVING_DM_PER_MILLI:
            car.last_moved_at = sample.at
        self._follow_pit(car, sample, speed)

    def _follow_pit(self, car: _Car, sample: Sample, speed: float) -> None:
        if self.outline is None:
            return
        slow = speed < _PIT_SPEED_DM_PER_MILLI
        if not slow and car.pit_entry_at is None:
            car.pit_samples = 0
            return
        along, offset = self.outline.locate(np.array([[sample.x, sample.y]], dtype=np.float64))
        share = along[0] / self.outline.length_dm
        beside = offset[0] > _PIT_OFFSET_DM and (share < _PIT_SHARE or share > 1 - _PIT_SHARE)
        if not beside or not slow:
            car.pit_samples, car.pit_entry_at = 0, None
            return
        car.pit_samples += 1
        if car.pit_samples == _PIT_SAMPLES:
            car.pit_entry_at = car.trail[-_PIT_SAMPLES].at if len(car.trail) > 6 else sample.at

    def movements(self) -> Mapping[int, Movement]:
        """Return what the positions tell of each car."""
        return {
            number: Movement(car.trail[-1].at, car.last_moved_at, car.pit_entry_at)
            for number, car in self._cars.items()
            if car.trail
        }

    def flush(self) -> Sequence[Batch]:
        """Return all samples taken since the last call, as few batches as their instants allow."""
        groups: dict[tuple[int, ...], dict[int, list[Sample]]] = {}
        trails: dict[int, list[Sample]] = defaultdict(list)
        for at in sorted(self._pending):
            for number, sample in self._pending[at].items():
                trails[number].append(sample)
        self._pending.clear()
        for number in sorted(trails):
            instants = tuple(sample.at for sample in trails[number])
            groups.setdefault(instants, {})[number] = trails[number]
        return [_batch(instants, cars) for instants, cars in sorted(groups.items())]

    def covers(self, lap: LapRow) -> bool:
        """Tell whether all positions of a lap that is over are kept."""
        span, trail = _span(lap), self._cars[lap.driver_number].trail
        if span is None or not trail:
            return False
        # Positions of a race begin with the first lap, a moment after its start.
        slack = _START_SLACK_MILLIS if lap.lap_number == 1 else 0
        return trail[0].at <= span[0] + slack and trail[-1].at >= span[1]

    def is_past(self, lap: LapRow) -> bool:
        """Tell whether positions of a lap are no longer all kept, or never will be."""
        span, trail = _span(lap), self._cars[lap.driver_number].trail
        if span is None:
            return True
        return bool(trail) and trail[-1].at > span[0] + _KEEP_MILLIS

    def driven_lap(self, lap: LapRow) -> DrivenLap | None:
        """Return the positions of a lap that is over; None when they are not all kept."""
        span = _span(lap)
        if span is None or not self.covers(lap):
            return None
        begin, end = span
        trail = list(self._cars[lap.driver_number].trail)
        inside = [sample for sample in trail if begin < sample.at < end]
        points = [_at(trail, begin), *((float(s.x), float(s.y)) for s in inside), _at(trail, end)]
        driven = np.array(points)
        if lap.lap_number == 1:
            driven = _from_line(driven)
        return DrivenLap(driven, _sector_ends(trail, lap, begin))


def _batch(instants: tuple[int, ...], cars: Mapping[int, Sequence[Sample]]) -> Batch:
    return Batch(
        instants=instants,
        driver_numbers=tuple(cars),
        xs=tuple(tuple(sample.x for sample in trail) for trail in cars.values()),
        ys=tuple(tuple(sample.y for sample in trail) for trail in cars.values()),
    )


def _span(lap: LapRow) -> tuple[int, int] | None:
    if lap.date_start is None or lap.lap_duration is None:
        return None
    begin = int(lap.date_start)
    return begin, begin + round(lap.lap_duration * 1000)


def _from_line(points: Points) -> Points:
    """Cut from a first lap what the car drove from its place on the grid to the line."""
    beginning = points[: len(points) // 4]
    nearest = int(np.linalg.norm(beginning - points[-1], axis=1).argmin()) if len(beginning) else 0
    return points[nearest:]


def _at(trail: Sequence[Sample], at: int) -> tuple[float, float]:
    """Return the position at an instant between two samples."""
    times = [sample.at for sample in trail]
    x = np.interp(at, times, [sample.x for sample in trail])
    y = np.interp(at, times, [sample.y for sample in trail])
    return float(x), float(y)


def _sector_ends(
    trail: Sequence[Sample], lap: LapRow, begin: int
) -> tuple[Points | None, Points | None]:
    if lap.duration_sector_1 is None or lap.duration_sector_2 is None:
        return None, None
    first = begin + round(lap.duration_sector_1 * 1000)
    second = first + round(lap.duration_sector_2 * 1000)
    return np.array(_at(trail, first)), np.array(_at(trail, second))
