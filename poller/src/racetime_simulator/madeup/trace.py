"""All that happened in a simulated race, in seconds since lights out."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.incidents import Incident
from racetime_simulator.madeup.motion import Bools
from racetime_simulator.madeup.stewards import Matter

MARSHAL_SECTORS = 16


@dataclass(frozen=True)
class Stint:
    """Laps on one set of tyres; laps count from 1."""

    car: int
    compound: str
    first_lap: int
    age: int


@dataclass(frozen=True)
class PitStop:
    """One visit to the pit lane."""

    car: int
    lap: int
    entry: float
    exit: float
    stationary: float


@dataclass(frozen=True)
class BlueFlag:
    """A lapped car is shown blue."""

    car: int
    at: float


@dataclass(frozen=True)
class Spin:
    """A sector under yellow for a while."""

    sector: int
    at: float
    clear: float


@dataclass
class Neutral:
    """A time behind a safety car, or under a virtual one; `start` and `restart` let cars go."""

    kind: Literal["safety_car", "virtual", "start", "restart"]
    at: float
    first_lap: int
    """The leader's as it began, from 0."""
    called: float = np.inf
    gone: float = np.inf

    def is_on(self, now: float) -> bool:
        """Tell whether it is on at an instant."""
        return self.at <= now < self.gone


@dataclass
class Stoppage:
    """A red flag and what led to it."""

    car: int
    crashed: float
    at: float
    resumed: float
    outs: set[tuple[int, int]] = field(default_factory=set)
    """Cars that waited in the pit lane, and the laps (from 1) that they went on with."""
    left: float = np.inf
    """When the last of them was out of the pit lane."""

    def is_on(self, now: float) -> bool:
        """Tell whether the race stands at an instant."""
        return self.at <= now < self.resumed


@dataclass
class Trace:
    """All that happened. Arrays are steps x cars."""

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
    incidents: frozenset[Incident]
    retired: dict[int, float]
    """Who stopped on track, and when."""
    neutrals: list[Neutral]
    stoppage: Stoppage | None
    spins: list[Spin]
    showers: tuple[tuple[float, float], ...]
    matter: Matter

    def sector_of(self, car: int) -> int:
        """Return the marshals' sector in which a car stopped for good."""
        circuit = self.circuit
        place = float(self.progress[-1, car]) % circuit.lap_seconds
        return int(circuit.place_of(place)[0] / circuit.length * MARSHAL_SECTORS) + 1

    @property
    def outs(self) -> set[tuple[int, int]]:
        """Return the cars and laps (from 1) that left the pit lane."""
        own = {(stop.car, stop.lap + 1) for stop in self.stops}
        return own | (self.stoppage.outs if self.stoppage else set())
