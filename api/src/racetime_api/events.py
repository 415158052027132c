"""Turn the messages of a watch of the history lane into those of a watch of events. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from racetime.v1.history_pb2 import RaceEvent
from racetime.v1.race_service_pb2 import WatchEventsResponse, WatchRaceResponse


@dataclass(frozen=True, slots=True)
class EventWish:
    """Which events a reader wants; all kinds, or those of all drivers, when none is named."""

    kinds: frozenset[int]
    driver_numbers: frozenset[int]

    def wants(self, event: RaceEvent) -> bool:
        """Tell whether a reader is to be told of an event; what turned out untrue has no kind."""
        if not event.ByteSize():
            return True
        if self.kinds and event.kind not in self.kinds:
            return False
        if not self.driver_numbers or not event.HasField("driver_number"):
            return True
        return not self.driver_numbers.isdisjoint({event.driver_number, event.other_driver_number})


@lru_cache(maxsize=256)
def events_message(data: bytes, wish: EventWish) -> bytes | None:
    """Return the message of events that a message of a watch makes, once for the readers that share
    it; None when it makes none."""
    message = WatchRaceResponse.FromString(data)
    kind = message.WhichOneof("body")
    answer = WatchEventsResponse(
        sequence=message.sequence, race_offset_millis=message.race_offset_millis
    )
    if kind == "snapshot":
        answer.session_key, answer.log_revision = message.session_key, message.log_revision
        told = {key: one for key, one in message.snapshot.events.items() if one.ByteSize()}
        _add(answer, told, wish)
    elif kind == "update":
        _add(answer, message.update.events, wish)
    elif kind == "draining":
        answer.draining.CopyFrom(message.draining)
    if kind == "session_change" or (kind == "update" and not answer.events):
        return None
    return answer.SerializeToString()


def _add(answer: WatchEventsResponse, events: Mapping[str, RaceEvent], wish: EventWish) -> None:
    for key, event in events.items():
        if wish.wants(event):
            answer.events[key].CopyFrom(event)
