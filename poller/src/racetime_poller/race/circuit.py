"""The shape of a circuit, learned from the cars' own laps, and where along it a car is.

Coordinates are decimetres in the frame of OpenF1's locations. This module and `motion` use numpy;
it is the only library that the core knows.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from racetime_poller.race.corners import Corner, find_corners, widest_rotation
from racetime_poller.race.outline import Outline, Points
from racetime_poller.race.pit_lane import PitLane

__all__ = [
    "Circuit",
    "CircuitBasis",
    "Corner",
    "DrivenLap",
    "Outline",
    "PitLane",
    "Points",
    "learn",
]

# Points of an outline: some 5 m apart, finer than any sample.
OUTLINE_POINTS = 1000
# An outline that is learned from that many laps is as good as it gets.
ENOUGH_LAPS = 24
# The outline is published anew when so many laps are in.
_REVISE_AT = (1, 3, 6, 12, ENOUGH_LAPS)
# The ends of one lap are at most so far apart.
_MAX_CLOSING_DM = 1500.0
_MIN_LAP_SAMPLES = 120
# Between two samples of a lap without holes a car drives no farther: more than two seconds' way.
_MAX_STEP_DM = 2000.0
# Samples farther from the first outline than this are off the track.
_MAX_OFFSET_DM = 200.0
_SMOOTHING_POINTS = 1
# A lap whose length differs by more went another way, such as through the pit lane.
_MAX_LENGTH_ERROR = 0.03
_FINE_POINTS = 800
# So many laps that agree outvote fewer that came before them.
_AGREED_LAPS = 3


class CircuitBasis(IntEnum):
    """How an outline is known; names and numbers are the contract's."""

    UNSPECIFIED = 0
    LEARNED = 1
    IMPORTED = 2
    SCHEMATIC = 3


@dataclass(frozen=True, slots=True)
class DrivenLap:
    """Positions of one car from one crossing of the start line to the next, in order."""

    points: Points
    # Where sectors 1 and 2 ended; None when not known.
    sector_ends: tuple[Points | None, Points | None] = (None, None)


@dataclass(frozen=True, slots=True)
class MarshalSector:
    """A marshalling sector: its number and where along the outline it begins."""

    number: int
    start_dm: float


@dataclass(frozen=True, slots=True)
class Circuit:
    """All that is known of a circuit. What is not known is empty or None."""

    outline: Outline
    # Laps that the outline was learned from; 0 when it was not learned.
    lap_count: int
    sector_end_dm: tuple[float, ...] = ()
    pit_lane: PitLane | None = None
    corners: tuple[Corner, ...] = ()
    # What turns the outline to the view to show it in, counter-clockwise.
    rotation_degrees: float | None = None
    marshal_sectors: tuple[MarshalSector, ...] = ()
    basis: CircuitBasis = CircuitBasis.LEARNED
    # Address of the circuit file that some of it is from.
    source_url: str = ""


def _spaced(points: Points, count: int) -> Points:
    """Return points evenly spaced along the closed line through the points given."""
    closed = np.vstack((points, points[:1]))
    steps = np.linalg.norm(np.diff(closed, axis=0), axis=1)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    wanted = np.linspace(0.0, along[-1], count, endpoint=False)
    return np.column_stack([np.interp(wanted, along, closed[:, axis]) for axis in (0, 1)])


def _rounded(points: Points, count: int) -> Points:
    """Return a closed Catmull-Rom curve through the points: chords cut corners, the curve does
    not."""
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    beyond = np.roll(points, -2, axis=0)
    pieces = []
    for t in np.linspace(0.0, 1.0, 8, endpoint=False):
        square, cube = t * t, t * t * t
        pieces.append(
            0.5
            * (
                2 * points
                + (after - before) * t
                + (2 * before - 5 * points + 4 * after - beyond) * square
                + (3 * points - before - 3 * after + beyond) * cube
            )
        )
    dense = np.stack(pieces, axis=1).reshape(-1, 2)
    return _spaced(dense, count)


def _smoothed(points: Points, width: int) -> Points:
    shifted = [np.roll(points, shift, axis=0) for shift in range(-width, width + 1)]
    return np.asarray(np.mean(shifted, axis=0))


def is_lap(points: Points) -> bool:
    """Tell whether positions look like one whole lap: enough, without holes, and the ends meet."""
    if len(points) < _MIN_LAP_SAMPLES or _longest_step(points) > _MAX_STEP_DM:
        return False
    return float(np.linalg.norm(points[0] - points[-1])) <= _MAX_CLOSING_DM


