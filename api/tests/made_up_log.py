"""A made-up log: what each of its updates changes, and states to compare."""

from collections.abc import Iterable

from racetime import lanes
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
    UpdateRecord,
)

SESSION = 9693
ORIGIN_MILLIS = 1_742_090_400_000
STEP_MILLIS = 250
KEPT_MILLIS = 10_000
COMPARED_MILLIS = 5_000
ALL_LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY)


def pick(state: RaceState, chosen: Iterable[int]) -> RaceState:
    """Keep only the fields of some lanes."""
    wanted = frozenset().union(*(lanes.FIELDS[lane] for lane in chosen))
    picked = RaceState()
    picked.CopyFrom(state)
    for field in RaceState.DESCRIPTOR.fields:
        if field.name not in wanted:
            picked.ClearField(field.name)
    return picked


def canonical(state: RaceState, race_offset_millis: int, drivers: Iterable[int] = ()) -> bytes:
    """Write a state so that equal ones are equal bytes; of motion only the last seconds."""
    since = race_offset_millis - COMPARED_MILLIS
    trimmed = RaceState()
    trimmed.CopyFrom(state)
    motion = [b for b in state.motion if b.race_offset_millis >= since]
    telemetry = [
        b
        for b in state.telemetry
        if b.race_offset_millis >= since and (not drivers or b.driver_number in drivers)
    ]
    telemetry.sort(key=lambda b: (b.driver_number, b.race_offset_millis))
    trimmed.ClearField("motion")
    trimmed.ClearField("telemetry")
    trimmed.motion.extend(motion)
    trimmed.telemetry.extend(telemetry)
    return trimmed.SerializeToString(deterministic=True)


def change_at(sequence: int) -> RaceState:
    """Make up the change of one update: something in each lane now and then."""
    offset = sequence * STEP_MILLIS
    state = RaceState()
    state.progress.current_lap = sequence // 10
    state.positions[1 + sequence % 5].position = 1 + sequence % 7
    if sequence % 4 == 0:
        state.race_control.add(race_offset_millis=offset, message=f"NOTE {sequence}")
    if sequence % 2 == 0:
        state.motion.add(
            race_offset_millis=offset,
            driver_numbers=[1],
            x_curve_decimeters=[sequence],
            y_curve_decimeters=[7],
        )
    if sequence % 3 == 0:
        lap = state.laps[1000 + sequence]
        lap.driver_number, lap.lap_number, lap.lap_millis = 1, sequence, 80_000 + sequence
    for driver in (1, 44):
        if sequence % 2 == driver % 2:
            state.telemetry.add(driver_number=driver, race_offset_millis=offset, speed_kph=[300])
    return state


def record_of(sequence: int, state: RaceState, keyframe: bool = False) -> UpdateRecord:
    """Put a state into a record, lane by lane."""
    record = UpdateRecord(
        sequence=sequence,
        race_offset_millis=sequence * STEP_MILLIS,
        published_offset_millis=sequence * STEP_MILLIS + 40,
        keyframe=keyframe,
        timing=pick(state, [LANE_TIMING]).SerializeToString(),
        motion=pick(state, [LANE_MOTION]).SerializeToString(),
        history=pick(state, [LANE_HISTORY]).SerializeToString(),
    )
    for driver in {batch.driver_number for batch in state.telemetry}:
        own = RaceState(telemetry=[b for b in state.telemetry if b.driver_number == driver])
        record.telemetry[driver] = own.SerializeToString()
    return record
