"""The truth: what the log in Redis says that a viewer must have, at each sequence."""

from collections.abc import Iterable, Sequence

from redis import Redis

from benchmarks.fanout.seen import RaceView, count_samples
from racetime import keys
from racetime.lanes import FIELDS
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import LANE_HISTORY, LANE_TIMING, UpdateRecord

_SAMPLES = ("motion", "telemetry", "telemetry_groups")
_KEPT = FIELDS[LANE_TIMING] | FIELDS[LANE_HISTORY]


def canonical(state: RaceState) -> bytes:
    """Write a state so that equal states are equal bytes; samples are counted apart."""
    copy = RaceState()
    copy.CopyFrom(state)
    for field in RaceState.DESCRIPTOR.fields:
        if field.name not in _KEPT:
            copy.ClearField(field.name)
    return copy.SerializeToString(deterministic=True)


def read_log(redis_url: str) -> list[UpdateRecord]:
    """Read all updates of the live session's log."""
    with Redis.from_url(redis_url, legacy_responses=False) as redis:
        key = int(redis.get(keys.LIVE) or 0)  # type: ignore[arg-type]
        entries = redis.xrange(keys.log(key))
    records = [UpdateRecord.FromString(fields[keys.RECORD_FIELD]) for _, fields in entries]
    return [record for record in records if not record.keyframe]


def mismatches(log: Sequence[UpdateRecord], views: Iterable[RaceView]) -> list[str]:
    """Hold what viewers have against the log, each at its own sequence; answer what is wrong."""
    by_sequence: dict[int, list[RaceView]] = {}
    faults: list[str] = []
    for view in views:
        by_sequence.setdefault(view.sequence, []).append(view)
        faults += view.tally.faults
    state, samples = RaceState(), {0: 0}
    for record in log:
        for lane in (record.timing, record.history):
            state.MergeFromString(lane)
        samples[record.sequence] = samples[record.sequence - 1] + _samples(record)
        here = by_sequence.pop(record.sequence, ())
        truth = canonical(state) if here else b""
        for view in here:
            since = samples[record.sequence] - samples[view.joined_at]
            if canonical(view.state) != truth:
                faults.append(f"a viewer has another state at {record.sequence}")
            elif view.samples != since:
                faults.append(f"a viewer has {view.samples} samples of {since}")
    faults += [f"{len(left)} viewers are at {at}: nowhere" for at, left in by_sequence.items()]
    return faults


def _samples(record: UpdateRecord) -> int:
    """Count the samples of an update, those of telemetry by driver."""
    lanes = (record.motion, *record.telemetry.values())
    return sum(count_samples(RaceState.FromString(lane)) for lane in lanes)
