"""Simulate a practice: an hour in which every car does some fast laps and a long run."""

import math

import numpy as np

from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.drive import Paces
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.runs import (
    OUT_PACE,
    Driven,
    Part,
    RedFlag,
    Runner,
    cool_paces,
    in_paces,
    out_paces,
    slow_paces,
)

PRACTICE_SECONDS = 3600.0
RED_CHANCE = 0.5
GARAGE_SECONDS = 40.0
FIRST_RUN, FAST_RUN, LONG_RUN = (20.0, 420.0), (1150.0, 1700.0), (2150.0, 2500.0)
"""When they begin, in seconds since the pit exit opened."""
LONG_LAPS = (7, 12)
LONG_LOSES, LONG_WEAR = 2.9, 0.06
"""Seconds of a lap, and of each further lap."""


class _Simulation(Runner):
    def run(self) -> Driven:
        cars = tuple(self.told.order)
        red = self._stop(cars) if self.random.random() < RED_CHANCE else None
        part = Part(1, 0.0, PRACTICE_SECONDS, cars, red)
        self.told.parts.append(part)
        for car in self.random.permutation(np.array(cars)).tolist():
            if self.told.drives[car].halted is None:
                self._drive(car, part)
        self.delete_laps(part)
        self.told.grid = tuple(self.told.ranked(part, self.told.order))
        return self.told

    def _stop(self, cars: tuple[int, ...]) -> RedFlag:
        return self.crash(cars, float(self.random.uniform(500, 2600)))

    def _drive(self, car: int, part: Part) -> None:
        long_run = [True] * int(self.random.integers(*LONG_LAPS, endpoint=True))
        first = "HARD" if self.random.random() < 0.3 else "MEDIUM"
        for span, compound, laps in (
            (FIRST_RUN, first, [False] * int(self.random.integers(1, 4))),
            (FAST_RUN, "SOFT", [False] * int(self.random.integers(1, 3))),
            (LONG_RUN, "SOFT" if self.random.random() < 0.5 else "MEDIUM", long_run),
        ):
            start = max(float(self.random.uniform(*span)), self._ready(car))
            red = part.red
            if red and red.at - 20 <= start < red.resumed:
                start = red.resumed + float(self.random.uniform(2, 90))
            if start < part.flag - 240:
                self._run(car, start, part, compound, laps)

    def _ready(self, car: int) -> float:
        drive = self.told.drives[car]
        return drive.now + GARAGE_SECONDS if drive.laps else 0.0

    def _run(self, car: int, start: float, part: Part, compound: str, laps: list[bool]) -> None:
        """Go out for some laps, fast ones or long ones, with a slow one between two fast ones."""
        drive, red = self.told.drives[car], part.red
        stop = red.at if red and start < red.at else math.inf
        self.fit_tyres(car, compound)
        drive.leave(start, OUT_PACE)
        going = drive.go(out_paces, stop=stop)
        for number, is_long in enumerate(laps):
            if number and not is_long and going and drive.now <= part.flag:
                going = drive.go(cool_paces, stop=stop)
            if not going or drive.now > part.flag:
                break
            paces = self._long_paces(car, number) if is_long else self.push_paces(car, 1)
            going = drive.go(paces, stop=stop)
        self.come_home(drive, in_paces if drive.now < stop else slow_paces)

    def _long_paces(self, car: int, number: int) -> Paces:
        lost = self.strength[car] + LONG_LOSES + LONG_WEAR * number
        pace = self.whole / (self.whole + lost + abs(float(self.random.normal(0, 0.2))))

        def paces(shares: Floats) -> Floats:
            return np.full(len(shares), pace)

        return paces


def simulate_practice(circuit: Circuit, entries: tuple[Entry, ...], seed: int) -> Driven:
    """Run the hour until the cars are back."""
    return _Simulation(circuit, entries, np.random.default_rng([seed, 17])).run()
