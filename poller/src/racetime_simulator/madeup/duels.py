"""Cars that meet in a simulated race: they follow, attack, let others by."""

import numpy as np

from racetime_simulator.madeup.cars import Cars
from racetime_simulator.madeup.circuit import Floats
from racetime_simulator.madeup.motion import Bools, Integers
from racetime_simulator.madeup.trace import BlueFlag


def race_each_other(cars: Cars, now: float, pace: Floats, *, bunched: bool, quiet: bool) -> None:
    """Let cars follow one another; bunched behind a safety car, without attacks where quiet."""
    around = np.flatnonzero(~cars.out & ~cars.in_lane & ~cars.parked)
    if len(around) < 2:
        return
    place = cars.u[around] % cars.lap_seconds
    own = around[np.argsort(place, kind="stable")]
    ahead = np.roll(own, -1)
    difference = cars.u[ahead] - cars.u[own]
    gap = difference % cars.lap_seconds
    laps_up = np.rint((difference - gap) / cars.lap_seconds)
    reach, aim = (14.0, 0.55) if bunched else (2.5, 0.42 if now > 60 else 0.22)
    yields = (laps_up < 0) & (not quiet)
    _wave_blue(cars, now, ahead[yields & (gap < 1.1)], pace)
    attacking = cars.target[own] == ahead
    follows = (gap < reach) & ~yields & ~attacking
    if bunched:
        follows &= own != own[np.argmax(cars.u[own])]
    limit = np.maximum(cars.pace[ahead] + (gap - aim) / (4.0 if bunched else 2.5), 0.0)
    dirty = 1 - 0.0035 * np.clip(1.2 - gap, 0, 1)
    pace[own] = np.where(follows, np.minimum(pace[own] * dirty, limit), pace[own])
    if quiet:
        cars.target[:] = -1
    else:
        _attack(cars, now, own, ahead, gap, follows & (laps_up == 0))
    _carry_attacks(cars, now, pace)


def _wave_blue(cars: Cars, now: float, lapped: Integers, pace: Floats) -> None:
    pace[lapped] *= 0.988
    for car in lapped.tolist():
        if now > cars.blue_until[car] and not cars.finished[car]:
            cars.blue_until[car] = now + 40
            cars.blue_flags.append(BlueFlag(car, now))


def _attack(
    cars: Cars, now: float, own: Integers, ahead: Integers, gap: Floats, follows: Bools
) -> None:
    edge = (cars.free[own] - cars.free[ahead]) * cars.lap_seconds
    opening = now < 60
    fast = cars.circuit.speed_at(cars.circuit.meters_at(cars.u[own] % cars.lap_seconds)) > 68
    willing = follows & fast & (gap < 0.85) & (now > cars.rest_until[own])
    willing &= (edge > (-0.4 if opening else 0.45)) & ~cars.finished[own]
    willing &= (cars.target[own] < 0) & (cars.target[ahead] < 0) & (now > 6)
    chance = cars.random.random(len(own)) < (0.16 if opening else 0.12)
    for place in np.flatnonzero(willing & chance).tolist():
        car = own[place]
        cars.target[car] = ahead[place]
        cars.attack_end[car] = now + 13
        cars.rest_until[car] = now + float(cars.random.uniform(18, 45))


def _carry_attacks(cars: Cars, now: float, pace: Floats) -> None:
    for car in np.flatnonzero(cars.target >= 0).tolist():
        other = int(cars.target[car])
        passed = cars.u[car] > cars.u[other] + 0.35
        if passed or now > cars.attack_end[car] or cars.in_lane[other] or cars.out[other]:
            cars.target[car] = -1
            if passed:
                cars.rest_until[other] = now + 25
            continue
        pace[other] *= 0.975
        pace[car] = max(pace[car], pace[other]) * 1.045
    wide = np.where(cars.target >= 0, 3.4, 0.0)
    cars.aside += np.clip(wide - cars.aside, -0.5, 0.5)
