"""Amend what was told and turned out otherwise, where merging cannot say so: a message of race
control that is another one now, or none."""

from collections.abc import Mapping

from racetime.v1.race_control_pb2 import RaceControlMessage
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord

# A message by its offset and text, and what is to stand in its place: None for nothing.
Amendments = Mapping[tuple[int, str], RaceControlMessage | None]


def amend(record: UpdateRecord, amendments: Amendments) -> bool:
    """Amend a record; return whether it told any of what is amended."""
    if not any(message.encode() in record.timing for _, message in amendments):
        return False
    state = RaceState.FromString(record.timing)
    if not amend_state(state, amendments):
        return False
    record.timing = state.SerializeToString()
    return True


def amend_state(state: RaceState, amendments: Amendments) -> bool:
    """Amend a state; return whether it held any of what is amended."""
    kept, found = [], False
    for told in state.race_control:
        key = (told.race_offset_millis, told.message)
        found |= key in amendments
        message = amendments.get(key, told)
        if message is not None:
            copy = RaceControlMessage()
            copy.CopyFrom(message)
            kept.append(copy)
    if found:
        del state.race_control[:]
        state.race_control.extend(kept)
    return found
