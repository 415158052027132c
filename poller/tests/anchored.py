"""States of logs that do not begin at the same instant, made comparable."""

from typing import Any

from google.protobuf.message import Message

from racetime.v1.race_state_pb2 import RaceState


def anchored(state: RaceState, like: RaceState) -> RaceState:
    """Return a state whose offsets count from another's origin.

    A log begins by the schedule as it was then, which may have been wrong.
    """
    origin = like.session.origin_time.seconds
    millis = (state.session.origin_time.seconds - origin) * 1000
    if not millis:
        return state
    moved = RaceState()
    moved.CopyFrom(state)
    _move(moved, millis)
    moved.session.origin_time.seconds = origin
    # The one map whose keys are offsets.
    periods = dict(moved.track_periods)
    moved.ClearField("track_periods")
    for key, period in periods.items():
        moved.track_periods[key + millis].CopyFrom(period)
    return moved


def _move(message: Message, millis: int) -> None:
    for field, value in message.ListFields():
        if field.name.endswith("race_offset_millis"):
            setattr(message, field.name, value + millis)
        elif field.message_type is not None:
            for one in _messages(field, value):
                _move(one, millis)


def _messages(field: Any, value: Any) -> list[Message]:
    if field.message_type.GetOptions().map_entry:
        return [one for one in value.values() if isinstance(one, Message)]
    return list(value) if isinstance(value, list) or not isinstance(value, Message) else [value]
