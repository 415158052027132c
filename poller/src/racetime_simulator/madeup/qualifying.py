"""Simulate a qualifying: three parts, in each of which fewer cars go out for their runs."""

import math
from dataclasses import dataclass, field

import numpy as np

from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.drive import (
    GARAGE_METERS,
    GARAGE_STEP_METERS,
    Drive,
    Lap,
    Paces,
)
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.trace import Stint

PAUSES = (7, 8)
"""Minutes from the end of a part to the next one."""
OUT_PACE, IN_PACE, SLOW_PACE = 0.74, 0.72, 0.60
CUTS = {22: (16, 10), 20: (15, 10)}
"""How many cars go on, by how many there are."""
MINUTES = {
    ("qualifying", False): (18, 15, 12),
    ("qualifying", True): (18, 15, 13),
    ("sprint_qualifying", False): (12, 10, 8),
    ("sprint_qualifying", True): (12, 10, 8),
}
"""How long the parts are, before 2026 and since."""
RED_AFTER_SECONDS = 14.0


@dataclass(frozen=True)
class RedFlag:
    """A stop and a restart, in seconds since the first part began."""

    car: int
    crashed: float
    at: float
    resumed: float


@dataclass(frozen=True)
class Part:
    """A part, in seconds since the first one began."""

    number: int
    start: float
    flag: float
    cars: tuple[int, ...]
    red: RedFlag | None = None

    def counts(self, lap: Lap) -> bool:
        """Tell whether the time of a lap counts in this part, if nobody deletes it."""
        if lap.end is None or lap.is_out or not self.start <= lap.start <= self.flag:
            return False
        return self.red is None or not self.red.at <= lap.end < self.red.resumed


@dataclass(frozen=True)
class Deletion:
    """A lap that left the track, and when race control said so."""

    car: int
    lap: Lap
    at: float
    corner: int


@dataclass
class Qualifying:
    """All that happened."""

    circuit: Circuit
    entries: tuple[Entry, ...]
    drives: list[Drive]
    parts: list[Part] = field(default_factory=list)
    stints: list[Stint] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    """Before the first part; after the last one it is the result."""
    grid: tuple[int, ...] = ()

    def bests(self, part: Part, at: float = math.inf) -> dict[int, tuple[int, float]]:
        """Return the best lap of each car in a part by an instant: milliseconds, when set."""
        gone = {id(one.lap) for one in self.deletions if one.at <= at}
        bests: dict[int, tuple[int, float]] = {}
        for car in part.cars:
            times = [
                (lap_millis(lap), lap.end)
                for lap in self.drives[car].laps
                if lap.end is not None
                and lap.end <= at
                and part.counts(lap)
                and id(lap) not in gone
            ]
            if times:
                bests[car] = min(times)
        return bests

    def ranked(self, part: Part, before: list[int], at: float = math.inf) -> list[int]:
        """Return the order during a part: those in it by time, without one as they were before."""
        bests = self.bests(part, at)
        place = {car: n for n, car in enumerate(before)}
        halted = {car for car in part.cars if _is_halted(self.drives[car], at)}
        inside = sorted(
            part.cars,
            key=lambda car: (bests.get(car, (math.inf, 0.0)), car in halted, place[car]),
        )
        return inside + [car for car in before if car not in part.cars]


def _is_halted(drive: Drive, at: float) -> bool:
    return drive.halted is not None and drive.halted <= at


def lap_millis(lap: Lap) -> int:
    """Return how long a lap took."""
    return round((lap.end or 0.0) * 1000) - round(lap.start * 1000)


