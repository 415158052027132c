"""Shows cars whose positions are not measured where they are estimated to be, and lets them glide
back when they are measured again."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import hypot

import numpy as np

from racetime_poller.race.circuit import Circuit
from racetime_poller.race.estimate import Estimate
from racetime_poller.race.glide import MAX_SPEED, glide, wrapped
from racetime_poller.race.samples import Samples

# Estimates are told for each such step of race time: readers interpolate.
STEP_MILLIS = 1_000
# From the last measured one to the first estimate: between them lies how far off the line it was.
_LEAST_MILLIS = 500
# Cars that stand are told so much more seldom, and not for ever.
_STANDING_STEPS = 5
_STANDING_MILLIS = 120_000
# Who was not told of for so long may appear anywhere.
_FORGOTTEN_MILLIS = 15_000
# Who is shown so near to where it is measured is shown as measured from then on.
_NEAR_DM = 120.0
_SLACK_DM = 30.0
_BLEND_MILLIS = 400
# Who has not met its measured place by then is not waited for any longer.
_BLENDED_MILLIS = 30_000
# Who was measured again, but so long ago, is estimated again.
_LOST_MILLIS = 10_000


@dataclass(slots=True)
class _Shown:
    at: int
    # The first estimate that was told; None before it.
    first_at: int | None = None
    # None while it was shown nowhere.
    distance_dm: float | None = None
    x: int = 0
    y: int = 0
    # Since when it stands; None while it drives.
    stands_since: int | None = None
    # Measured again, and not told yet: instant, place.
    measured: list[tuple[int, int, int]] = field(default_factory=list)
    measured_at: int = 0
    # The one told or passed over last, and since when there are some.
    passed: tuple[int, int, int] | None = None
    back_since: int | None = None


@dataclass(slots=True)
class StandIn:
    """The cars that are estimated now."""

    cars: dict[int, _Shown] = field(default_factory=dict)
    # Up to when each car was estimated last, be it measured again or not.
    until: dict[int, int] = field(default_factory=dict)
    _told: list[tuple[int, int, int, int]] = field(default_factory=list)
    _released: list[tuple[int, int, int, int]] = field(default_factory=list)

    def begin(
        self, number: int, now: int, last: tuple[int, int, int] | None, circuit: Circuit
    ) -> None:
        """Estimate a car from where it was measured last, or anew."""
        if last is None or now - last[0] > _FORGOTTEN_MILLIS:
            self.cars[number] = _Shown(now - STEP_MILLIS)
            return
        along, _ = circuit.outline.locate_one(float(last[1]), float(last[2]))
        self.cars[number] = _Shown(last[0], distance_dm=along, x=last[1], y=last[2])

    def due(self, now: int) -> list[int]:
        """Return the instants up to now for which some car is to be estimated."""
        # Of a car that stands nothing is to be made up for.
        begins = [
            one.at if one.stands_since is None else now - STEP_MILLIS
            for one in self.cars.values()
            if not self._is_back(one, now)
        ]
        if not begins:
            return []
        first = max(min(begins), now - _FORGOTTEN_MILLIS) // STEP_MILLIS + 1
        return [step * STEP_MILLIS for step in range(first, now // STEP_MILLIS + 1)]

    def _is_back(self, one: _Shown, now: int) -> bool:
        return now - one.measured_at < _LOST_MILLIS

    def show(self, at: int, found: Mapping[int, Estimate], circuit: Circuit) -> None:
        """Show all cars that are due at an instant."""
        moved: dict[int, Estimate] = {}
        for number, one in self.cars.items():
            estimate = found.get(number)
            if estimate is None or at - one.at < _LEAST_MILLIS or self._is_back(one, at):
                continue
            if self._tells(one, at, estimate):
                moved[number] = estimate
        if not moved:
            return
        length = circuit.outline.length_dm
        for number, estimate in moved.items():
            one = self.cars[number]
            passed = at - one.at
            one.distance_dm = (
                estimate.distance_dm
                if one.distance_dm is None or passed > _FORGOTTEN_MILLIS
                else glide(one.distance_dm, estimate.distance_dm, estimate.speed, passed, length)
            )
        self._place(at, moved, circuit)

    def _tells(self, one: _Shown, at: int, estimate: Estimate) -> bool:
        """Tell whether a car is told of: of one that stands only now and then."""
        if not estimate.stands:
            one.stands_since = None
            return True
        one.stands_since = at if one.stands_since is None else one.stands_since
        settling = at - one.stands_since < _STANDING_STEPS * STEP_MILLIS
        forgotten = at - one.stands_since > _STANDING_MILLIS
        return settling or (not forgotten and at - one.at >= _STANDING_STEPS * STEP_MILLIS)

    def _place(self, at: int, moved: Mapping[int, Estimate], circuit: Circuit) -> None:
        distances = [self.cars[number].distance_dm or 0.0 for number in moved]
        points = circuit.outline.point_at(np.array(distances)).round().astype(int).tolist()
        for number, distance, (x, y) in zip(moved, distances, points, strict=True):
            if moved[number].in_pit and circuit.pit_lane is not None:
                x, y = _in_lane(distance, circuit)
            self._tell(number, at, x, y)

    def _tell(self, number: int, at: int, x: int, y: int) -> None:
        one = self.cars[number]
        one.at, one.x, one.y = at, x, y
        one.first_at = at if one.first_at is None else one.first_at
        self.until[number] = at
        self._told.append((number, at, x, y))

    def take(self, samples: Samples) -> None:
        """Take in what is measured of cars that are estimated.

        What comes late, of before the first estimate, is told as it is; of after it is not.
        """
        columns = (samples.drivers, samples.instants, samples.xs, samples.ys)
        for number, at, x, y in zip(*(column.tolist() for column in columns), strict=True):
            one = self.cars[number]
            one.measured_at = max(one.measured_at, at)
            if at > one.at:
                one.measured.append((at, x, y))
            elif one.first_at is None or at < one.first_at:
                self._released.append((number, at, x, y))

    def return_cars(self, circuit: Circuit | None) -> None:
        """Let cars that are measured again glide to where they are."""
        for number, one in list(self.cars.items()):
            while one.measured and number in self.cars:
                sample = one.measured.pop(0)
                if (
                    circuit is None
                    or one.distance_dm is None
                    or self._has_met(one, sample, circuit)
                ):
                    self._released += [(number, *s) for s in (sample, *one.measured)]
                    del self.cars[number]
                elif sample[0] - one.at >= _BLEND_MILLIS:
                    self._blend(number, sample, circuit)
                one.passed = sample

    def _has_met(self, one: _Shown, sample: tuple[int, int, int], circuit: Circuit) -> bool:
        """Tell whether a car can be shown where it is measured without a jump."""
        at, x, y = sample
        one.back_since = at if one.back_since is None else one.back_since
        if hypot(x - one.x, y - one.y) > MAX_SPEED * (at - one.at):
            return False
        ahead = self._ahead(one, sample, circuit)
        return ahead >= -_SLACK_DM or at - one.back_since > _BLENDED_MILLIS

    def _ahead(self, one: _Shown, sample: tuple[int, int, int], circuit: Circuit) -> float:
        """Return how far ahead of where it is shown a car is measured."""
        along, _ = circuit.outline.locate_one(float(sample[1]), float(sample[2]))
        return wrapped(along - (one.distance_dm or 0.0), circuit.outline.length_dm)

    def _blend(self, number: int, sample: tuple[int, int, int], circuit: Circuit) -> None:
        """Show a car nearer to where it is measured; wait where it is beside it or waited for."""
        one, at = self.cars[number], sample[0]
        ahead = self._ahead(one, sample, circuit)
        since = at - (one.back_since or at)
        if abs(ahead) < _NEAR_DM or since > _BLENDED_MILLIS:
            return
        shown = one.distance_dm or 0.0
        speed = _speed(one.passed, sample)
        length = circuit.outline.length_dm
        one.distance_dm = glide(shown, shown + ahead, speed, at - one.at, length)
        x, y = circuit.outline.point_at(one.distance_dm).round().astype(int).tolist()
        self._tell(number, at, x, y)

    def told(self) -> tuple[Samples, Samples]:
        """Return what was estimated, and what is measured again, since the last call."""
        estimated, released = Samples.sorted(self._told), Samples.sorted(self._released)
        self._told, self._released = [], []
        return estimated, released

    def drop(self, numbers: AbstractSet[int]) -> None:
        """Show some cars no more."""
        for number in numbers:
            self.cars.pop(number, None)


def _speed(before: tuple[int, int, int] | None, sample: tuple[int, int, int]) -> float:
    if before is None or sample[0] <= before[0]:
        return 0.0
    step = hypot(sample[1] - before[1], sample[2] - before[2])
    return min(step / (sample[0] - before[0]), MAX_SPEED)


def _in_lane(distance_dm: float, circuit: Circuit) -> tuple[int, int]:
    """Return where in the pit lane a car is that is so far along the circuit."""
    lane = circuit.pit_lane
    assert lane is not None
    length = circuit.outline.length_dm
    whole = (lane.exit_dm - lane.entry_dm) % length
    share = min(max(wrapped(distance_dm - lane.entry_dm, length) / max(whole, 1.0), 0.0), 1.0)
    x, y = lane.point_at(share * lane.length_dm).round().astype(int).tolist()
    return x, y
