"""A field of cars on a circle, whose rows come as a poller would have them, pushed or asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, pi, sin

import numpy as np

from racetime_poller.race.batches import Batch
from racetime_poller.race.circuit import Circuit, Outline
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, LocationRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState

START = 1_742_000_000_000
RADIUS_DM = 9_000.0
LENGTH_DM = 2 * pi * RADIUS_DM
# Ends of the sectors as shares of the lap, which is driven evenly.
SECTORS = (0.3, 0.7, 1.0)
# A made-up row is there so long after the line was passed.
LAG_MILLIS = 1_000


def circle() -> Circuit:
    """The circuit."""
    angles = np.linspace(0.0, 2 * pi, 1000, endpoint=False)
    outline = Outline.of(RADIUS_DM * np.column_stack((np.cos(angles), np.sin(angles))))
    return Circuit(outline, 24, (0.3 * outline.length_dm, 0.7 * outline.length_dm))


def place(distance_dm: float) -> tuple[int, int]:
    """Where a distance from the line lies."""
    angle = distance_dm / RADIUS_DM
    return round(RADIUS_DM * cos(angle)), round(RADIUS_DM * sin(angle))


def along(x: float, y: float) -> float:
    """How far from the line a place lies."""
    return float(np.arctan2(y, x) % (2 * pi) * RADIUS_DM)


@dataclass
class Car:
    """Drives evenly, until it stops."""

    number: int
    lap_millis: int
    begins_at: int = START
    stops_at: int = START + 10**9

    def distance(self, at: int) -> float:
        """How far it has driven."""
        driven = min(at, self.stops_at) - self.begins_at
        return max(driven, 0) / self.lap_millis * LENGTH_DM

    def laps(self, now: int) -> Iterable[LapRow]:
        """Its laps as they are told by now."""
        told = min(now - LAG_MILLIS, self.stops_at) - self.begins_at
        for lap in range(max(told, -1) // self.lap_millis + 1):
            begin = self.begins_at + lap * self.lap_millis
            driven = (told - lap * self.lap_millis) / self.lap_millis
            spans = [b - a for a, b in pairwise((0.0, *SECTORS))]
            known = [
                span * self.lap_millis / 1000 if driven >= end else None
                for span, end in zip(spans, SECTORS, strict=True)
            ]
            duration = self.lap_millis / 1000 if driven >= 1 else None
            yield LapRow(9, self.number, lap + 1, Instant(begin), duration, *known)


@dataclass
class Field:
    """Plays the cars second by second, and keeps what is told of them."""

    cars: list[Car]
    # What the feed makes of a car's sample; None where it has none.
    feed: Callable[[Car, int], tuple[int, int] | None]
    race: Race = field(default_factory=lambda: Race(SessionRow(9, 3, "Race", Instant(START))))
    motion: MotionTracker = field(default_factory=MotionTracker)
    told: list[Batch] = field(default_factory=list)
    # Laps are read so often.
    period_millis: int = 1_000
    now: int = START

    def play(self, seconds: int) -> None:
        """Go on for so long."""
        circuit = circle()
        self.motion.outline = circuit.outline
        for _ in range(seconds):
            self.now += 1_000
            if self.now % self.period_millis == 0:
                for car in self.cars:
                    for row in car.laps(self.now):
                        self.race = reduce(self.race, row)
                self.motion.estimator.hear(self.race, self.now)
            self.motion.add(self._samples())
            states = dict.fromkeys((car.number for car in self.cars), CarState.ON_TRACK)
            self.motion.estimate(self.race, states, circuit, self.now)
            self.told += self.motion.flush()

    def _samples(self) -> Iterable[LocationRow]:
        for at in range(self.now - 1_000, self.now, 250):
            for car in self.cars:
                if (sample := self.feed(car, at)) is not None:
                    yield LocationRow(9, car.number, Instant(at), *sample)

    def trail(self, number: int) -> list[tuple[int, int, int, bool]]:
        """What is told of a car: instant, place, whether it is estimated; in order."""
        found = []
        for batch in self.told:
            if number in batch.driver_numbers:
                row = batch.driver_numbers.index(number)
                places = zip(batch.xs[row].tolist(), batch.ys[row].tolist(), strict=True)
                pairs = zip(batch.instants, places, strict=True)
                found += [(at, x, y, batch.estimated) for at, (x, y) in pairs]
        return sorted(found)

    def fastest(self, number: int) -> float:
        """The longest step of a car from sample to sample, in metres a second."""
        trail = self.trail(number)
        steps = (
            hypot(x - u, y - v) / 10 / ((at - before) / 1000)
            for (before, u, v, _), (at, x, y, _) in pairwise(trail)
        )
        return max(steps, default=0.0)

    def backwards(self, number: int) -> float:
        """The longest step back along the circuit, in metres."""
        trail = self.trail(number)
        ways = [along(x, y) for _, x, y, _ in trail]
        steps = [(b - a + LENGTH_DM / 2) % LENGTH_DM - LENGTH_DM / 2 for a, b in pairwise(ways)]
        return max(0.0, -min(steps, default=0.0)) / 10

    def errors(self, number: int, since: int) -> list[float]:
        """How far off a car is shown from an instant on, in metres."""
        car = next(car for car in self.cars if car.number == number)
        found = []
        for at, x, y, _ in self.trail(number):
            if at >= since:
                away = along(x, y) - car.distance(at) % LENGTH_DM
                found.append(abs((away + LENGTH_DM / 2) % LENGTH_DM - LENGTH_DM / 2) / 10)
        return found


def measured(car: Car, at: int) -> tuple[int, int] | None:
    """What a good feed tells."""
    return place(car.distance(at))