@dataclass(slots=True)
class Learner:
    """Collects laps to learn a circuit from; each makes the outline better."""

    laps: list[DrivenLap] = field(default_factory=list)
    # Laps that went another way than those. Should more of them agree, the first ones were wrong.
    _others: deque[DrivenLap] = field(default_factory=lambda: deque(maxlen=ENOUGH_LAPS))

    def add(self, lap: DrivenLap) -> bool:
        """Take in a lap; return whether it is time to learn the circuit anew."""
        if len(self.laps) >= ENOUGH_LAPS or not is_lap(lap.points):
            return False
        if self.laps and not _alike(self.laps, lap):
            return self._outvote(lap)
        self.laps.append(lap)
        return len(self.laps) in _REVISE_AT

    def _outvote(self, lap: DrivenLap) -> bool:
        self._others.append(lap)
        agreed = [other for other in self._others if _alike([lap], other)]
        if len(agreed) < max(_AGREED_LAPS, len(self.laps) + 1):
            return False
        self.laps = agreed
        self._others.clear()
        return True

    def drop(self, lap: DrivenLap) -> None:
        """Forget a lap that turned out not to be clean."""
        self.laps = [known for known in self.laps if known is not lap]


def _length(points: Points) -> float:
    """Return how long a lap is, its ends joined: a race's first lap begins at the grid, which may
    lie far behind the line."""
    return float(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum())


def _longest_step(points: Points) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).max())


def _alike(known: Sequence[DrivenLap], lap: DrivenLap) -> bool:
    usual = float(np.median([_length(one.points) for one in known]))
    return abs(_length(lap.points) - usual) <= _MAX_LENGTH_ERROR * usual


def learn(laps: Sequence[DrivenLap], first: Outline | None = None) -> Circuit:
    """Learn a circuit from laps of any cars.

    The line that was learned before, or the lap with the smallest holes, is the first one. All
    samples of all laps are then put beside it and averaged along it, which fills the 20 m between
    the samples of one lap and evens out their errors.
    """
    usual = float(np.median([_length(lap.points) for lap in laps]))
    if first is not None and abs(first.length_dm - usual) <= _MAX_LENGTH_ERROR * usual:
        outline = Outline.of(_averaged(first, laps))
    else:
        best = min(laps, key=lambda lap: _longest_step(lap.points))
        outline = Outline.of(_rounded(_without_overlap(best.points), OUTLINE_POINTS))
        for _ in range(2):
            outline = Outline.of(_averaged(outline, laps))
    outline = _from_start_line(outline, laps)
    return drawn(outline, len(laps), _sector_ends(outline, laps))


def drawn(outline: Outline, lap_count: int, sector_end_dm: tuple[float, ...]) -> Circuit:
    """Return a circuit with all that its outline tells."""
    return Circuit(
        outline,
        lap_count,
        sector_end_dm,
        corners=find_corners(outline),
        rotation_degrees=widest_rotation(outline),
    )


def _without_overlap(points: Points) -> Points:
    """Cut what a lap's end goes beyond its beginning: times of crossings are off by some metres,
    and a closed line must not turn back."""
    way = points[1] - points[0]
    near = np.linalg.norm(points - points[0], axis=1) < _MAX_CLOSING_DM
    beyond = near & ((points - points[0]) @ way >= 0)
    beyond[: len(points) // 2] = False
    return np.asarray(points[~beyond])


def _averaged(outline: Outline, laps: Sequence[DrivenLap]) -> Points:
    """Return the mean of all samples in a window that slides along the outline."""
    count = len(outline.points)
    total, weight = np.zeros((count, 2)), np.zeros(count)
    for lap in laps:
        fine = _rounded(_without_overlap(lap.points), _FINE_POINTS)
        along, offset = outline.locate(fine)
        near = offset < _MAX_OFFSET_DM
        bins = np.minimum((along[near] / outline.length_dm * count).astype(int), count - 1)
        np.add.at(total, bins, fine[near])
        np.add.at(weight, bins, 1.0)
    known = weight > 0
    mean = outline.points.copy()
    mean[known] = total[known] / weight[known, None]
    return _spaced(_smoothed(mean, _SMOOTHING_POINTS), count)


def _from_start_line(outline: Outline, laps: Sequence[DrivenLap]) -> Outline:
    """Turn the outline so that it begins where laps end: first laps begin elsewhere, at the
    grid."""
    along, _ = outline.locate(np.array([lap.points[-1] for lap in laps]))
    half = outline.length_dm / 2
    # The last one is as good as any to tell the others from, be they before or behind it.
    ahead = (along - along[-1] + half) % outline.length_dm - half
    return begun_at(outline, float(along[-1] + np.median(ahead)))


def begun_at(outline: Outline, begin_dm: float) -> Outline:
    """Return the outline, begun at a distance along it."""
    count = len(outline.points)
    distances = begin_dm + np.arange(count) * outline.length_dm / count
    return Outline.of(outline.point_at(distances))


def _sector_ends(outline: Outline, laps: Sequence[DrivenLap]) -> tuple[float, ...]:
    ends = []
    for sector in (0, 1):
        points = [lap.sector_ends[sector] for lap in laps if lap.sector_ends[sector] is not None]
        if not points:
            return ()
        along, _ = outline.locate(np.array(points, dtype=np.float64))
        ends.append(float(np.median(along)))
    return tuple(ends) if ends[0] < ends[1] else ()
