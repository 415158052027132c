"""The race as the baselines tell it: JSON, by the names of the contract.

Deltas hold what an update holds. A snapshot holds the whole state but, in favour of the baselines,
not the lap-by-lap tables, and of the samples only those of the newest update.
"""

import json
from typing import Any

from google.protobuf.json_format import MessageToDict

from racetime.lanes import FIELDS
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import LANE_HISTORY, LANE_TIMING, UpdateRecord

SAMPLES = ("motion", "telemetry")
_HISTORY_ONLY = set(FIELDS[LANE_HISTORY]) - set(FIELDS[LANE_TIMING])


class Plain:
    """The state so far, and how to write it."""

    def __init__(self) -> None:
        self._state = RaceState()

    def take(self, update: UpdateRecord, at_millis: int) -> tuple[bytes, bytes]:
        """Merge an update; answer it and the state as JSON, stamped with the instant."""
        delta = RaceState()
        lanes = (update.timing, update.motion, update.history, *update.telemetry.values())
        for lane in lanes:
            delta.MergeFromString(lane)
        for name in SAMPLES:
            self._state.ClearField(name)  # type: ignore[arg-type]
        self._state.MergeFrom(delta)
        shown = RaceState()
        shown.CopyFrom(self._state)
        for name in _HISTORY_ONLY:
            shown.ClearField(name)  # type: ignore[arg-type]
        stamp = {"sequence": update.sequence, "publishedMillis": at_millis}
        return _written(delta, stamp), _written(shown, stamp)


def _written(state: RaceState, stamp: dict[str, Any]) -> bytes:
    return json.dumps({**stamp, "state": MessageToDict(state)}, separators=(",", ":")).encode()
