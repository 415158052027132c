"""Runs from the garage: what qualifyings and practices are made of."""

import math
from dataclasses import dataclass, field

import numpy as np

from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.drive import GARAGE_METERS, GARAGE_STEP_METERS, Drive, Lap, Paces
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.trace import Stint

OUT_PACE, IN_PACE, SLOW_PACE = 0.74, 0.72, 0.60
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
class Driven:
    """All that happened in a session that cars drive by themselves."""

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


class Runner:
    """Drives all cars of a session, and keeps what they did."""

    def __init__(
        self, circuit: Circuit, entries: tuple[Entry, ...], random: np.random.Generator
    ) -> None:
        """Stand in the garages."""
        self.random = random
        self.strength = [e.team.deficit_seconds + e.deficit_seconds for e in entries]
        drives = [
            Drive(circuit, GARAGE_METERS + GARAGE_STEP_METERS * entry.team_index)
            for entry in entries
        ]
        order = sorted(range(len(entries)), key=lambda car: self.strength[car])
        self.told = Driven(circuit, entries, drives, order=order)
        self.whole = circuit.lap_seconds
        bounds = np.array(circuit.layout.sectors) * circuit.length
        self.sector_shares = circuit.seconds_at(bounds) / self.whole

    def crash(self, cars: tuple[int, ...], start: float) -> RedFlag:
        """Crash somebody on the first lap that he pushes on."""
        car = int(self.random.choice(cars))
        drive = self.told.drives[car]
        self.fit_tyres(car)
        drive.leave(start + self.random.uniform(5, 60), OUT_PACE)
        drive.go(out_paces)
        drive.go(self.push_paces(car, 1), float(self.random.uniform(0.2, 0.8)))
        drive.halt()
        at = drive.now + RED_AFTER_SECONDS
        resumed = math.ceil((at + self.random.uniform(400, 800)) / 60) * 60.0
        return RedFlag(car, drive.now, at, resumed)

    def come_home(self, drive: Drive, paces: Paces) -> None:
        """Drive to the garage, wherever the car is."""
        pace = float(paces(np.array([drive.entry_share]))[0])
        if drive.progress[-1] % self.whole > drive.entry_share * self.whole:
            drive.go(paces)
        drive.go(paces, drive.entry_share)
        drive.come_in(pace)

    def fit_tyres(self, car: int, compound: str | None = None) -> None:
        """Fit a set for a run; in a qualifying it is chance that tells which."""
        if compound is None:
            compound = "MEDIUM" if self.random.random() < 0.06 else "SOFT"
        age = 3 if self.random.random() < 0.2 else 0
        drive = self.told.drives[car]
        first = drive.laps[-1].number + 1 if drive.laps else 1
        self.told.stints.append(Stint(car, compound, first, age))

    def push_paces(self, car: int, part: int) -> Paces:
        """Drive as fast as the car can: the track gets faster, and no lap is like another."""
        lost = 0.7 + self.strength[car] - 0.25 * part + abs(self.random.normal(0, 0.25))
        sectors = self.whole / (self.whole + lost) * (1 + self.random.normal(0, 0.0008, 3))
        bounds = self.sector_shares

        def paces(shares: Floats) -> Floats:
            return np.asarray(sectors[np.searchsorted(bounds, shares)], dtype=np.float64)

        return paces

    def delete_laps(self, part: Part) -> None:
        """Delete the times of some laps for track limits."""
        corners = len(self.told.circuit.corner_meters)
        for car in part.cars:
            for lap in self.told.drives[car].laps:
                pushed = part.counts(lap) and lap_millis(lap) < 1100 * self.whole
                if pushed and lap.end is not None and self.random.random() < 0.06:
                    at = lap.end + self.random.uniform(6, 35)
                    corner = int(self.random.integers(1, corners + 1))
                    self.told.deletions.append(Deletion(car, lap, at, corner))


def out_paces(shares: Floats) -> Floats:
    """Return the paces of a lap out of the pits."""
    return np.interp(shares, [0.88, 0.99], [OUT_PACE, 0.99])


def cool_paces(shares: Floats) -> Floats:
    """Return the paces of a lap between two fast ones."""
    return np.interp(shares, [0.0, 0.08, 0.88, 0.99], [0.98, 0.7, 0.7, 0.99])


def in_paces(shares: Floats) -> Floats:
    """Return the paces of a lap into the pits."""
    return np.interp(shares, [0.0, 0.08], [0.98, IN_PACE])


def slow_paces(shares: Floats) -> Floats:
    """Return the paces under a red flag."""
    return np.full(len(shares), SLOW_PACE)
