"""The pit lane of a circuit: a line beside its outline, from where cars leave that to where they
join it again."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from racetime_poller.race.outline import Floats, Outline, Points

# Who is so far from the line is in the pit lane, from where it left the line by so little.
_BESIDE_DM = 100.0
_OFF_LINE_DM = 30.0
# A lane begins and ends at most so far from the start line, as a share of the lap.
_REACH_SHARE = 0.25
_STEP_DM = 100.0
# Where lane and line part they are so near to each other that it cannot be told where.
_RAMP_DM = 150.0
_MAX_STEP_DM = 600.0
_MIN_SAMPLES = 10


@dataclass(frozen=True, eq=False)
class PitLane:
    """A line from entry to exit. Both lie on the outline, the exit mostly behind the start line."""

    points: Points
    # Distances along the outline at which cars leave it and join it again.
    entry_dm: float
    exit_dm: float
    distances: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        object.__setattr__(self, "distances", np.concatenate(([0.0], np.cumsum(steps))))

    @property
    def length_dm(self) -> float:
        """Length from entry to exit."""
        return float(self.distances[-1])

    def point_at(self, distance_dm: Floats | float) -> Points:
        """Return where distances from the entry lie; those beyond an end lie at the end."""
        axes = (np.interp(distance_dm, self.distances, self.points[:, axis]) for axis in (0, 1))
        return np.stack(list(axes), axis=-1)


def learn_pit_lane(outline: Outline, visits: Sequence[Points]) -> PitLane | None:
    """Learn the pit lane from cars' ways through it; None when none of them is a whole one."""
    found = [
        line for line in (_way_through(outline, visit) for visit in visits) if line is not None
    ]
    if not found:
        return None
    begin = float(np.median([along[0] for along, _ in found]))
    end = float(np.median([along[-1] for along, _ in found]))
    places = np.linspace(begin, end, max(2, round((end - begin) / _STEP_DM)))
    ways = [
        np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=-1)
        for along, points in found
    ]
    entry, leave = begin - _RAMP_DM, end + _RAMP_DM
    middle = np.median(np.stack(ways), axis=0)
    line = np.vstack((outline.point_at(entry), middle, outline.point_at(leave)))
    return PitLane(line, entry % outline.length_dm, leave % outline.length_dm)


def _way_through(outline: Outline, visit: Points) -> tuple[Floats, Points] | None:
    """Return what of a way lies beside the line, with the distances along it.

    Those before the start line are below zero.
    """
    if len(visit) < _MIN_SAMPLES:
        return None
    length = outline.length_dm
    along, offset = outline.locate(visit)
    along = (along + length / 2) % length - length / 2
    beside = offset > _BESIDE_DM
    off = offset > _OFF_LINE_DM
    if not beside.any():
        return None
    # From where it left the line before it was beside it to where it joined it behind.
    first, last = int(beside.argmax()), len(beside) - 1 - int(beside[::-1].argmax())
    on_before, on_behind = np.flatnonzero(~off[:first]), np.flatnonzero(~off[last:])
    if not len(on_before) or not len(on_behind):
        return None
    way = slice(int(on_before[-1]) + 1, last + int(on_behind[0]))
    places, points = along[way], visit[way]
    steps = np.linalg.norm(np.diff(visit[way], axis=0), axis=1)
    is_whole = places[0] < 0 < places[-1] and len(places) >= _MIN_SAMPLES
    if not is_whole or np.abs(places).max() > _REACH_SHARE * length or steps.max() > _MAX_STEP_DM:
        return None
    order = np.flatnonzero(np.diff(np.maximum.accumulate(places), prepend=-np.inf) > 0)
    return places[order], points[order]
