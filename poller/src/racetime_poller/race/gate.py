"""Which measured positions can be true: no car jumps, stands on a straight, or leaves the circuit.

A car whose samples cannot be true is not believed again until some in a row go together.
"""

from collections import Counter
from dataclasses import dataclass, field
from math import hypot

import numpy as np

from racetime_poller.race.outline import Floats, Outline
from racetime_poller.race.samples import Flags, Integers, Samples
from racetime_poller.race.standing import FAST_DM_PER_MILLI, Standing, table

# Faster than any car: a longer step between two samples is a fault of the feed.
MAX_SPEED_DM_PER_MILLI = 1.1
# Steps of the feed's clock jitter by some tenths of a second.
_JITTER_DM = 250.0
# So many samples that go together are believed, however far off they begin; fewer behind a hole,
# after which a car may be anywhere.
_AGREED = 8
_AGREED_BEHIND_HOLE = 3
# After so many in a row that cannot be true none is believed alone.
_DOUBTS = 4
_HOLE_MILLIS = 1_200
# Farther from the line no car drives, but beside the start line, where the pits are.
_MAX_OFFSET_DM = 800.0
_MAX_PIT_OFFSET_DM = 2_000.0
_PIT_SHARE = 0.12
# When so many samples of all are off the line, it is the line that is wrong.
_LINE_SHARE = 0.4
_LINE_SAMPLES = 200
# So many cars are never in the very same place.
_SAME_PLACE = 5

GARBAGE, FROZEN = "garbage_location", "frozen_location"


