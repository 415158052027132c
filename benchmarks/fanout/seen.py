"""What a viewer makes of a watch: sequences that join on, a state, and how old each update was."""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from benchmarks.fanout.wires import take_events, take_frames
from racetime.v1.race_service_pb2 import ResumePoint, WatchRaceRequest, WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
)

LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY)
_STAMP_BYTES = 8


@dataclass
class Tally:
    """The figures of one viewer."""

    # Received at, and milliseconds since its publication.
    latencies: list[tuple[float, float]] = field(default_factory=list)
    first_state_at: float | None = None
    # Updates that came joined to another one.
    joined: int = 0
    faults: list[str] = field(default_factory=list)


class View(Protocol):
    """What takes the body of an answer in."""

    tally: Tally

    def take(self, at: float, data: bytes) -> None:
        """Take bytes that came at an instant."""
        ...


class RaceView:
    """A watch of RaceTime, all lanes."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.state = RaceState()
        self.sequence = 0
        self.snapshots = 0
        # Samples of motion and telemetry in updates, after the snapshot of this sequence.
        self.samples = 0
        self.joined_at = 0
        self.log: tuple[int, int] | None = None
        self._origin_millis = 0
        self._buffer = bytearray()

    def request(self) -> WatchRaceRequest:
        """Ask from where this view has got to."""
        request = WatchRaceRequest(lanes=LANES)
        if self.log is not None:
            key, revision = self.log
            after = ResumePoint(session_key=key, log_revision=revision, sequence=self.sequence)
            request.after.CopyFrom(after)
        return request

    def cut(self) -> None:
        """Forget what came of a message that was cut off."""
        self._buffer.clear()

    def take(self, at: float, data: bytes) -> None:
        """Take bytes that came at an instant."""
        self._buffer += data
        for message in take_frames(self._buffer):
            self._take(at, WatchRaceResponse.FromString(message))

    def _take(self, at: float, message: WatchRaceResponse) -> None:
        body = message.WhichOneof("body")
        if body == "snapshot":
            self._begin(at, message)
        elif body == "update":
            self._update(at, message)
        elif body == "heartbeat" and message.sequence != self.sequence:
            self.tally.faults.append(f"{self.sequence}, then a heartbeat of {message.sequence}")

    def _begin(self, at: float, message: WatchRaceResponse) -> None:
        self.state.CopyFrom(message.snapshot)
        self.sequence = self.joined_at = message.sequence
        self.log = (message.session_key, message.log_revision)
        self._origin_millis = message.snapshot.session.published_origin_time.ToMilliseconds()
        self.snapshots += 1
        self.samples = 0
        self.tally.first_state_at = self.tally.first_state_at or at

    def _update(self, at: float, message: WatchRaceResponse) -> None:
        first = message.first_sequence or message.sequence
        if first != self.sequence + 1:
            self.tally.faults.append(f"{self.sequence} was followed by {first}")
        self.state.MergeFrom(message.update)
        self.samples += count_samples(message.update)
        self.sequence = message.sequence
        self.tally.joined += message.HasField("first_sequence")
        published = self._origin_millis + message.published_offset_millis
        self.tally.latencies.append((at, at * 1000 - published))


def count_samples(state: RaceState) -> int:
    """Count the positions and the telemetry samples that a partial state holds."""
    motion = sum(len(batch.x_curve_decimeters) for batch in state.motion)
    alone = sum(len(batch.step_difference_millis) + 1 for batch in state.telemetry)
    return motion + alone + sum(len(group.speed_kph) for group in state.telemetry_groups)


class FloorView:
    """The floor's bytes: the stamp is all there is to know."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._buffer = bytearray()

    def take(self, at: float, data: bytes) -> None:
        """Take bytes that came at an instant."""
        self._buffer += data
        for message in take_frames(self._buffer):
            self.tally.first_state_at = self.tally.first_state_at or at
            published = int.from_bytes(message[:_STAMP_BYTES], "big") / 1000
            self.tally.latencies.append((at, at * 1000 - published))


class _Stamp(msgspec.Struct, rename="camel"):
    sequence: int = 0
    published_millis: int = 0


class EventsView:
    """The server-sent events of the baseline."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._sequence: int | None = None
        self._buffer = bytearray()

    def take(self, at: float, data: bytes) -> None:
        """Take bytes that came at an instant."""
        self._buffer += data
        for event in take_events(self._buffer):
            stamp = msgspec.json.decode(event, type=_Stamp)
            if self._sequence is None:
                self.tally.first_state_at = at
            elif stamp.sequence != self._sequence + 1:
                self.tally.faults.append(f"{self._sequence} was followed by {stamp.sequence}")
            else:
                self.tally.latencies.append((at, at * 1000 - stamp.published_millis))
            self._sequence = stamp.sequence
