"""Car positions: from rows of samples to batches, to whole laps, and to what a car is doing.

Samples are no state: each is told once, as it comes. Only the newest minutes are kept, to learn
the circuit from. Cars whose positions are not measured are estimated, and told apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from racetime_poller.race.batches import Batch, batches
from racetime_poller.race.circuit import Circuit, DrivenLap, Points
from racetime_poller.race.estimator import Estimator
from racetime_poller.race.gate import Gate
from racetime_poller.race.movement import Movement
from racetime_poller.race.outline import Floats, Outline
from racetime_poller.race.pit_watch import PitWatch
from racetime_poller.race.rows import LapRow, LocationRow
from racetime_poller.race.samples import KEEP_MILLIS, Samples, Trails
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState

__all__ = ["Batch", "MotionTracker", "Movement"]

_START_SLACK_MILLIS = 2_000
_MOVING_DM_PER_MILLI = 0.05
# Instants that are known are forgotten when there are so many: those of some minutes are left.
_MOST_KNOWN = 60_000
_DRIVERS = 128


@dataclass(slots=True)
class MotionTracker:
    """Takes in samples in the order in which they come; each instant of a car is taken once."""

    # Up to here all was told before: by a poller that ended.
    told_before: int = 0
    # The same for single cars, where it is later.
    told_of_cars: Mapping[int, int] = field(default_factory=dict)
    gate: Gate = field(default_factory=Gate)
    estimator: Estimator = field(default_factory=Estimator)
    told_until: int = 0
    _trails: Trails = field(default_factory=Trails)
    _pits: PitWatch = field(default_factory=PitWatch)
    _known: set[int] = field(default_factory=set)
    _moved_at: dict[int, int] = field(default_factory=dict)
    _measured_at: dict[int, int] = field(default_factory=dict)
    _pending: list[Samples] = field(default_factory=list)
    _late: list[Samples] = field(default_factory=list)

    @property
    def outline(self) -> Outline | None:
        """The line along which the cars are followed."""
        return self.gate.outline

    @outline.setter
    def outline(self, outline: Outline | None) -> None:
        self.gate.outline = outline

    @property
    def rejected(self) -> Counter[str]:
        """How many samples were left out, by reason."""
        return self.gate.rejected

    def add(self, rows: Iterable[LocationRow]) -> int:
        """Take in rows; return how many brought something new."""
        samples = self._unknown(Samples.of(rows))
        if not len(samples):
            return 0
        fresh = samples.instants > self.gate.last_at[samples.drivers]
        late = samples.only(~fresh)
        passed = self.gate.passed(samples.only(fresh))
        self._follow(passed)
        self._trails.add(passed)
        self._pending.append(self.estimator.take(passed))
        return len(passed) + self._add_late(late)

    def _unknown(self, samples: Samples) -> Samples:
        """Return the samples of instants that are not known."""
        keys = samples.instants * _DRIVERS + samples.drivers
        new = np.array([key not in self._known for key in keys.tolist()], dtype=np.bool_)
        new &= np.diff(keys, prepend=-1) != 0
        if len(self._known) > _MOST_KNOWN:
            horizon = (int(keys.max()) // _DRIVERS - KEEP_MILLIS) * _DRIVERS
            self._known = {key for key in self._known if key > horizon}
        self._known.update(keys.tolist())
        return samples.only(new)

    def _add_late(self, samples: Samples) -> int:
        """Take in samples older than what was told of their cars; none among estimates."""
        if not len(samples):
            return 0
        late = samples.only(self.gate.near_last(samples))
        self._trails.add(late)
        until = self.estimator.stand_in.until
        after = [
            at > until.get(number, 0)
            for number, at in zip(late.drivers.tolist(), late.instants.tolist(), strict=True)
        ]
        self._late.append(late.only(np.array(after, dtype=np.bool_)))
        return len(self._late[-1])

    def _follow(self, samples: Samples) -> None:
        """Note when cars moved, and which are in the pits."""
        if not len(samples):
            return
        speeds = self.gate.speeds
        moved = speeds > _MOVING_DM_PER_MILLI
        drivers, instants = samples.drivers.tolist(), samples.instants.tolist()
        self._measured_at.update(zip(drivers, instants, strict=True))
        for number, at in zip(drivers, instants, strict=True):
            self._moved_at.setdefault(number, at)
        movers = samples.only(moved)
        self._moved_at.update(zip(movers.drivers.tolist(), movers.instants.tolist(), strict=True))
        if len(self.gate.offsets):
            self._pits.add(samples, speeds, self.gate.offsets, self.gate.shares)

    def movements(self) -> Mapping[int, Movement]:
        """Return what the positions tell of each car."""
        return {
            number: Movement(seen_at, self._moved_at[number], self._pits.entry_at.get(number))
            for number, seen_at in self._measured_at.items()
        }

    def estimate(
        self, race: Race, states: Mapping[int, CarState], circuit: Circuit | None, now: int
    ) -> None:
        """Estimate, up to an instant, where the cars are that are not measured."""
        if circuit is not None:
            self.estimator.advance(
                race, states, circuit, self.gate, self._trails, self._measured_at, now
            )

    def flush(self) -> Sequence[Batch]:
        """Return all samples since the last call, as few batches as their instants allow."""
        estimated, released = self.estimator.stand_in.told()
        measured = Samples.joined([*self._pending, released])
        late = Samples.joined(self._late)
        self._pending, self._late = [], []
        found = [
            *batches(self._untold(late)),
            *batches(self._untold(measured)),
            *batches(self._untold(estimated), estimated=True),
        ]
        newest = max((batch.instants[-1] for batch in found), default=0)
        self.told_until = max(self.told_until, newest)
        return found

    def _untold(self, samples: Samples) -> Samples:
        if not self.told_of_cars:
            return samples.only(samples.instants > self.told_before)
        until = np.full(_DRIVERS, self.told_before)
        for number, at in self.told_of_cars.items():
            until[number] = max(at, self.told_before)
        return samples.only(samples.instants > until[samples.drivers])

    @property
    def has_seen(self) -> bool:
        """Whether any car was ever seen."""
        return bool(self._trails.last)

    def covers(self, lap: LapRow) -> bool:
        """Tell whether all positions of a lap that is over are kept."""
        span = _span(lap)
        if span is None:
            return False
        # Positions of a race begin with the first lap, a moment after its start.
        slack = _START_SLACK_MILLIS if lap.lap_number == 1 else 0
        return self._trails.spans(lap.driver_number, span[0] + slack, span[1])

    def is_past(self, lap: LapRow) -> bool:
        """Tell whether positions of a lap are no longer all kept, or never will be."""
        span = _span(lap)
        if span is None:
            return True
        return self._trails.last.get(lap.driver_number, 0) > span[0] + KEEP_MILLIS

    def is_over(self, number: int, at: int) -> bool:
        """Tell whether positions of a car from behind an instant are known."""
        return self._trails.last.get(number, 0) >= at

    def way(self, number: int, begin: int, end: int) -> Points | None:
        """Return where a car was between two instants; None when that is not all kept."""
        if not self._trails.spans(number, begin, end):
            return None
        return self._trails.trail(number, begin, end)[1]

    def driven_lap(self, lap: LapRow) -> DrivenLap | None:
        """Return the positions of a lap that is over; None when they are not all kept."""
        span = _span(lap)
        if span is None or not self.covers(lap):
            return None
        begin, end = span
        instants, points = self._trails.trail(lap.driver_number, begin, end)
        inside = points[(instants > begin) & (instants < end)]
        driven = np.vstack((_at(instants, points, begin), inside, _at(instants, points, end)))
        if lap.lap_number == 1:
            driven = _from_line(driven)
        return DrivenLap(driven, _sector_ends(instants, points, lap, begin))


def _span(lap: LapRow) -> tuple[int, int] | None:
    if lap.date_start is None or lap.lap_duration is None:
        return None
    begin = int(lap.date_start)
    return begin, begin + round(lap.lap_duration * 1000)


def _from_line(points: Points) -> Points:
    """Cut from a first lap what the car drove from its place on the grid to the line."""
    beginning = points[: len(points) // 4]
    nearest = int(np.linalg.norm(beginning - points[-1], axis=1).argmin()) if len(beginning) else 0
    return points[nearest:]


def _at(instants: Floats, points: Points, at: int) -> Points:
    """Return the position at an instant between two samples."""
    return np.array([np.interp(at, instants, points[:, axis]) for axis in (0, 1)])


def _sector_ends(
    instants: Floats, points: Points, lap: LapRow, begin: int
) -> tuple[Points | None, Points | None]:
    if lap.duration_sector_1 is None or lap.duration_sector_2 is None:
        return None, None
    first = begin + round(lap.duration_sector_1 * 1000)
    second = first + round(lap.duration_sector_2 * 1000)
    return _at(instants, points, first), _at(instants, points, second)