@dataclass(slots=True)
class Gate:
    """Lets samples pass in the order in which they come, by car and instant."""

    outline: Outline | None = None
    rejected: Counter[str] = field(default_factory=Counter)
    # Of each car: its newest sample that passed.
    last_at: Integers = field(default_factory=table)
    last_x: Integers = field(default_factory=table)
    last_y: Integers = field(default_factory=table)
    standing: Standing = field(default_factory=Standing)
    # Cars that are not believed, with the samples since that go together.
    _suspects: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    _doubts: Integers = field(default_factory=table)
    # How fast each sample was reached that passed last, in decimetres a millisecond.
    speeds: Floats = field(default_factory=lambda: np.zeros(0))
    # How far from the line each of them is, and where along it as a share; empty without a line.
    offsets: Floats = field(default_factory=lambda: np.zeros(0))
    shares: Floats = field(default_factory=lambda: np.zeros(0))
    _checked: float = 0.0
    _off_line: float = 0.0

    def passed(self, samples: Samples) -> Samples:
        """Return those samples that can be true; none is older than what passed of its car."""
        kept = self._without_pile(samples)
        kept = self._on_line(kept)
        steps = self._steps(kept)
        if self._suspects or self.standing.frozen or not steps.all():
            kept = self._only(kept, self._one_by_one(kept))
        self._note(kept)
        return self._without_frozen(kept)

    def _reject(self, reason: str, count: int) -> None:
        if count:
            self.rejected[reason] += count

    def _without_pile(self, samples: Samples) -> Samples:
        """Leave out places that are told of many cars at once."""
        if len(samples) < _SAME_PLACE:
            return samples
        places = (samples.instants * 1_048_573 + samples.xs) * 1_048_573 + samples.ys
        ordered = np.sort(places)
        if not (ordered[_SAME_PLACE - 1 :] == ordered[: 1 - _SAME_PLACE]).any():
            return samples
        _, place, counts = np.unique(places, return_inverse=True, return_counts=True)
        single = counts[place] < _SAME_PLACE
        self._reject(GARBAGE, int((~single).sum()))
        return samples.only(single)

    def _on_line(self, samples: Samples) -> Samples:
        """Leave out what is far from the circuit, unless that cannot be the circuit."""
        self.offsets = self.shares = np.zeros(0)
        if self.outline is None or not len(samples):
            return samples
        along, offset = self.outline.locate(samples.points)
        share = along / self.outline.length_dm
        self.offsets, self.shares = offset, share
        beside = (share < _PIT_SHARE) | (share > 1 - _PIT_SHARE)
        near = offset < np.where(beside, _MAX_PIT_OFFSET_DM, _MAX_OFFSET_DM)
        fade = max(0.0, 1 - len(samples) / (4 * _LINE_SAMPLES))
        self._checked = self._checked * fade + len(samples)
        self._off_line = self._off_line * fade + int((~near).sum())
        if self._off_line > _LINE_SHARE * max(self._checked, _LINE_SAMPLES):
            return samples
        if near.all():
            return samples
        self._reject(GARBAGE, int((~near).sum()))
        self.offsets, self.shares = offset[near], share[near]
        return samples.only(near)

    def _before(self, samples: Samples) -> tuple[Integers, Integers, Integers]:
        """Return instant and place of the sample before each one of the same car; 0 of none."""
        cars = samples.drivers
        first = samples.firsts
        tables = (
            (self.last_at, samples.instants),
            (self.last_x, samples.xs),
            (self.last_y, samples.ys),
        )
        at, x, y = (
            np.where(first, last[cars], np.concatenate((values[:1], values[:-1])))
            for last, values in tables
        )
        return at, x, y

    def _steps(self, samples: Samples) -> Flags:
        """Tell which samples a car can have reached from the one before."""
        if not len(samples):
            return np.ones(0, dtype=np.bool_)
        at, x, y = self._before(samples)
        step = np.hypot(samples.xs - x, samples.ys - y)
        passed = samples.instants - at
        limit = MAX_SPEED_DM_PER_MILLI * passed + _JITTER_DM
        return np.asarray((at == 0) | ((step <= limit) & (passed <= _HOLE_MILLIS)))

    def _one_by_one(self, samples: Samples) -> Integers:
        """Return the places of samples that can be true, where some cannot."""
        kept: list[int] = []
        newest = {
            number: (int(self.last_at[number]), int(self.last_x[number]), int(self.last_y[number]))
            for number in set(samples.drivers.tolist())
        }
        columns = (samples.drivers, samples.instants, samples.xs, samples.ys)
        for place, (number, *sample) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            one = (sample[0], sample[1], sample[2])
            if self._believed(number, newest[number], one):
                newest[number] = one
                kept.append(place)
            else:
                self._reject(GARBAGE, 1)
        return np.array(kept, dtype=np.int64)

    def _believed(
        self, number: int, last: tuple[int, int, int], sample: tuple[int, int, int]
    ) -> bool:
        near = sample[0] - last[0] <= _HOLE_MILLIS or self._stays(number, sample)
        doubted = self._doubts[number] >= _DOUBTS
        if last[0] == 0 or (near and not doubted and _reachable(last, sample)):
            self._suspects.pop(number, None)
            self._doubts[number] = 0
            return True
        agreed = self._suspects.get(number, [])
        needed = _AGREED_BEHIND_HOLE if _reachable(last, sample) and not doubted else _AGREED
        self._suspects[number] = agreed = (
            [*agreed, sample] if agreed and _reachable(agreed[-1], sample) else [sample]
        )
        if len(agreed) < needed:
            self._doubts[number] += 1
            return False
        del self._suspects[number]
        self._doubts[number] = 0
        return True

    def _stays(self, number: int, sample: tuple[int, int, int]) -> bool:
        """Tell whether a car that stood is still there."""
        stood = self.last_at[number] - self.standing.since[number] > _HOLE_MILLIS
        return bool(stood) and (sample[1], sample[2]) == self.place(number)

    def _note(self, samples: Samples) -> None:
        """Note where the cars are now, and since when they stand."""
        at, x, y = self._before(samples)
        cars = samples.drivers
        moved = (samples.xs != x) | (samples.ys != y)
        speed = np.hypot(samples.xs - x, samples.ys - y) / np.maximum(samples.instants - at, 1)
        speed[at == 0] = 0.0
        self.speeds = speed
        self.standing.moved(cars[moved], samples.instants[moved], speed[moved] > FAST_DM_PER_MILLI)
        self.last_at[cars] = samples.instants
        self.last_x[cars] = samples.xs
        self.last_y[cars] = samples.ys

    def _without_frozen(self, samples: Samples) -> Samples:
        """Leave out cars that stand though they drive."""
        frozen = self.standing.frozen
        for number in self.standing.stopped_at_once(self.last_at):
            if number not in frozen:
                self.freeze(number)
        if not frozen:
            return samples
        there = np.zeros(len(samples), dtype=np.bool_)
        for number, (x, y) in list(frozen.items()):
            own = samples.drivers == number
            same = own & (samples.xs == x) & (samples.ys == y)
            there |= same
            if own.any() and not same.any():
                del frozen[number]
        self._reject(FROZEN, int(there.sum()))
        return self._only(samples, ~there)

    def freeze(self, number: int) -> None:
        """Believe no more of a car while it stands where it is."""
        self.standing.frozen[number] = self.place(number)

    def _only(self, samples: Samples, chosen: Flags | Integers) -> Samples:
        """Return some of the samples; what is known of them goes along."""
        columns = (self.speeds, self.offsets, self.shares)
        self.speeds, self.offsets, self.shares = (
            column[chosen] if len(column) == len(samples) else column for column in columns
        )
        return samples.only(chosen)

    def place(self, number: int) -> tuple[int, int]:
        """Return where a car was last."""
        return int(self.last_x[number]), int(self.last_y[number])

    def near_last(self, samples: Samples) -> Flags:
        """Tell which samples, from before a car's newest one, it can have come from."""
        cars = samples.drivers
        step = np.hypot(samples.xs - self.last_x[cars], samples.ys - self.last_y[cars])
        passed = self.last_at[cars] - samples.instants
        near = step <= MAX_SPEED_DM_PER_MILLI * passed + _JITTER_DM
        return np.asarray(near & ~np.isin(cars, [*self._suspects, *self.standing.frozen]))

    def trusts(self, number: int) -> bool:
        """Tell whether a car's samples are believed now."""
        return number not in self._suspects and number not in self.standing.frozen


def _reachable(last: tuple[int, int, int], sample: tuple[int, int, int]) -> bool:
    step = hypot(sample[1] - last[1], sample[2] - last[2])
    return step <= MAX_SPEED_DM_PER_MILLI * (sample[0] - last[0]) + _JITTER_DM
