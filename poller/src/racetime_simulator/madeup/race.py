"""Simulate a race: every car's progress along the lap, step by step.

Progress is measured in *reference seconds*: how long a car at the circuit's limit would have
driven. A lap is then always `lap_seconds` long, a gap in progress is a gap in time, and a car's
pace is one number near 1 that scales its speed everywhere, in corners as on straights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from racetime_simulator.madeup.cars import Cars
from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.director import Director
from racetime_simulator.madeup.duels import race_each_other
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.incidents import Incidents
from racetime_simulator.madeup.motion import Bools
from racetime_simulator.madeup.pit_lane import drive_pit_lane
from racetime_simulator.madeup.rain import draw_rain
from racetime_simulator.madeup.stewards import Matter
from racetime_simulator.madeup.trace import Trace
from racetime_simulator.madeup.tyres import (
    choose_tyres,
    free_paces,
    plan_for_weather,
    plan_stop,
    set_pace,
)

START_STEP, STEP, START_PHASE = 0.1, 0.5, 30.0
RACE_METERS = 305_000
MOST_LAPS = 60
AFTER_FLAG_SECONDS, LONGEST_AFTER_FLAG_SECONDS = 120, 280


class _Race:
    def __init__(self, cars: Cars, incidents: Incidents, seed: int) -> None:
        self.cars, self.incidents = cars, incidents
        own = np.random.default_rng([seed, 41, cars.laps])
        self.rain = draw_rain(incidents, cars.laps * cars.lap_seconds * 1.04, own)
        choose_tyres(cars, wet="wet-start" in incidents)
        self.director = Director(cars, self.rain, incidents, seed)
        retiring, damaged = self.director.retiring, self.director.damaged
        # It has a chance of its own, so that the rest of the race is what it was without it.
        chance = np.random.default_rng([cars.laps, retiring, damaged])
        steady = [car for car in cars.grid if car not in (retiring, damaged)]
        self.matter = Matter(int(chance.choice(steady)))
        self.over = False

    def step(self, now: float, step: float) -> None:
        """Advance every car by one step."""
        cars, director = self.cars, self.director
        self.rain.step(now, step)
        self._begin_laps(now)
        director.direct(now)
        cars.free = free_paces(cars, self.rain)
        pace = director.hold_back(now, cars.free.copy())
        pace = np.where(cars.finished, np.minimum(pace, 0.72), pace)
        bunched, quiet = director.is_bunched(now), director.is_quiet(now)
        race_each_other(cars, now, pace, bunched=bunched, quiet=quiet)
        self._launch(now, pace)
        drive_pit_lane(cars, self.matter, now, step, pace)
        director.strike(now)
        cars.coast(now, pace)
        cars.pace = np.clip(pace, 0.0, 1.25)
        cars.u = cars.u + cars.pace * step

    def _begin_laps(self, now: float) -> None:
        cars = self.cars
        lap = np.floor(cars.u / cars.lap_seconds).astype(np.int64)
        for car in np.flatnonzero(lap != cars.lap).tolist():
            number = int(lap[car]) + 1
            cars.lap[car] = lap[car]
            if lap[car] >= cars.laps or (self.over and lap[car] > 0):
                self.over = cars.finished[car] = cars.wants_pit[car] = True
                continue
            set_pace(cars, car, number)
            # Who is on the way to its box keeps to what it comes for.
            coming = cars.wants_pit[car] or cars.in_lane[car]
            if self.rain.showers and not coming:
                plan_for_weather(cars, car, number, self.rain)
            self.matter.happen(car, number, cars.plans[car], now)
            plan_stop(cars, car, number)

    def _launch(self, now: float, pace: Floats) -> None:
        cars = self.cars
        if not cars.launching.any():
            return
        since = np.maximum(now - cars.reaction, 0)
        speed = 88 * cars.launch * (1 - np.exp(-since / 7.4))
        limit = cars.circuit.speed_at(cars.circuit.meters_at(cars.u % cars.lap_seconds))
        ratio = speed / limit
        cars.launching &= ratio < pace
        pace[cars.launching] = np.minimum(pace, ratio)[cars.launching]


@dataclass
class _Film:
    """What is kept of every step."""

    times: list[float] = field(default_factory=list)
    progress: list[Floats] = field(default_factory=list)
    pace: list[Floats] = field(default_factory=list)
    aside: list[Floats] = field(default_factory=list)
    lane: list[Bools] = field(default_factory=list)

    def take(self, now: float, cars: Cars) -> None:
        """Keep where the cars are."""
        self.times.append(now)
        self.progress.append(cars.u)
        self.pace.append(cars.pace)
        self.aside.append(cars.aside.copy())
        self.lane.append(cars.in_lane.copy())


def simulate(
    circuit: Circuit,
    entries: tuple[Entry, ...],
    seed: int,
    meters: int = RACE_METERS,
    grid: Sequence[int] | None = None,
    incidents: Incidents = frozenset({"sc"}),
) -> Trace:
    """Run a race from lights out until the cars are parked; nobody has to stop in a short one."""
    laps = min(MOST_LAPS, int(np.ceil(meters / circuit.length)))
    stream = [seed, 7] if meters == RACE_METERS else [seed, 7, meters]
    random = np.random.default_rng(stream)
    cars = Cars(circuit, entries, random, laps, tuple(grid) if grid else None)
    race, film = _Race(cars, incidents, seed), _Film()
    _run(race, film)
    return _trace(race, film)


def _trace(race: _Race, film: _Film) -> Trace:
    cars, director = race.cars, race.director
    return Trace(
        circuit=cars.circuit,
        entries=cars.entries,
        laps=cars.laps,
        times=np.array(film.times),
        progress=np.array(film.progress),
        pace=np.array(film.pace),
        aside=np.array(film.aside),
        in_lane=np.array(film.lane),
        grid=cars.grid,
        stints=cars.stints,
        stops=cars.stops,
        blue_flags=cars.blue_flags,
        incidents=race.incidents,
        retired=cars.halted,
        neutrals=director.neutrals,
        stoppage=director.stoppage,
        spins=director.spins,
        showers=race.rain.showers,
        matter=race.matter,
    )


def _run(race: _Race, film: _Film) -> None:
    cars, now, flag = race.cars, 0.0, np.inf
    film.take(now, cars)
    while (
        now < flag + LONGEST_AFTER_FLAG_SECONDS and not (cars.finished | cars.out).all()
    ) or now < flag + AFTER_FLAG_SECONDS:
        step = START_STEP if now < START_PHASE else STEP
        race.step(now, step)
        now = round(now + step, 3)
        if race.over and flag == np.inf:
            flag = now
        film.take(now, cars)
