"""The cars of a simulated race at one instant: where they are, what they want."""

import numpy as np

from racetime_simulator.madeup.circuit import Circuit, Floats
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.motion import Bools
from racetime_simulator.madeup.trace import BlueFlag, PitStop, Stint

GRID_SLOT_METERS = 8.0
HALT_SECONDS = 9.0


class Cars:
    """What is known of every car; `u` is its progress, 0 the line at the start."""

    def __init__(
        self,
        circuit: Circuit,
        entries: tuple[Entry, ...],
        random: np.random.Generator,
        laps: int,
        grid: tuple[int, ...] | None,
    ) -> None:
        """Stand on the grid."""
        count = len(entries)
        self.circuit, self.entries, self.random, self.laps = circuit, entries, random, laps
        self.lap_seconds = circuit.lap_seconds
        self.strength = np.array([e.team.deficit_seconds + e.deficit_seconds for e in entries])
        quali = self.strength + np.abs(random.normal(0, 0.22, count))
        self.grid = grid or tuple(np.argsort(quali, kind="stable").tolist())
        slot = np.empty(count)
        slot[list(self.grid)] = np.arange(count)
        meters = circuit.length - 12.0 - GRID_SLOT_METERS * slot
        self.u: Floats = circuit.seconds_at(meters) - self.lap_seconds
        self.aside: Floats = np.where(slot % 2 == 0, 3.2, -3.2)
        self.reaction = random.uniform(0.18, 0.42, count)
        self.launch = random.normal(1.0, 0.025, count)
        self.launching = np.ones(count, dtype=np.bool_)
        self.dry_free: Floats = np.ones(count)
        self.free: Floats = np.ones(count)
        self.pace: Floats = np.zeros(count)
        self.lap = np.full(count, -1, dtype=np.int64)
        self._begin_pit_lane(count)
        self._begin_duels(count)
        self.finished = np.zeros(count, dtype=np.bool_)
        self._begin_book()

    def _begin_pit_lane(self, count: int) -> None:
        def none() -> Bools:
            return np.zeros(count, dtype=np.bool_)

        self.out, self.parked, self.in_lane = none(), none(), none()
        self.wants_pit, self.leaving = none(), none()
        self.stop_end = np.full(count, -1.0)
        self.entered = np.zeros(count)
        self.stationary = np.zeros(count)
        # Where it waits in the pit lane under a red flag, in metres from the line, and since when.
        self.waits_at = np.full(count, np.nan)
        # Whether no car may plan a stop: a red flag is about to come.
        self.closed = False
        boxes = np.array([-170.0 + 30.0 * e.team_index - 9 for e in self.entries])
        boxes[np.abs(boxes) < 6] = -8.0
        self.boxes = boxes

    def _begin_duels(self, count: int) -> None:
        self.target = np.full(count, -1, dtype=np.int64)
        self.attack_end = np.zeros(count)
        self.rest_until = self.random.uniform(0, 4, count)
        self.blue_until = np.zeros(count)

    def _begin_book(self) -> None:
        self.stints: list[Stint] = []
        self.stops: list[PitStop] = []
        self.blue_flags: list[BlueFlag] = []
        self.halted: dict[int, float] = {}
        self.tyre: list[str] = []
        self.tyre_from: list[int] = []
        self.tyre_age: list[int] = []
        self.plans: list[list[tuple[int, str]]] = []

    @property
    def leader(self) -> int:
        """Return who leads of those that run."""
        running = np.flatnonzero(~self.out)
        return int(running[np.argmax(self.u[running])])

    def halt(self, car: int, now: float) -> None:
        """Let a car stop for good."""
        self.halted[car] = now
        self.wants_pit[car] = self.leaving[car] = False
        self.plans[car] = []

    def coast(self, now: float, pace: Floats) -> None:
        """Roll cars that have halted off the line, to a stand."""
        for car, at in self.halted.items():
            since = now - at
            going = since < HALT_SECONDS
            pace[car] = max(0.0, pace[car] * (1 - since / HALT_SECONDS)) if going else 0.0
            self.aside[car] = max(-9.0, self.aside[car] - 1.4)
            self.target[car] = -1
            self.out[car] = since > 2