class _Simulation:
    def __init__(
        self, circuit: Circuit, entries: tuple[Entry, ...], seed: int, minutes: tuple[int, ...]
    ) -> None:
        self.random = np.random.default_rng([seed, 13, *minutes])
        self.minutes = minutes
        self.strength = [e.team.deficit_seconds + e.deficit_seconds for e in entries]
        drives = [
            Drive(circuit, GARAGE_METERS + GARAGE_STEP_METERS * entry.team_index)
            for entry in entries
        ]
        order = sorted(range(len(entries)), key=lambda car: self.strength[car])
        self.told = Qualifying(circuit, entries, drives, order=order)
        self.whole = circuit.lap_seconds
        bounds = np.array(circuit.layout.sectors) * circuit.length
        self.sector_shares = circuit.seconds_at(bounds) / self.whole
        self.red_part = int(self.random.integers(1, 3)) if self.random.random() < 0.45 else 0

    def run(self) -> Qualifying:
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
        red = self._crash(cars, start) if number == self.red_part else None
        flag = start + length + (red.resumed - red.at if red else 0.0)
        part = Part(number, start, flag, cars, red)
        for car in self.random.permutation(np.array(cars)).tolist():
            if self.told.drives[car].halted is None:
                self._drive_part(car, part)
        self._delete_laps(part)
        return part

    def _crash(self, cars: tuple[int, ...], start: float) -> RedFlag:
        car = int(self.random.choice(cars))
        drive = self.told.drives[car]
        self._fit_tyres(car)
        drive.leave(start + self.random.uniform(5, 60), OUT_PACE)
        drive.go(_out_paces)
        drive.go(self._push_paces(car, 1), float(self.random.uniform(0.2, 0.8)))
        drive.halt()
        at = drive.now + RED_AFTER_SECONDS
        resumed = math.ceil((at + self.random.uniform(400, 800)) / 60) * 60.0
        return RedFlag(car, drive.now, at, resumed)

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
        self._fit_tyres(car)
        drive.leave(start, OUT_PACE)
        done = drive.go(_out_paces, stop=stop)
        again = part.flag - start > 500 and self.random.random() < 0.3
        if done and drive.now <= part.flag:
            done = drive.go(self._push_paces(car, part.number), stop=stop)
            if done and again and drive.now <= part.flag and drive.go(_cool_paces, stop=stop):
                drive.go(self._push_paces(car, part.number), stop=stop)
        self._come_home(drive, _in_paces if drive.now < stop else _slow_paces)
        return done

    def _come_home(self, drive: Drive, paces: Paces) -> None:
        pace = float(paces(np.array([drive.entry_share]))[0])
        if drive.progress[-1] % self.whole > drive.entry_share * self.whole:
            drive.go(paces)
        drive.go(paces, drive.entry_share)
        drive.come_in(pace)

    def _fit_tyres(self, car: int) -> None:
        compound = "MEDIUM" if self.random.random() < 0.06 else "SOFT"
        age = 3 if self.random.random() < 0.2 else 0
        drive = self.told.drives[car]
        first = drive.laps[-1].number + 1 if drive.laps else 1
        self.told.stints.append(Stint(car, compound, first, age))

    def _push_paces(self, car: int, part: int) -> Paces:
        """Drive as fast as the car can: the track gets faster, and no lap is like another."""
        lost = 0.7 + self.strength[car] - 0.25 * part + abs(self.random.normal(0, 0.25))
        sectors = self.whole / (self.whole + lost) * (1 + self.random.normal(0, 0.0008, 3))
        bounds = self.sector_shares

        def paces(shares: Floats) -> Floats:
            return np.asarray(sectors[np.searchsorted(bounds, shares)], dtype=np.float64)

        return paces

    def _delete_laps(self, part: Part) -> None:
        corners = len(self.told.circuit.corner_meters)
        for car in part.cars:
            for lap in self.told.drives[car].laps:
                pushed = part.counts(lap) and lap_millis(lap) < 1100 * self.whole
                if pushed and lap.end is not None and self.random.random() < 0.06:
                    at = lap.end + self.random.uniform(6, 35)
                    corner = int(self.random.integers(1, corners + 1))
                    self.told.deletions.append(Deletion(car, lap, at, corner))


def _out_paces(shares: Floats) -> Floats:
    return np.interp(shares, [0.88, 0.99], [OUT_PACE, 0.99])


def _cool_paces(shares: Floats) -> Floats:
    return np.interp(shares, [0.0, 0.08, 0.88, 0.99], [0.98, 0.7, 0.7, 0.99])


def _in_paces(shares: Floats) -> Floats:
    return np.interp(shares, [0.0, 0.08], [0.98, IN_PACE])


def _slow_paces(shares: Floats) -> Floats:
    return np.full(len(shares), SLOW_PACE)


def simulate_qualifying(
    circuit: Circuit, entries: tuple[Entry, ...], seed: int, minutes: tuple[int, ...]
) -> Qualifying:
    """Run all parts until the cars are back."""
    return _Simulation(circuit, entries, seed, minutes).run()
