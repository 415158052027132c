"""Where on its lap a car is when a share of the lap's time is over: cars are not equally fast
everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from racetime_poller.race.memo import remembered
from racetime_poller.race.outline import Floats, Outline

# Evenly spaced distances of a profile: some 25 m apart.
PROFILE_STEPS = 200
# What a car of Formula 1 does at most, as far as an outline of some metres' error tells: fitted to
# measured laps. In metres, seconds.
_MAX_SPEED = 86.0
_MAX_SIDEWAYS = 22.0
_MAX_BRAKING = 25.0
_MAX_PUSH = 13.0
_LEAST_PUSH = 0.05
_USUAL_SPEED = 70.0
_OUTLINE_POINTS = 1000
_BEND_POINTS = 8
# Where in a lap its first quarter ends and its last one begins: a car that is found in the one
# while its time is in the other is on the lap beside.
_QUARTER = 0.25


@dataclass(frozen=True, eq=False)
class Profile:
    """Shares of the lap's time that are over at evenly spaced distances, from 0 to 1."""

    times: Floats
    # What a lap takes, to begin with.
    lap_millis: float

    def distance(self, time_share: Floats | float) -> Floats:
        """Return shares of the lap's way; laps that are over count as ones."""
        whole, part = np.divmod(np.asarray(time_share, dtype=np.float64), 1.0)
        return np.asarray(whole + np.interp(part, self.times, _grid(len(self.times))))

    def time(self, distance_share: Floats | float) -> Floats:
        """Return shares of the lap's time; laps that are over count as ones."""
        whole, part = np.divmod(np.asarray(distance_share, dtype=np.float64), 1.0)
        return np.asarray(whole + np.interp(part, _grid(len(self.times)), self.times))


def _grid(count: int) -> Floats:
    return np.linspace(0.0, 1.0, count)


@remembered(4)
def of_outline(outline: Outline) -> Profile:
    """Reckon the profile from a circuit's bends: cars brake for them and speed up behind them."""
    shares = np.linspace(0.0, 1.0, _OUTLINE_POINTS, endpoint=False)
    points = outline.point_at(shares * outline.length_dm) / 10
    step = outline.length_dm / 10 / _OUTLINE_POINTS
    speeds = np.minimum(_MAX_SPEED, np.sqrt(_MAX_SIDEWAYS / np.maximum(_bends(points), 1e-5)))
    passed = np.concatenate(([0.0], np.cumsum(step / _driven(speeds.tolist(), step))))
    at = np.linspace(0.0, 1.0, _OUTLINE_POINTS + 1)
    times = np.interp(_grid(PROFILE_STEPS + 1), at, passed / passed[-1])
    # Where there are no bends, as on a circle that is no circuit's shape, nothing slows them.
    seconds = max(float(passed[-1]), outline.length_dm / 10 / _USUAL_SPEED)
    return Profile(times, seconds * 1000)


def _bends(points: Floats) -> Floats:
    """Return how much a closed line bends at each of its points, by the metre."""
    width = _BEND_POINTS
    around = [np.roll(points, shift, axis=0) for shift in range(-width, width + 1)]
    smooth = np.mean(around, axis=0)
    ahead, behind = (
        np.roll(smooth, -width, axis=0) - smooth,
        smooth - np.roll(smooth, width, axis=0),
    )
    cross = behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0]
    turned = np.abs(np.arctan2(cross, (ahead * behind).sum(axis=1)))
    apart = (np.linalg.norm(ahead, axis=1) + np.linalg.norm(behind, axis=1)) / 2
    return np.asarray(turned / np.maximum(apart, 1e-9))


def _driven(speeds: list[float], step: float) -> Floats:
    """Return speeds that a car can have one after the other, none above those given."""
    count = len(speeds)
    for place in range(2 * count):
        before = speeds[place % count - 1]
        push = _MAX_PUSH * max(_LEAST_PUSH, 1 - (before / _MAX_SPEED) ** 2)
        speeds[place % count] = min(speeds[place % count], (before**2 + 2 * push * step) ** 0.5)
    for place in range(2 * count, 0, -1):
        after = speeds[place % count]
        slower = (after**2 + 2 * _MAX_BRAKING * step) ** 0.5
        speeds[place % count - 1] = min(speeds[place % count - 1], slower)
    return np.array(speeds)


def lap_times(instants: Floats, distance_shares: Floats, begin: float, end: float) -> Floats | None:
    """Return the shares of a measured lap's time at a profile's distances.

    Samples reach a little beyond the lap; None when they are not those of one whole lap.
    """
    times = (instants - begin) / (end - begin)
    early, late = times < _QUARTER, times > 1 - _QUARTER
    shares = distance_shares.copy()
    shares[early & (shares > 1 - _QUARTER)] -= 1.0
    shares[late & (shares < _QUARTER)] += 1.0
    if len(shares) < 2 or shares[0] > _QUARTER or shares[-1] < 1 - _QUARTER:
        return None
    shares = np.maximum.accumulate(shares)
    return np.interp(_grid(PROFILE_STEPS + 1), shares, times)


def learned(laps: Sequence[Floats], lap_millis: float) -> Profile:
    """Return the profile of measured laps: at each distance the usual share of the time."""
    usual = np.clip(np.median(np.stack(laps), axis=0), 0.0, 1.0)
    usual[0], usual[-1] = 0.0, 1.0
    return Profile(np.maximum.accumulate(usual), lap_millis)
