"""Race control of a simulated race: what goes wrong, and how the field is held for it."""

import math

import numpy as np

from racetime_simulator.madeup.cars import Cars
from racetime_simulator.madeup.circuit import PIT_EXIT_METERS, PIT_RAMP_METERS, Floats
from racetime_simulator.madeup.incidents import Incidents
from racetime_simulator.madeup.rain import Rain
from racetime_simulator.madeup.trace import MARSHAL_SECTORS, Neutral, Spin, Stoppage
from racetime_simulator.madeup.tyres import change_under_red_flag, stop_under_safety_car

LAPS_BEHIND = {"safety_car": 4, "start": 2, "restart": 0}
SAFETY_CAR_AFTER, RED_AFTER, CALL_SECONDS = 24.0, 14.0, 20.0
LEADING_PACE, BEHIND_PACE, VIRTUAL_PACE, RED_PACE, YELLOW_PACE = 0.60, 0.82, 0.66, 0.62, 0.9
REST_SECONDS = 60.0
"""From the end of an incident to the next one, at the least."""
RECOVERY_SECONDS = 150.0
"""From a car that stops to the next incident: it has to be taken away."""
LAST_LAPS = 6
"""So near the end nothing new happens."""
QUEUE_AT_METERS, QUEUE_METERS, QUEUE_SECONDS = PIT_EXIT_METERS - PIT_RAMP_METERS - 6.0, 8.0, 1.6
"""Under a red flag the first car waits there, where the pit lane ends; those behind it, so far
apart, follow it one by one."""
TYRES_BEFORE_RESTART = 90.0
FORMATION_SECONDS = 200.0
"""From the scheduled start, a whole minute, to lights out."""


