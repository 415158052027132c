"""A simulated race, its keys and its place in time."""

from dataclasses import dataclass
from datetime import datetime

from racetime_simulator.madeup.circuit import Circuit
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.motion import Integers, Motion
from racetime_simulator.madeup.story import SessionStory
from racetime_simulator.madeup.timing import Timing

POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)
SPRINT_POINTS = (8, 7, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class Story(SessionStory):
    """A simulated race. Instants are milliseconds since lights out."""

    timing: Timing

    @property
    def circuit(self) -> Circuit:
        """Return where it is driven."""
        return self.timing.trace.circuit

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return who takes part."""
        return self.timing.trace.entries

    @property
    def end(self) -> int:
        """Return when the last lap ends."""
        return max(end for _, end in self.timing.finishes)

    @property
    def seen_until(self) -> float:
        """Return until when cars are seen, in seconds."""
        return float(self.timing.trace.times[-1])

    @property
    def showers(self) -> tuple[tuple[float, float], ...]:
        """Return when it rains so that cars feel it, in seconds since zero."""
        return self.timing.trace.showers

    @property
    def lights_out(self) -> datetime:
        """Return when the race starts."""
        return self.zero

    @property
    def points(self) -> tuple[int, ...]:
        """Return what the places are worth."""
        return SPRINT_POINTS if self.kind == "sprint" else POINTS

    @property
    def grid_key(self) -> int:
        """Return the key of the session that made the grid."""
        return self.session_key - 1

    def motion_at(self, millis: Integers) -> Motion:
        """Return the motion of all cars."""
        return self.timing.motion_at(millis)
