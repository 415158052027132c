"""Unpack batches of positions and telemetry."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeVar

from racetime.v1.motion_pb2 import MotionBatch, TelemetryBatch, TelemetryGroup

__all__ = ["Place", "Reading", "group_readings", "instants", "places", "readings"]

_T = TypeVar("_T")

USUAL_STEP_MILLIS = 220
UNKNOWN_GEAR, UNKNOWN_SWITCH, UNKNOWN_THROTTLE = 9, 2, 101
# Whether brake and aid are on, as controls tell it.
_ON = (False, True, None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a car was, in decimetres."""

    driver_number: int
    race_offset_millis: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a car told of itself; None is not known."""

    race_offset_millis: int
    speed_kph: int | None
    gear: int | None
    throttle_percent: int | None
    brake: bool | None
    engine_speed_rpm: int | None
    overtaking_aid: bool | None


def instants(batch: MotionBatch | TelemetryBatch | TelemetryGroup) -> list[int]:
    """Return the instants of a batch as race offsets."""
    steps: Sequence[int] = [usual + USUAL_STEP_MILLIS for usual in batch.step_difference_millis]
    if not steps and not isinstance(batch, TelemetryGroup):
        steps = batch.step_millis
    return list(accumulate(steps, initial=batch.race_offset_millis))


def places(batch: MotionBatch) -> Iterator[Place]:
    """Yield the samples of a batch, car by car. One that does not add up has none."""
    times = instants(batch)
    count = len(times)
    curved = bool(batch.x_curve_decimeters)
    xs = batch.x_curve_decimeters if curved else batch.x_decimeters
    ys = batch.y_curve_decimeters if curved else batch.y_decimeters
    if not len(xs) == len(ys) == count * len(batch.driver_numbers):
        return
    unpacked = _curve if curved else accumulate
    for row, number in enumerate(batch.driver_numbers):
        own = slice(row * count, (row + 1) * count)
        for at, x, y in zip(times, unpacked(xs[own]), unpacked(ys[own]), strict=True):
            yield Place(number, at, x, y)


def readings(batch: TelemetryBatch) -> list[Reading]:
    """Return the samples of a batch of telemetry."""
    times = instants(batch)
    count = len(times)
    engine = _held(list(accumulate(batch.engine_speed_decarpm)), count)
    columns = (
        times,
        _held(list(accumulate(batch.speed_kph)), count),
        *_controls(batch, count),
        [None if value is None else value * 10 for value in engine],
    )
    return [
        Reading(at, speed, gear, throttle, brake, rpm, aid)
        for at, speed, gear, brake, aid, throttle, rpm in zip(*columns, strict=True)
    ]


def group_readings(group: TelemetryGroup) -> dict[int, list[Reading]]:
    """Return the samples of a group by driver number. One that does not add up has none."""
    times = instants(group)
    count, rows = len(times), len(group.driver_numbers)
    columns = (group.speed_kph, group.engine_speed_decarpm, group.controls)
    if any(len(column) != count * rows for column in columns):
        return {}
    found: dict[int, list[Reading]] = {}
    for row, number in enumerate(group.driver_numbers):
        own = slice(row * count, (row + 1) * count)
        speeds, engine, controls = (accumulate(column[own]) for column in columns)
        samples = found.setdefault(number, [])
        for at, speed, decarpm, control in zip(times, speeds, engine, controls, strict=True):
            gear, brake, aid, throttle = _control(control)
            samples.append(Reading(at, speed, gear, throttle, brake, decarpm * 10, aid))
    return found


def _controls(batch: TelemetryBatch, count: int) -> Iterable[Sequence[Any]]:
    """Return gear, brake, aid and throttle of each sample."""
    if batch.controls:
        return zip(*map(_control, _held(batch.controls, count)), strict=True)
    throttle = list(accumulate(batch.throttle_percent))
    lists = (batch.gears, batch.brakes, batch.overtaking_aids, throttle)
    return [_held(one, count) for one in lists]


def _curve(numbers: Sequence[int]) -> Iterable[int]:
    """Return the values of a curve: a value, a step, then how much each step differs."""
    return accumulate((*numbers[:1], *accumulate(numbers[1:])))


def _held(values: Sequence[_T], count: int) -> Sequence[Any]:
    """Return so many values: the last goes on; none are not known."""
    last = values[-1] if len(values) else None
    return [*values[:count], *[last] * (count - len(values))]


def _control(value: int) -> tuple[int | None, bool | None, bool | None, int | None]:
    gear, throttle = value % 10, value // 90
    return (
        None if gear == UNKNOWN_GEAR else gear,
        _ON[value // 10 % 3],
        _ON[value // 30 % 3],
        None if throttle == UNKNOWN_THROTTLE else throttle,
    )
