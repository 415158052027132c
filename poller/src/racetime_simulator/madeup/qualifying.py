"""Simulate a qualifying: three parts, in each of which fewer cars go out for their runs."""

import math

import numpy as np

from racetime_simulator.madeup.circuit import Circuit
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.runs import (
    OUT_PACE,
    Driven,
    Part,
    Runner,
    cool_paces,
    in_paces,
    out_paces,
    slow_paces,
)

PAUSES = (7, 8)
"""Minutes from the end of a part to the next one."""
CUTS = {22: (16, 10), 20: (15, 10)}
"""How many cars go on, by how many there are."""
MINUTES = {
    ("qualifying", False): (18, 15, 12),
    ("qualifying", True): (18, 15, 13),
    ("sprint_qualifying", False): (12, 10, 8),
    ("sprint_qualifying", True): (12, 10, 8),
}
"""How long the parts are, before 2026 and since."""


class _Simulation(Runner):
    def __init__(
        self, circuit: Circuit, entries: tuple[Entry, ...], seed: int, minutes: tuple[int, ...]
    ) -> None:
        super().__init__(circuit, entries, np.random.default_rng([seed, 13, *minutes]))
        self.minutes = minutes
        self.red_part = int(self.random.integers(1, 3)) if self.random.random() < 0.45 else 0

    def run(self) -> Driven:
        start, cars = 0.0, tuple(self.told.order)
        cuts = CUTS[len(cars)]
        order = list(self.told.order)
        for number in (1, 2, 3):
            part = self._part(number, start, cars)
            self.told.parts.append(part)
            order = self.told.ranked(part, order)
            if number < 3:
                start = math.ceil(part.flag / 60 + PAUSES[number - 1]) * 60.0
                cars = tuple(order[: cuts[number - 1]])
        self.told.grid = tuple(order)
        return self.told

    def _part(self, number: int, start: float, cars: tuple[int, ...]) -> Part:
        length = self.minutes[number - 1] * 60.0
        red = self.crash(cars, start) if number == self.red_part else None
        flag = start + length + (red.resumed - red.at if red else 0.0)
        part = Part(number, start, flag, cars, red)
        for car in self.random.permutation(np.array(cars)).tolist():
            if self.told.drives[car].halted is None:
                self._drive_part(car, part)
        self.delete_laps(part)
        return part

    def _drive_part(self, car: int, part: Part) -> None:
        drive, red = self.told.drives[car], part.red
        starts = [
            part.start + self.random.uniform(4, min(150.0, (part.flag - part.start) / 6)),
            part.flag - self.random.uniform(112, 300),
        ]
        while starts:
            start = max(starts.pop(0), drive.now + 40)
            if red and red.at - 20 <= start < red.resumed:
                start = red.resumed + self.random.uniform(2, 60)
            if start > part.flag - 100:
                break
            stop = red.at if red and start < red.at else math.inf
            if not self._run(car, start, part, stop) and red:
                starts.insert(0, red.resumed + self.random.uniform(2, 60))

    def _run(self, car: int, start: float, part: Part, stop: float) -> bool:
        """Go out, push, and come in; False when a red flag came before the lap was over."""
        drive = self.told.drives[car]
        self.fit_tyres(car)
        drive.leave(start, OUT_PACE)
        done = drive.go(out_paces, stop=stop)
        again = part.flag - start > 500 and self.random.random() < 0.3
        if done and drive.now <= part.flag:
            done = drive.go(self.push_paces(car, part.number), stop=stop)
            if done and again and drive.now <= part.flag and drive.go(cool_paces, stop=stop):
                drive.go(self.push_paces(car, part.number), stop=stop)
        self.come_home(drive, in_paces if drive.now < stop else slow_paces)
        return done


def simulate_qualifying(
    circuit: Circuit, entries: tuple[Entry, ...], seed: int, minutes: tuple[int, ...]
) -> Driven:
    """Run all parts until the cars are back."""
    return _Simulation(circuit, entries, seed, minutes).run()
