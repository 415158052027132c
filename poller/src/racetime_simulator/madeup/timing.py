"""What timing sees of a simulated race: crossings, order and gaps, all from the one trace."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.motion import GONE_SECONDS, Integers, Motion
from racetime_simulator.madeup.trace import Trace

MILLIS = 1000
SEGMENTS = (7, 8, 7)
"""Mini-sectors of each sector."""
OUT_OF_ORDER = 1e9
"""Who is out is behind all others when the race is over."""


def mark_seconds(circuit: Circuit) -> Floats:
    """Return where mini-sectors end, in reference seconds; the last is the line."""
    bounds = (0.0, *circuit.layout.sectors, 1.0)
    meters = [
        np.linspace(bounds[n], bounds[n + 1], count + 1)[1:] for n, count in enumerate(SEGMENTS)
    ]
    return circuit.seconds_at(np.concatenate(meters) * circuit.length)


@dataclass(frozen=True)
class Timing:
    """Timing of a race. Instants are milliseconds since lights out; laps count from 1."""

    trace: Trace

    @property
    def cars(self) -> int:
        """Return the number of cars."""
        return len(self.trace.entries)

    @cached_property
    def marks(self) -> Floats:
        """Return where mini-sectors end, in reference seconds; the last is the line."""
        return mark_seconds(self.trace.circuit)

    @cached_property
    def passings(self) -> list[Integers]:
        """Return when each car passes each mark: laps x marks, -1 where it never does."""
        trace = self.trace
        lap_seconds = trace.circuit.lap_seconds
        starts = np.arange(trace.laps)[:, None] * lap_seconds
        found: list[Integers] = []
        for car in range(self.cars):
            progress = trace.progress[:, car]
            wanted = starts + self.marks[None, :]
            instants = np.interp(wanted, progress, trace.times)
            reached = wanted <= progress[-1]
            found.append(np.where(reached, np.rint(instants * MILLIS), -1).astype(np.int64))
        return found

    @cached_property
    def flag(self) -> int:
        """Return when the leader takes the chequered flag."""
        ends = [passed[self.trace.laps - 1, -1] for passed in self.passings]
        return int(min(end for end in ends if end > 0))

    @cached_property
    def finishes(self) -> list[tuple[int, int]]:
        """Return each car's completed laps and when it completed the last one that counts."""
        finishes: list[tuple[int, int]] = []
        for passed in self.passings:
            ends = passed[:, -1]
            counted = int(np.sum((ends > 0) & (ends < self.flag)))
            if counted < self.trace.laps and ends[counted] > 0:
                counted += 1
            finishes.append((counted, int(ends[counted - 1]) if counted else 0))
        return finishes

    @cached_property
    def classification(self) -> list[int]:
        """Return the cars in their final order: by laps, then by time; who stopped is last."""
        retired, progress = self.trace.retired, self.trace.progress[-1]
        return sorted(
            range(self.cars),
            key=lambda car: (
                (True, -float(progress[car]), 0)
                if car in retired
                else (False, -self.finishes[car][0], self.finishes[car][1])
            ),
        )

    def progress_at(self, millis: Integers) -> Floats:
        """Return every car's progress at these instants: instants x cars."""
        seconds = millis / MILLIS
        trace = self.trace
        return np.stack(
            [np.interp(seconds, trace.times, trace.progress[:, c]) for c in range(self.cars)],
            axis=1,
        )

    def orders_at(self, millis: Integers) -> Integers:
        """Return the cars in race order at these instants; who has finished keeps the place.

        Cars at the same progress (the line, after the flag) are ordered by when they got there.
        """
        lap_seconds = self.trace.circuit.lap_seconds
        laps = np.array([finish[0] for finish in self.finishes])
        ends = np.array([finish[1] for finish in self.finishes])
        progress = self.progress_at(millis)
        done = (millis[:, None] >= ends[None, :]) & (ends > 0)[None, :]
        retired = list(self.trace.retired)
        done[:, retired] = False
        progress = np.where(
            done, laps * lap_seconds, np.minimum(progress, (laps + 1) * lap_seconds)
        )
        late = millis > self.flag
        for car in retired:
            progress[late, car] -= OUT_OF_ORDER
        rank = np.where(done, progress - ends[None, :] * 1e-9, progress)
        return np.argsort(-rank, axis=1, kind="stable").astype(np.int64)

    def gaps_at(
        self, millis: Integers, orders: Integers
    ) -> tuple[Floats, Floats, Integers, Integers]:
        """Return gap to the leader and interval in seconds, and both in whole laps, by car."""
        trace = self.trace
        lap_seconds = trace.circuit.lap_seconds
        progress = self.progress_at(millis)
        rows = np.arange(len(millis))
        gap, interval = np.zeros(progress.shape), np.zeros(progress.shape)
        gap_laps = np.zeros(progress.shape, dtype=np.int64)
        interval_laps = np.zeros(progress.shape, dtype=np.int64)
        leader = orders[:, 0]
        for place in range(1, self.cars):
            car, other = orders[:, place], orders[:, place - 1]
            own = progress[rows, car]
            for ahead, seconds, laps in ((leader, gap, gap_laps), (other, interval, interval_laps)):
                passed = self._passed(ahead, own)
                seconds[rows, car] = np.maximum(millis / MILLIS - passed, 0.001)
                behind = np.floor((progress[rows, ahead] - own) / lap_seconds)
                laps[rows, car] = np.maximum(behind, 0)
        return gap, interval, gap_laps, interval_laps

    def motion_at(self, millis: Integers) -> Motion:
        """Return the motion of all cars."""
        trace = self.trace
        circuit = trace.circuit
        seconds = millis / 1000
        count = len(trace.entries)
        step = np.clip(np.searchsorted(trace.times, seconds, side="left"), 0, len(trace.times) - 1)
        progress = np.stack(
            [np.interp(seconds, trace.times, trace.progress[:, c]) for c in range(count)], 1
        )
        aside = np.stack(
            [np.interp(seconds, trace.times, trace.aside[:, c]) for c in range(count)], 1
        )
        meters = circuit.meters_at(progress % circuit.lap_seconds)
        speed = circuit.speed_at(meters) * np.where(seconds[:, None] <= 0, 0.0, trace.pace[step])
        pit = circuit.pit_aside(meters)
        aside = np.where(trace.in_lane[step], pit, aside)
        times = np.maximum(np.gradient(seconds), 1e-3)[:, None]
        gone = np.zeros(progress.shape, dtype=np.bool_)
        for car, at in trace.retired.items():
            gone[:, car] = seconds > at + GONE_SECONDS
        return Motion(meters, aside, speed * 3.6, np.gradient(speed, axis=0) / times, gone)

    def _passed(self, cars: Integers, progress: Floats) -> Floats:
        passed = np.empty(len(progress))
        for car in np.unique(cars).tolist():
            rows = cars == car
            passed[rows] = np.interp(progress[rows], self.trace.progress[:, car], self.trace.times)
        return passed
