"""Turn batches of positions and telemetry into messages, packed as motion.proto says."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import starmap
from operator import sub

import numpy as np

from racetime.samples import (
    UNKNOWN_GEAR,
    UNKNOWN_SWITCH,
    UNKNOWN_THROTTLE,
    USUAL_STEP_MILLIS,
)
from racetime.v1.motion_pb2 import (
    MOTION_BASIS_ESTIMATED,
    MOTION_BASIS_UNSPECIFIED,
    MotionBatch,
    TelemetryGroup,
)
from racetime.v1.motion_pb2 import TelemetryBatch as TelemetryMessage
from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.race.batches import Batch
from racetime_poller.race.samples import Integers
from racetime_poller.race.telemetry import TelemetryBatch

_MOST_PERCENT = 100


def motion_message(batch: Batch, origin_at: int) -> MotionBatch:
    """Return a batch of positions as a message."""
    return MotionBatch(
        race_offset_millis=batch.instants[0] - origin_at,
        step_difference_millis=_step_differences(batch.instants),
        driver_numbers=batch.driver_numbers,
        x_curve_decimeters=_curves(batch.xs),
        y_curve_decimeters=_curves(batch.ys),
        basis=MOTION_BASIS_ESTIMATED if batch.estimated else MOTION_BASIS_UNSPECIFIED,
    )


def telemetry_message(batch: TelemetryBatch, origin_at: int) -> TelemetryMessage:
    """Return a batch of telemetry as a message."""
    revolutions = batch.revolutions and [value // 10 for value in batch.revolutions]
    return TelemetryMessage(
        driver_number=batch.driver_number,
        race_offset_millis=batch.instants[0] - origin_at,
        step_difference_millis=_step_differences(batch.instants),
        speed_kph=_differences(batch.speeds),
        engine_speed_decarpm=_differences(revolutions),
        controls=_controls(batch),
    )


def telemetry_of_all(batches: Sequence[TelemetryBatch], origin_at: int) -> RaceState:
    """Return batches of several drivers as one message: those whose every list is known in groups
    by their instants, the others as they are."""
    groups: dict[tuple[int, ...], list[TelemetryBatch]] = defaultdict(list)
    state = RaceState()
    for batch in batches:
        if batch.speeds and batch.revolutions and any(_columns(batch)):
            groups[batch.instants].append(batch)
        else:
            state.telemetry.append(telemetry_message(batch, origin_at))
    for together in groups.values():
        state.telemetry_groups.append(_group(together, origin_at))
    return state


def _group(batches: Sequence[TelemetryBatch], origin_at: int) -> TelemetryGroup:
    instants = batches[0].instants
    group = TelemetryGroup(
        race_offset_millis=instants[0] - origin_at,
        step_difference_millis=_step_differences(instants),
        driver_numbers=[batch.driver_number for batch in batches],
    )
    for batch in batches:
        group.speed_kph.extend(_steps(batch.speeds or ()))
        group.engine_speed_decarpm.extend(_steps([v // 10 for v in batch.revolutions or ()]))
        group.controls.extend(_steps(_all_controls(batch)))
    return group


def _steps(values: Sequence[int]) -> list[int]:
    """Return the first value, then differences."""
    return [values[0], *map(sub, values[1:], values)]


def _step_differences(instants: Sequence[int]) -> list[int]:
    return [step - USUAL_STEP_MILLIS for step in _steps(instants)[1:]]


def _curves(rows: Integers) -> list[int]:
    """Return, row after row, the first value, the first step, then how much each step differs."""
    steps = np.diff(rows, axis=1, prepend=0)
    steps[:, 2:] -= steps[:, 1:-1].copy()
    found: list[int] = steps.ravel().tolist()
    return found


def _differences(values: Sequence[int] | None) -> list[int]:
    """Return the first value, then differences to the last that changes; nothing of none."""
    steps = _steps(values) if values else []
    while len(steps) > 1 and steps[-1] == 0:
        steps.pop()
    return steps


def _columns(batch: TelemetryBatch) -> tuple[Sequence[int] | None, ...]:
    return (batch.gears, batch.brakes, batch.aids, batch.throttles)


def _controls(batch: TelemetryBatch) -> list[int]:
    """Return what the driver does in one number each, to the last that changes."""
    if not any(_columns(batch)):
        return []
    controls = _all_controls(batch)
    while len(controls) > 1 and controls[-1] == controls[-2]:
        controls.pop()
    return controls


def _all_controls(batch: TelemetryBatch) -> list[int]:
    unknown = (None,) * len(batch.instants)
    return list(starmap(_control, zip(*(one or unknown for one in _columns(batch)), strict=True)))


def _control(gear: int | None, brake: bool | None, aid: bool | None, throttle: int | None) -> int:
    return (
        _within(gear, UNKNOWN_GEAR - 1, UNKNOWN_GEAR)
        + 10 * _within(brake, 1, UNKNOWN_SWITCH)
        + 30 * _within(aid, 1, UNKNOWN_SWITCH)
        + 90 * _within(throttle, _MOST_PERCENT, UNKNOWN_THROTTLE)
    )


def _within(value: int | None, most: int, unknown: int) -> int:
    """Return a value, or what stands for one that is not known or cannot be."""
    return unknown if value is None or not 0 <= value <= most else int(value)
