"""Fold records into a keyframe, for logs whose writer has stopped making them.

The only place that parses lanes and writes them anew.
"""

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from racetime.v1.race_state_pb2 import RaceState
from racetime_api.record import Record

# Motion and telemetry that a keyframe keeps.
KEPT_MILLIS = 10_000


class Unreadable(Exception):
    """What a lane holds is no race state."""


def fold(records: Sequence[Record]) -> Record:
    """Merge a keyframe and the updates after it into one as of the last; may raise Unreadable."""
    newest = records[-1]
    since = newest.race_offset_millis - KEPT_MILLIS
    drivers = sorted({driver for record in records for driver in record.telemetry})
    return Record(
        newest.sequence,
        newest.race_offset_millis,
        newest.published_offset_millis,
        keyframe=True,
        timing=_merged([record.timing for record in records], since),
        motion=_merged([record.motion for record in records], since),
        history=_merged([record.history for record in records], since),
        telemetry={
            driver: _merged([record.telemetry.get(driver, b"") for record in records], since)
            for driver in drivers
        },
    )


def _merged(lanes: Sequence[bytes], since_millis: int) -> bytes:
    state = parsed(lanes)
    motion = [batch for batch in state.motion if batch.race_offset_millis >= since_millis]
    telemetry = [batch for batch in state.telemetry if batch.race_offset_millis >= since_millis]
    state.ClearField("motion")
    state.ClearField("telemetry")
    state.motion.extend(motion)
    state.telemetry.extend(telemetry)
    return state.SerializeToString()


def parsed(lanes: Sequence[bytes]) -> RaceState:
    """Merge lanes by joining their bytes; raise Unreadable when that is no race state."""
    try:
        return RaceState.FromString(b"".join(lanes))
    except DecodeError as error:
        raise Unreadable(f"a lane is no race state: {error}") from error
