"""The pit lane of a simulated race: stops, the way to the garage, the queue under a red flag."""

import math

import numpy as np

from racetime_simulator.madeup.cars import Cars
from racetime_simulator.madeup.circuit import PIT_ENTRY_METERS, PIT_EXIT_METERS, PIT_SPEED, Floats
from racetime_simulator.madeup.stewards import Matter
from racetime_simulator.madeup.trace import PitStop
from racetime_simulator.madeup.tyres import change_tyres

_REACHED_METERS = 0.6


def drive_pit_lane(cars: Cars, matter: Matter, now: float, step: float, pace: Floats) -> None:
    """Slow down cars that come in, are in the pit lane, or have just left it."""
    for car in np.flatnonzero(cars.wants_pit | cars.in_lane | cars.leaving).tolist():
        meters, limit = cars.circuit.place_of(float(cars.u[car] % cars.lap_seconds))
        from_line = (meters + cars.circuit.length / 2) % cars.circuit.length
        from_line -= cars.circuit.length / 2
        speed = _lane_speed(cars, matter, car, from_line, now, step)
        if speed is not None:
            pace[car] = min(pace[car], speed / limit)


def _lane_speed(
    cars: Cars, matter: Matter, car: int, from_line: float, now: float, step: float
) -> float | None:
    """Return the speed that the pit lane and its ends allow, None where it allows any."""
    entry = -PIT_ENTRY_METERS - from_line
    if cars.wants_pit[car] and not cars.in_lane[car]:
        if entry > 0:
            return math.sqrt(PIT_SPEED**2 + 2 * 18 * entry) if entry < 500 else None
        if from_line < -150:
            cars.in_lane[car] = True
            cars.wants_pit[car] = False
            cars.entered[car] = now
            cars.target[car] = -1
            cars.stop_end[car] = -1.0
        return PIT_SPEED if cars.in_lane[car] else None
    if cars.in_lane[car]:
        if not np.isnan(cars.waits_at[car]):
            return _queue_speed(cars, car, from_line, now, step)
        return _stop_speed(cars, matter, car, from_line, now, step)
    beyond = from_line - PIT_EXIT_METERS
    if not 0 <= beyond < 450:
        cars.leaving[car] = False
    return math.sqrt(PIT_SPEED**2 + 2 * 9.5 * max(beyond, 0))


def _approach(left: float, step: float) -> float:
    return min(PIT_SPEED, max(1.2, math.sqrt(2 * 7 * left)), left / step)


def _pull_away(since: float) -> float:
    return min(PIT_SPEED, 4 + math.sqrt(2 * 9 * max(since, 0)))


def _queue_speed(cars: Cars, car: int, from_line: float, now: float, step: float) -> float:
    """Wait at the exit until the race goes on."""
    place = float(cars.waits_at[car])
    if now < cars.stop_end[car]:
        left = place - from_line
        return _approach(left, step) if left > _REACHED_METERS else 0.0
    if from_line >= PIT_EXIT_METERS:
        cars.in_lane[car] = False
        cars.leaving[car] = True
        cars.waits_at[car] = np.nan
    return _pull_away(from_line - place)


def _stop_speed(
    cars: Cars, matter: Matter, car: int, from_line: float, now: float, step: float
) -> float:
    if cars.parked[car]:
        return 0.0
    box = float(cars.boxes[car])
    if cars.stop_end[car] < 0 and from_line < box - _REACHED_METERS:
        return _approach(box - from_line, step)
    if cars.stop_end[car] < 0:
        if cars.finished[car]:
            cars.parked[car] = True
            return 0.0
        cars.stationary[car] = 1.9 + round(float(cars.random.exponential(0.45)), 1)
        cars.stationary[car] += matter.serve(car, now, float(cars.stationary[car]))
        cars.stop_end[car] = now + cars.stationary[car]
        change_tyres(cars, car)
    if now < cars.stop_end[car]:
        return 0.0
    if from_line >= PIT_EXIT_METERS:
        _leave_lane(cars, car, now)
    return _pull_away(from_line - box)


def _leave_lane(cars: Cars, car: int, now: float) -> None:
    cars.in_lane[car] = False
    cars.leaving[car] = True
    lap = int(np.floor((cars.u[car]) / cars.lap_seconds))
    stop = PitStop(car, lap, float(cars.entered[car]), now, float(cars.stationary[car]))
    cars.stops.append(stop)