class Director:
    """Lets things happen and holds the field; all chance is its own, or the cars' where so."""

    def __init__(self, cars: Cars, rain: Rain, incidents: Incidents, seed: int) -> None:
        """Draw what will happen, and where."""
        self.cars, self.rain, self.incidents = cars, rain, incidents
        self.random = np.random.default_rng([seed, 37, cars.laps])
        self.neutrals: list[Neutral] = []
        self.stoppage: Stoppage | None = None
        self.spins: list[Spin] = []
        self._queued = 0
        self._changed = False
        self._draw_cars()
        self._draw_places()
        if "wet-start" in incidents:
            self.neutrals.append(Neutral("start", 0.0, 0))

    def _draw_cars(self) -> None:
        cars, chance = self.cars, self.cars.random
        self.retiring = int(chance.choice(cars.grid[5:18]))
        where = chance.uniform(0.3, 0.8)
        self.damaged = int(chance.choice([c for c in cars.grid[8:] if c != self.retiring]))
        cars.strength[self.damaged] += 2.8  # a car hurt at the start: it will be lapped
        lap = int(chance.integers(cars.laps // 4, cars.laps // 2))
        self._retire_u = (lap + where) * cars.lap_seconds

    def _draw_places(self) -> None:
        laps, random = self.cars.laps, self.random
        others = [c for c in self.cars.grid[6:] if c not in (self.retiring, self.damaged)]
        self._crashing = int(random.choice(others))
        self._red_lap = int(laps * random.uniform(0.15, 0.3))
        self._virtual_lap = int(laps * random.uniform(0.58, 0.75))
        self._spin_laps = sorted(random.integers(2, laps - LAST_LAPS, 4).tolist())
        self._rest_until = REST_SECONDS

    @property
    def neutral(self) -> Neutral | None:
        """The newest safety car, real or virtual."""
        return self.neutrals[-1] if self.neutrals else None

    def is_bunched(self, now: float) -> bool:
        """Tell whether the field follows a safety car."""
        neutral = self.neutral
        return neutral is not None and neutral.kind != "virtual" and neutral.is_on(now)

    def is_quiet(self, now: float) -> bool:
        """Tell whether nobody may overtake."""
        neutral, red = self.neutral, self.stoppage
        return bool(neutral and neutral.is_on(now)) or bool(red and red.is_on(now))

    def direct(self, now: float) -> None:
        """Deploy and call in safety cars, stop the race and let it go on."""
        lap = int(self.cars.lap[self.cars.leader])
        at = self.cars.halted.get(self.retiring)
        told = any(one.kind == "safety_car" for one in self.neutrals)
        if "sc" in self.incidents and at is not None and now > at + SAFETY_CAR_AFTER and not told:
            self.neutrals.append(Neutral("safety_car", now, lap))
            stop_under_safety_car(self.cars)
        self._end_neutral(now, lap)
        if self.stoppage is not None:
            self._hold(now, self.stoppage, lap)

    def _end_neutral(self, now: float, lap: int) -> None:
        neutral = self.neutral
        if neutral is None or not neutral.is_on(now):
            return
        self._rest_until = now + REST_SECONDS
        if neutral.kind == "virtual":
            return
        behind = neutral.first_lap + LAPS_BEHIND[neutral.kind]
        if neutral.called == np.inf and lap >= behind:
            neutral.called = now + CALL_SECONDS
        if now > neutral.called and lap > behind:
            neutral.gone = now

    def _hold(self, now: float, red: Stoppage, lap: int) -> None:
        cars = self.cars
        if red.at <= now < red.resumed:
            self._bring_in(red)
            if now > red.resumed - TYRES_BEFORE_RESTART and not self._changed:
                self._changed = True
                for car in np.flatnonzero(~np.isnan(cars.waits_at)).tolist():
                    change_under_red_flag(cars, car, self.rain, self.random)
        if now >= red.resumed and red.left == np.inf:
            if self.neutral is None or self.neutral.kind != "restart":
                self.neutrals.append(Neutral("restart", now, lap))
            if not (~np.isnan(cars.waits_at)).any():
                red.left = now
                cars.closed = False

    def _bring_in(self, red: Stoppage) -> None:
        cars = self.cars
        cars.wants_pit |= ~cars.out & ~cars.in_lane
        for car in np.flatnonzero(cars.in_lane & np.isnan(cars.waits_at)).tolist():
            cars.waits_at[car] = QUEUE_AT_METERS - QUEUE_METERS * self._queued
            cars.stop_end[car] = red.resumed + QUEUE_SECONDS * self._queued
            red.outs.add((car, int(cars.lap[car]) + 2))
            self._queued += 1

    def hold_back(self, now: float, pace: Floats) -> Floats:
        """Return the paces that race control allows."""
        cars = self.cars
        neutral, red = self.neutral, self.stoppage
        if self.is_bunched(now):
            pace = np.minimum(pace, BEHIND_PACE)
            running = np.flatnonzero(~cars.out & ~cars.in_lane)
            if len(running):
                pace[running[np.argmax(cars.u[running])]] = LEADING_PACE
        elif neutral is not None and neutral.is_on(now):
            pace = np.minimum(pace, VIRTUAL_PACE)
        if red is not None and red.is_on(now):
            pace = np.minimum(pace, RED_PACE)
        return self._slow_in_sectors(now, pace)

    def _slow_in_sectors(self, now: float, pace: Floats) -> Floats:
        circuit = self.cars.circuit
        for spin in self.spins:
            if spin.at <= now < spin.clear:
                meters = circuit.meters_at(self.cars.u % self.cars.lap_seconds)
                inside = (meters / circuit.length * MARSHAL_SECTORS).astype(int) + 1 == spin.sector
                pace = np.where(inside, np.minimum(pace, YELLOW_PACE), pace)
        return pace

    def strike(self, now: float) -> None:
        """Let happen what is due."""
        cars = self.cars
        if not self._is_clear(now):
            return
        retired = self.retiring in cars.halted
        if not retired and cars.u[self.retiring] >= self._retire_u:
            if not cars.in_lane[self.retiring]:
                cars.halt(self.retiring, now)
                self._rest_until = now + RECOVERY_SECONDS
            return
        place = float(cars.u[cars.leader]) / cars.lap_seconds
        lap, share = math.floor(place), place % 1
        if lap > cars.laps - LAST_LAPS or cars.finished.any():
            return
        self._strike_at(now, lap, share)

    def _is_clear(self, now: float) -> bool:
        """Tell whether something may happen now. A plain retirement needs to ask only while a
        stoppage, a start or a virtual safety car may be on."""
        if self.incidents <= {"sc"}:
            return True
        red = self.stoppage
        stands = red is not None and red.left == np.inf
        return now > self._rest_until and not self.is_quiet(now) and not stands

    def _strike_at(self, now: float, lap: int, share: float) -> None:
        if "red" in self.incidents and self.stoppage is None and lap >= self._red_lap:
            self._crash(now, share)
        elif "vsc" in self.incidents and lap >= self._virtual_lap and not self._told("virtual"):
            self._slow_all(now, lap)
        elif "yellow" in self.incidents and self._spin_laps and lap >= self._spin_laps[0]:
            self._spin_laps.pop(0)
            sector = int(self.random.integers(1, MARSHAL_SECTORS + 1))
            clear = now + float(self.random.uniform(25, 50))
            self.spins.append(Spin(sector, now, clear))
            self._rest_until = clear + REST_SECONDS

    def _told(self, kind: str) -> bool:
        return any(one.kind == kind for one in self.neutrals)

    def _crash(self, now: float, share: float) -> None:
        """Crash so that all can come in on the lap that they are on, while nobody stops."""
        cars = self.cars
        if not 0.5 <= share < 0.6 or self._crashing in cars.halted:
            return
        if (cars.in_lane | cars.wants_pit | cars.leaving).any():
            return
        cars.halt(self._crashing, now)
        cars.closed = True
        at = now + RED_AFTER
        wait = FORMATION_SECONDS + at + float(self.random.uniform(780, 1100))
        resumed = math.ceil(wait / 60) * 60 - FORMATION_SECONDS
        self.stoppage = Stoppage(self._crashing, now, at, resumed)

    def _slow_all(self, now: float, lap: int) -> None:
        called = now + float(self.random.uniform(75, 130))
        gone = called + float(self.random.uniform(10, 14))
        self.neutrals.append(Neutral("virtual", now + 8, lap, called + 8, gone + 8))
        sector = int(self.random.integers(1, MARSHAL_SECTORS + 1))
        self.spins.append(Spin(sector, now, called - 15))
        self._rest_until = gone + 8 + REST_SECONDS
