"""The pit lane of a circuit: a line beside its outline, from where cars leave that to where they
join it again."""

from dataclasses import dataclass, field

import numpy as np

from racetime_poller.race.outline import Floats, Points


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
