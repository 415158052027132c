"""Simulate a race: every car's progress along the lap, step by step.

Progress is measured in *reference seconds*: how long a car at the circuit's limit would have
driven. A lap is then always `lap_seconds` long, a gap in progress is a gap in time, and a car's
pace is one number near 1 that scales its speed everywhere, in corners as on straights.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from racetime_simulator.madeup.circuit import (
    PIT_ENTRY_METERS,
    PIT_EXIT_METERS,
    PIT_SPEED,
    Circuit,
    Floats,
)
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.motion import Bools, Integers
from racetime_simulator.madeup.stewards import Matter

START_STEP, STEP, START_PHASE = 0.1, 0.5, 30.0
GRID_SLOT_METERS = 8.0
COMPOUNDS = {"SOFT": (0.0, 0.072), "MEDIUM": (0.40, 0.046), "HARD": (0.78, 0.029)}
"""Lap time lost on fresh tyres, and more of it with each lap of their age."""
FUEL_SECONDS = 2.2
RACE_METERS = 305_000
STOP_LAPS = 30
"""A race of fewer laps is driven on one set of tyres."""
SAFETY_CAR_LAPS = 4


@dataclass(frozen=True)
class Stint:
    """Laps on one set of tyres; laps count from 1."""

    car: int
    compound: str
    first_lap: int
    age: int


@dataclass(frozen=True)
class PitStop:
    """One visit to the pit lane, in seconds since lights out."""

    car: int
    lap: int
    entry: float
    exit: float
    stationary: float


@dataclass(frozen=True)
class BlueFlag:
    """A lapped car is shown blue, in seconds since lights out."""

    car: int
    at: float


@dataclass
class Trace:
    """All that happened, in seconds since lights out. Arrays are steps x cars."""

    circuit: Circuit
    entries: tuple[Entry, ...]
    laps: int
    times: Floats
    progress: Floats
    pace: Floats
    aside: Floats
    in_lane: Bools
    grid: tuple[int, ...]
    stints: list[Stint]
    stops: list[PitStop]
    blue_flags: list[BlueFlag]
    retired_car: int
    retired_at: float
    safety_car: tuple[float, float, float]
    """When it was deployed, called in, and gone."""
    matter: Matter


@dataclass
class _Race:
    circuit: Circuit
    entries: tuple[Entry, ...]
    random: np.random.Generator
    laps: int
    given_grid: tuple[int, ...] | None = None
    stints: list[Stint] = field(default_factory=list)
    stops: list[PitStop] = field(default_factory=list)
    blue_flags: list[BlueFlag] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.entries)
        self.lap_seconds = self.circuit.lap_seconds
        self.strength = np.array([e.team.deficit_seconds + e.deficit_seconds for e in self.entries])
        quali = self.strength + np.abs(self.random.normal(0, 0.22, count))
        self.grid = self.given_grid or tuple(np.argsort(quali, kind="stable").tolist())
        slot = np.empty(count)
        slot[list(self.grid)] = np.arange(count)
        meters = self.circuit.length - 12.0 - GRID_SLOT_METERS * slot
        self.u = self.circuit.seconds_at(meters) - self.lap_seconds
        self.aside = np.where(slot % 2 == 0, 3.2, -3.2)
        self.reaction = self.random.uniform(0.18, 0.42, count)
        self.launch = self.random.normal(1.0, 0.025, count)
        self.launching = np.ones(count, dtype=np.bool_)
        self.free = np.ones(count)
        self.pace = np.zeros(count)
        self.lap = np.full(count, -1, dtype=np.int64)
        self.out = np.zeros(count, dtype=np.bool_)
        self.parked = np.zeros(count, dtype=np.bool_)
        self.in_lane = np.zeros(count, dtype=np.bool_)
        self.wants_pit = np.zeros(count, dtype=np.bool_)
        self.leaving = np.zeros(count, dtype=np.bool_)
        self.stop_end = np.full(count, -1.0)
        self.entered = np.zeros(count)
        self.stationary = np.zeros(count)
        self.finished = np.zeros(count, dtype=np.bool_)
        self.target = np.full(count, -1, dtype=np.int64)
        self.attack_end = np.zeros(count)
        self.rest_until = self.random.uniform(0, 4, count)
        self.blue_until = np.zeros(count)
        self.boxes = np.array([-170.0 + 30.0 * e.team_index - 9 for e in self.entries])
        self.boxes[np.abs(self.boxes) < 6] = -8.0
        self._choose_tyres()
        self.retired_car = int(self.random.choice(self.grid[5:18]))
        where = self.random.uniform(0.3, 0.8)
        damaged = int(self.random.choice([c for c in self.grid[8:] if c != self.retired_car]))
        self.strength[damaged] += 2.8  # a car hurt at the start: it will be lapped
        self.retire_u = (int(self.random.integers(self.laps // 4, self.laps // 2)) + where) * (
            self.lap_seconds
        )
        self.retired_at = np.inf
        self.sc_at = self.sc_call = self.sc_gone = np.inf
        self.sc_laps_from = -1
        # It has a chance of its own, so that the rest of the race is what it was without it.
        own = np.random.default_rng([self.laps, self.retired_car, damaged])
        steady = [car for car in self.grid if car not in (self.retired_car, damaged)]
        self.matter = Matter(int(own.choice(steady)))
        self.over = False
        self.finish_lap = self.laps

    def _choose_tyres(self) -> None:
        self.tyre: list[str] = []
        self.tyre_from: list[int] = []
        self.tyre_age: list[int] = []
        self.plans: list[list[tuple[int, str]]] = []
        for car in range(len(self.entries)):
            two = self.random.random() < 0.45
            start = "SOFT" if two or self.random.random() < 0.15 else "MEDIUM"
            if two:
                first = int(self.laps * self.random.uniform(0.24, 0.34))
                second = int(self.laps * self.random.uniform(0.58, 0.70))
                plan = [
                    (first, "MEDIUM"),
                    (second, "HARD" if self.random.random() < 0.6 else "MEDIUM"),
                ]
            else:
                plan = [(int(self.laps * self.random.uniform(0.38, 0.60)), "HARD")]
            self.plans.append(plan if self.laps >= STOP_LAPS else [])
            self.tyre.append(start)
            self.tyre_from.append(1)
            self.tyre_age.append(int(self.random.choice([0, 0, 0, 3])))
            self.stints.append(Stint(car, start, 1, self.tyre_age[-1]))

    def is_safety_car(self, now: float) -> bool:
        return self.sc_at <= now < self.sc_gone

    def step(self, now: float, step: float) -> None:
        """Advance every car by one step."""
        self._begin_laps(now)
        self._direct_safety_car(now)
        pace = self._wanted_pace(now)
        self._race_each_other(now, pace)
        self._launch_cars(now, pace)
        self._drive_pit_lane(now, step, pace)
        self._retire(now, step, pace)
        self.pace = np.clip(pace, 0.0, 1.25)
        self.u = self.u + self.pace * step

    def _begin_laps(self, now: float) -> None:
        lap = np.floor(self.u / self.lap_seconds).astype(np.int64)
        for car in np.flatnonzero(lap != self.lap).tolist():
            number = int(lap[car]) + 1
            self.lap[car] = lap[car]
            if lap[car] >= self.finish_lap or (self.over and lap[car] > 0):
                self.over = self.finished[car] = self.wants_pit[car] = True
                continue
            self._set_pace(car, number)
            self.matter.happen(car, number, self.plans[car], now)
            self._plan_stop(car, number)

    def _set_pace(self, car: int, number: int) -> None:
        base, wear = COMPOUNDS[self.tyre[car]]
        age = self.tyre_age[car] + max(0, number - self.tyre_from[car])
        fuel = FUEL_SECONDS * (1 - number / self.laps)
        lost = self.strength[car] + base + wear * age + fuel + abs(self.random.normal(0.15, 0.2))
        self.free[car] = self.lap_seconds / (self.lap_seconds + lost)

    def _plan_stop(self, car: int, number: int) -> None:
        plan = self.plans[car]
        if not plan or number < plan[0][0] or number >= self.laps or self.out[car]:
            return
        if self.in_lane[car] or self.wants_pit[car]:
            return
        mate = next(
            other
            for other, entry in enumerate(self.entries)
            if other != car and entry.team_index == self.entries[car].team_index
        )
        near = abs(float(self.u[mate] - self.u[car])) % self.lap_seconds < 7
        if not (near and (self.wants_pit[mate] or self.in_lane[mate])):
            self.wants_pit[car] = True

    def _direct_safety_car(self, now: float) -> None:
        running = np.flatnonzero(~self.out)
        leader = running[np.argmax(self.u[running])]
        lap = int(self.lap[leader])
        if self.sc_at == np.inf and now > self.retired_at + 24:
            self.sc_at = now
            self.sc_laps_from = lap
            self._stop_under_safety_car()
        if self.is_safety_car(now):
            if self.sc_call == np.inf and lap >= self.sc_laps_from + SAFETY_CAR_LAPS:
                self.sc_call = now + 20
            if now > self.sc_call and lap > self.sc_laps_from + SAFETY_CAR_LAPS:
                self.sc_gone = now

    def _stop_under_safety_car(self) -> None:
        for car, plan in enumerate(self.plans):
            lap = int(self.lap[car]) + 1
            if plan and plan[0][0] - lap < 15 and lap - self.tyre_from[car] > 6:
                plan[0] = (lap, plan[0][1])
                if self.u[car] % self.lap_seconds < 0.8 * self.lap_seconds:
                    self._plan_stop(car, lap)

    def _wanted_pace(self, now: float) -> Floats:
        pace = self.free.copy()
        if self.is_safety_car(now):
            pace = np.minimum(pace, 0.82)
            running = np.flatnonzero(~self.out & ~self.in_lane)
            pace[running[np.argmax(self.u[running])]] = 0.60
        return np.where(self.finished, np.minimum(pace, 0.72), pace)

    def _race_each_other(self, now: float, pace: Floats) -> None:
        around = np.flatnonzero(~self.out & ~self.in_lane & ~self.parked)
        if len(around) < 2:
            return
        place = self.u[around] % self.lap_seconds
        cars = around[np.argsort(place, kind="stable")]
        ahead = np.roll(cars, -1)
        difference = self.u[ahead] - self.u[cars]
        gap = difference % self.lap_seconds
        laps_up = np.rint((difference - gap) / self.lap_seconds)
        quiet = self.is_safety_car(now)
        reach, aim = (14.0, 0.55) if quiet else (2.5, 0.42 if now > 60 else 0.22)
        yields = (laps_up < 0) & (not quiet)
        self._wave_blue(now, ahead[yields & (gap < 1.1)], pace)
        attacking = self.target[cars] == ahead
        follows = (gap < reach) & ~yields & ~attacking
        if quiet:
            leader = cars[np.argmax(self.u[cars])]
            follows &= cars != leader
        closing = 4.0 if quiet else 2.5
        limit = np.maximum(self.pace[ahead] + (gap - aim) / closing, 0.0)
        dirty = 1 - 0.0035 * np.clip(1.2 - gap, 0, 1)
        pace[cars] = np.where(follows, np.minimum(pace[cars] * dirty, limit), pace[cars])
        if not quiet:
            self._attack(now, cars, ahead, gap, follows & (laps_up == 0))
        else:
            self.target[:] = -1
        self._carry_attacks(now, pace)

    def _wave_blue(self, now: float, lapped: Integers, pace: Floats) -> None:
        pace[lapped] *= 0.988
        for car in lapped.tolist():
            if now > self.blue_until[car] and not self.finished[car]:
                self.blue_until[car] = now + 40
                self.blue_flags.append(BlueFlag(car, now))

    def _attack(
        self, now: float, cars: Integers, ahead: Integers, gap: Floats, follows: Bools
    ) -> None:
        edge = (self.free[cars] - self.free[ahead]) * self.lap_seconds
        opening = now < 60
        fast = self.circuit.speed_at(self.circuit.meters_at(self.u[cars] % self.lap_seconds)) > 68
        willing = follows & fast & (gap < 0.85) & (now > self.rest_until[cars])
        willing &= (edge > (-0.4 if opening else 0.45)) & ~self.finished[cars]
        willing &= (self.target[cars] < 0) & (self.target[ahead] < 0) & (now > 6)
        chance = self.random.random(len(cars)) < (0.16 if opening else 0.12)
        for place in np.flatnonzero(willing & chance).tolist():
            car = cars[place]
            self.target[car] = ahead[place]
            self.attack_end[car] = now + 13
            self.rest_until[car] = now + float(self.random.uniform(18, 45))

    def _carry_attacks(self, now: float, pace: Floats) -> None:
        for car in np.flatnonzero(self.target >= 0).tolist():
            other = int(self.target[car])
            passed = self.u[car] > self.u[other] + 0.35
            if passed or now > self.attack_end[car] or self.in_lane[other] or self.out[other]:
                self.target[car] = -1
                if passed:
                    self.rest_until[other] = now + 25
                continue
            pace[other] *= 0.975
            pace[car] = max(pace[car], pace[other]) * 1.045
        wide = np.where(self.target >= 0, 3.4, 0.0)
        self.aside += np.clip(wide - self.aside, -0.5, 0.5)

    def _launch_cars(self, now: float, pace: Floats) -> None:
        if not self.launching.any():
            return
        since = np.maximum(now - self.reaction, 0)
        speed = 88 * self.launch * (1 - np.exp(-since / 7.4))
        limit = self.circuit.speed_at(self.circuit.meters_at(self.u % self.lap_seconds))
        ratio = speed / limit
        self.launching &= ratio < pace
        pace[self.launching] = np.minimum(pace, ratio)[self.launching]

    def _drive_pit_lane(self, now: float, step: float, pace: Floats) -> None:
        for car in np.flatnonzero(self.wants_pit | self.in_lane | self.leaving).tolist():
            meters, limit = self.circuit.place_of(float(self.u[car] % self.lap_seconds))
            from_line = (meters + self.circuit.length / 2) % self.circuit.length
            from_line -= self.circuit.length / 2
            speed = self._lane_speed(car, from_line, now, step)
            if speed is not None:
                pace[car] = min(pace[car], speed / limit)

    def _lane_speed(self, car: int, from_line: float, now: float, step: float) -> float | None:
        """Return the speed that the pit lane and its ends allow, None where it allows any."""
        entry = -PIT_ENTRY_METERS - from_line
        if self.wants_pit[car] and not self.in_lane[car]:
            if entry > 0:
                return math.sqrt(PIT_SPEED**2 + 2 * 18 * entry) if entry < 500 else None
            if from_line < -150:
                self.in_lane[car] = True
                self.wants_pit[car] = False
                self.entered[car] = now
                self.target[car] = -1
                self.stop_end[car] = -1.0
            return PIT_SPEED if self.in_lane[car] else None
        if self.in_lane[car]:
            return self._lane_speed_inside(car, from_line, now, step)
        beyond = from_line - PIT_EXIT_METERS
        if not 0 <= beyond < 450:
            self.leaving[car] = False
        return math.sqrt(PIT_SPEED**2 + 2 * 9.5 * max(beyond, 0))

    def _lane_speed_inside(self, car: int, from_line: float, now: float, step: float) -> float:
        if self.parked[car]:
            return 0.0
        box = float(self.boxes[car])
        if self.stop_end[car] < 0 and from_line < box - 0.6:
            return min(
                PIT_SPEED, max(1.2, math.sqrt(2 * 7 * (box - from_line))), (box - from_line) / step
            )
        if self.stop_end[car] < 0:
            if self.finished[car]:
                self.parked[car] = True
                return 0.0
            self.stationary[car] = 1.9 + round(float(self.random.exponential(0.45)), 1)
            self.stationary[car] += self.matter.serve(car, now, float(self.stationary[car]))
            self.stop_end[car] = now + self.stationary[car]
            self._change_tyres(car)
        if now < self.stop_end[car]:
            return 0.0
        if from_line >= PIT_EXIT_METERS:
            self._leave_lane(car, now)
        return min(PIT_SPEED, 4 + math.sqrt(2 * 9 * max(from_line - box, 0)))

    def _change_tyres(self, car: int) -> None:
        _, compound = self.plans[car].pop(0)
        lap = int(np.floor((self.u[car] + self.lap_seconds / 2) / self.lap_seconds)) + 1
        self.tyre[car], self.tyre_from[car] = compound, lap
        self.tyre_age[car] = int(self.random.choice([0, 0, 0, 2]))
        self.stints.append(Stint(car, compound, lap, self.tyre_age[car]))
        self._set_pace(car, lap)

    def _leave_lane(self, car: int, now: float) -> None:
        self.in_lane[car] = False
        self.leaving[car] = True
        lap = int(np.floor((self.u[car]) / self.lap_seconds))
        self.stops.append(
            PitStop(car, lap, float(self.entered[car]), now, float(self.stationary[car]))
        )

    def _retire(self, now: float, step: float, pace: Floats) -> None:
        car = self.retired_car
        if self.retired_at == np.inf and self.u[car] >= self.retire_u and not self.in_lane[car]:
            self.retired_at = now
            self.wants_pit[car] = self.leaving[car] = False
            self.plans[car] = []
        if now >= self.retired_at:
            since = now - self.retired_at
            pace[car] = max(0.0, pace[car] * (1 - since / 9)) if since < 9 else 0.0
            self.aside[car] = max(-9.0, self.aside[car] - 1.4)
            self.target[car] = -1
            self.out[car] = since > 2


def simulate(
    circuit: Circuit,
    entries: tuple[Entry, ...],
    seed: int,
    meters: int = RACE_METERS,
    grid: tuple[int, ...] | None = None,
) -> Trace:
    """Run a race from lights out until the cars are parked; nobody has to stop in a short one."""
    laps = min(60, int(np.ceil(meters / circuit.length)))
    stream = [seed, 7] if meters == RACE_METERS else [seed, 7, meters]
    race = _Race(circuit, entries, np.random.default_rng(stream), laps, grid)
    times, progress, pace, aside, lane = [0.0], [race.u], [race.pace], [race.aside.copy()], []
    lane.append(race.in_lane.copy())
    now, flag = 0.0, np.inf
    while (now < flag + 280 and not (race.finished | race.out).all()) or now < flag + 120:
        step = START_STEP if now < START_PHASE else STEP
        race.step(now, step)
        now = round(now + step, 3)
        if race.over and flag == np.inf:
            flag = now
        times.append(now)
        progress.append(race.u)
        pace.append(race.pace)
        aside.append(race.aside.copy())
        lane.append(race.in_lane.copy())
    return Trace(
        circuit=circuit,
        entries=entries,
        laps=laps,
        times=np.array(times),
        progress=np.array(progress),
        pace=np.array(pace),
        aside=np.array(aside),
        in_lane=np.array(lane),
        grid=race.grid,
        stints=race.stints,
        stops=race.stops,
        blue_flags=race.blue_flags,
        retired_car=race.retired_car,
        retired_at=float(race.retired_at),
        matter=race.matter,
        safety_car=(float(race.sc_at), float(race.sc_call), float(race.sc_gone)),
    )
