"""A simulated qualifying or practice, its keys and its place in time."""

from dataclasses import dataclass

import numpy as np

from racetime_simulator.madeup.circuit import Circuit
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.motion import GONE_SECONDS, Integers, Motion
from racetime_simulator.madeup.runs import Driven
from racetime_simulator.madeup.story import SessionStory

SPEED_SPAN_SECONDS = 0.1
LINE_SIDE_METERS = 3.2
"""Cars that are slow leave the line that free."""


@dataclass(frozen=True)
class DrivenStory(SessionStory):
    """A qualifying or a practice. Instants are milliseconds since its first part began."""

    driven: Driven

    @property
    def circuit(self) -> Circuit:
        """Return where it is driven."""
        return self.driven.circuit

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return who takes part."""
        return self.driven.entries

    @property
    def end(self) -> int:
        """Return when the last lap ends."""
        ends = [lap.end or 0.0 for drive in self.driven.drives for lap in drive.laps]
        return round(1000 * max(*ends, self.driven.parts[-1].flag))

    @property
    def seen_until(self) -> float:
        """Return until when cars are seen, in seconds."""
        return self.end / 1000 + 60

    def motion_at(self, millis: Integers) -> Motion:
        """Return the motion of all cars."""
        seconds = millis / 1000
        shape = (len(seconds), len(self.entries))
        meters, aside, speed = np.empty(shape), np.empty(shape), np.empty(shape)
        gone = np.zeros(shape, dtype=np.bool_)
        for car, drive in enumerate(self.driven.drives):
            meters[:, car] = drive.distance_at(seconds) % self.circuit.length
            moved = drive.distance_at(seconds + SPEED_SPAN_SECONDS / 2)
            moved -= drive.distance_at(seconds - SPEED_SPAN_SECONDS / 2)
            speed[:, car] = moved / SPEED_SPAN_SECONDS
            pace = speed[:, car] / self.circuit.speed_at(meters[:, car])
            slow = LINE_SIDE_METERS * np.clip((0.95 - pace) / 0.2, 0, 1)
            lane = self.circuit.pit_aside(meters[:, car])
            aside[:, car] = np.where(drive.in_lane(seconds), lane, slow)
            if drive.halted is not None:
                gone[:, car] = seconds > drive.halted + GONE_SECONDS
        times = np.maximum(np.gradient(seconds), 1e-3)[:, None]
        return Motion(meters, aside, speed * 3.6, np.gradient(speed, axis=0) / times, gone)
