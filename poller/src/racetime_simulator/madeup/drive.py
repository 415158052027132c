"""A car's way through a session that it drives by itself, run by run, as progress over time.

Progress is measured in reference seconds, as in a race; a garage lies behind the line, so that
a lap that ends in the pits ends before the car stands.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from racetime_simulator.madeup.circuit import (
    PIT_ENTRY_METERS,
    PIT_EXIT_METERS,
    PIT_SPEED,
    Circuit,
    Floats,
)

Paces = Callable[[Floats], Floats]
"""Paces at shares of a lap."""

STEPS_PER_LAP = 60
PIT_STEP_METERS = 10.0
BRAKING_METERS = 500.0
"""A car that comes in slows down so long before the pit entry ..."""
PULL_METERS = 450.0
"""... and one that leaves gathers speed so long after its exit."""
GARAGE_METERS = 12.0
GARAGE_STEP_METERS = 22.0
FOREVER = 1e9


@dataclass
class Lap:
    """A lap, in seconds; `since` is when the car last crossed the line."""

    number: int
    start: float
    is_out: bool
    since: float | None
    end: float | None = None


@dataclass
class Drive:
    """Where a car was when: knots of time and progress, what it drove, when it was in the lane."""

    circuit: Circuit
    garage: float
    times: list[float] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    laps: list[Lap] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    entered: list[float] = field(default_factory=list)
    halted: float | None = None

    def __post_init__(self) -> None:
        """Stand in the garage."""
        self.times.append(-FOREVER)
        self.progress.append(float(self.circuit.seconds_at(np.array([self.garage]))[0]))

    @property
    def now(self) -> float:
        """Return until when it is told."""
        return self.times[-1]

    @property
    def entry_share(self) -> float:
        """Return at which share of a lap a car that comes in begins to slow down."""
        meters = self.circuit.length - PIT_ENTRY_METERS - BRAKING_METERS
        return float(self.circuit.seconds_at(np.array([meters]))[0]) / self.circuit.lap_seconds

    def leave(self, at: float, pace: float) -> None:
        """Drive from the garage to where the car has its speed: an out lap begins."""
        meters = np.arange(self.garage, PIT_EXIT_METERS + PULL_METERS, PIT_STEP_METERS)
        beyond = meters - PIT_EXIT_METERS
        speed = np.where(
            beyond < 0,
            np.minimum(PIT_SPEED, 4 + np.sqrt(18 * (meters - self.garage))),
            np.sqrt(PIT_SPEED**2 + 19 * np.maximum(beyond, 0)),
        )
        number = self._lap_index() + 1
        self._append(np.array([at]), np.array([self.progress[-1]]))
        times = self._drive_meters(at, meters, speed, pace)
        exit_at = float(np.interp(PIT_EXIT_METERS, meters, times))
        self.left.append(exit_at)
        since = self.laps[-1].end if self.laps else None
        self.laps.append(Lap(number, exit_at, True, since))

    def go(self, paces: Paces, share: float = 1.0, stop: float = FOREVER) -> bool:
        """Drive on to a share of this lap; False when it had to stop being driven before."""
        whole = self.circuit.lap_seconds
        index = self._lap_index()
        start = self.progress[-1] / whole - index
        if self.now >= stop:
            return False
        count = max(2, round((share - start) * STEPS_PER_LAP))
        shares = np.linspace(start, share, count + 1)
        steps = np.diff(shares) * whole / paces((shares[1:] + shares[:-1]) / 2)
        times = self.now + np.cumsum(steps)
        progress = (index + shares[1:]) * whole
        if times[-1] > stop:
            reached = float(np.interp(stop, [self.now, *times], [self.progress[-1], *progress]))
            kept = times < stop
            times, progress = np.append(times[kept], stop), np.append(progress[kept], reached)
            self._append(times, progress)
            return False
        self._append(times, progress)
        if share == 1.0:
            self._cross(self.now, number=index + 2)
        return True

    def come_in(self, pace: float) -> None:
        """Drive from where cars slow down to the garage."""
        length = self.circuit.length
        first = length - PIT_ENTRY_METERS - BRAKING_METERS
        meters = np.append(np.arange(first, length + self.garage, 10.0), length + self.garage)
        before = length - PIT_ENTRY_METERS - meters
        to_go = np.maximum(length + self.garage - meters, 0)
        speed = np.where(
            before > 0,
            np.sqrt(PIT_SPEED**2 + 36 * np.maximum(before, 0)),
            np.minimum(PIT_SPEED, np.maximum(1.2, np.sqrt(14 * to_go))),
        )
        times = self._drive_meters(self.now, meters, speed, pace)
        self.entered.append(float(np.interp(length - PIT_ENTRY_METERS, meters, times)))
        self._cross(float(np.interp(length, meters, times)))

    def halt(self) -> None:
        """Stop for good, out on the track."""
        self.halted = self.now

    def passings(self, lap: Lap, marks: Floats) -> Floats:
        """Return when the car passed marks of a lap, NaN where it never did."""
        wanted = (lap.number - 1) * self.circuit.lap_seconds + marks
        times: Floats = np.interp(wanted, self.progress, self.times)
        return np.where(wanted <= self.progress[-1] + 1e-9, times, np.nan)

    def progress_at(self, seconds: Floats) -> Floats:
        """Return the progress at some instants."""
        return np.interp(seconds, self.times, self.progress)

    def distance_at(self, seconds: Floats) -> Floats:
        """Return the metres driven at some instants."""
        laps, rest = np.divmod(self.progress_at(seconds), self.circuit.lap_seconds)
        return laps * self.circuit.length + self.circuit.meters_at(rest)

    def in_lane(self, seconds: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Tell whether the car is in the pit lane, or its garage."""
        left = np.searchsorted(self.left, seconds, side="right")
        return np.searchsorted(self.entered, seconds, side="right") >= left

    def _lap_index(self) -> int:
        return int(np.floor(self.progress[-1] / self.circuit.lap_seconds + 1e-9))

    def _drive_meters(self, at: float, meters: Floats, speed: Floats, pace: float) -> Floats:
        """Drive along metres, which may cross the line, no faster than these speeds."""
        circuit = self.circuit
        limit = circuit.speed_at(meters % circuit.length) * pace
        speed = np.minimum(speed, limit)
        steps = np.diff(meters) / ((speed[1:] + speed[:-1]) / 2)
        times = at + np.concatenate(([0.0], np.cumsum(steps)))
        index = self._lap_index()
        over = meters >= circuit.length
        within = circuit.seconds_at(np.where(over, meters - circuit.length, meters))
        progress = (index + over) * circuit.lap_seconds + within
        self._append(times[1:], progress[1:])
        return times

    def _append(self, times: Floats, progress: Floats) -> None:
        self.times += times.tolist()
        self.progress += progress.tolist()

    def _cross(self, at: float, number: int | None = None) -> None:
        self.laps[-1].end = at
        if number is not None:
            self.laps.append(Lap(number, at, False, at))
