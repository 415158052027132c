"""A viewer that checks what it is told: no sequence missing, and a state that ends equal to the
head."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import grpc
from redis import Redis
from redis.cluster import ClusterNode, RedisCluster

from racetime import keys
from racetime.lanes import FIELDS
from racetime.redis_connection import read_cluster
from racetime.v1.race_service_pb2 import ResumePoint, WatchRaceRequest, WatchRaceResponse
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
    Lane,
    UpdateRecord,
    UpdateRecords,
)

SAMPLES = frozenset({"motion", "telemetry", "telemetry_groups"})
ALL_LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY)
RETRY_SECONDS = 0.1


def canonical(
    state: RaceState, lanes: Sequence[Lane.ValueType] = (LANE_TIMING, LANE_HISTORY)
) -> bytes:
    """Write a state so that equal states are equal bytes; samples are left out, they are
    trimmed."""
    copy = RaceState()
    copy.CopyFrom(state)
    for field in RaceState.DESCRIPTOR.fields:
        if not any(field.name in FIELDS[lane] for lane in lanes) or field.name in SAMPLES:
            copy.ClearField(field.name)
    return copy.SerializeToString(deterministic=True)


def open_redis(redis_url: str) -> "Redis | RedisCluster":
    """Open a server, or a cluster."""
    nodes = read_cluster(redis_url)
    if nodes is None:
        return Redis.from_url(redis_url, legacy_responses=False)
    startup = [ClusterNode(*address) for address in nodes.addresses]
    options = {"legacy_responses": False, "require_full_coverage": False, **nodes.options}
    return RedisCluster(startup_nodes=startup, **options)


def read_head(redis_url: str) -> tuple[int, RaceState]:
    """Read the live session's head from Redis: its sequence and its merged state."""
    with open_redis(redis_url) as redis:
        live = redis.get(keys.LIVE)
        head = redis.get(keys.head(int(live or 0)))
    records = UpdateRecords.FromString(head or b"").records
    state = RaceState()
    for record in records:
        for lane in (record.timing, record.history):
            state.MergeFromString(lane)
    return (records[-1].sequence if records else 0), state


def samples_in_log(redis_url: str, session_key: int, after: int, until: int) -> int:
    """Count the samples of motion that the log's updates hold between two sequences."""
    with Redis.from_url(redis_url, legacy_responses=False) as redis:
        entries = redis.xrange(keys.log(session_key))
    count = 0
    for _, entry in entries:
        record = UpdateRecord.FromString(entry[keys.RECORD_FIELD])
        if not record.keyframe and after < record.sequence <= until:
            state = RaceState.FromString(record.motion)
            count += sum(len(batch.x_curve_decimeters) for batch in state.motion)
    return count


class Witness:
    """Watches the live race in a thread of its own, comes back after a cut, and keeps a tally."""

    def __init__(
        self,
        target: str,
        lanes: Sequence[Lane.ValueType] = ALL_LANES,
        *,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self.target = target
        self.lanes = lanes
        self.state = RaceState()
        self.sequence = 0
        self.session_key = 0
        self.log_revision = 0
        self.snapshots = 0
        self.updates = 0
        self.heartbeats = 0
        # Samples of motion in updates, after the snapshot of this sequence.
        self.samples = 0
        self.joined_at = 0
        self.cuts = 0
        self.session_changes: list[tuple[int, int]] = []
        self.faults: list[str] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.longest_silence_seconds = 0.0
        self._told_at = time.monotonic()
        self._channel = (
            grpc.insecure_channel(target)
            if credentials is None
            else grpc.secure_channel(target, credentials)
        )
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._channel.close()
        self._thread.join(5)

    def seen(self) -> tuple[int, bytes]:
        """Answer the newest sequence and the canonical state."""
        with self._lock:
            return self.sequence, canonical(self.state, self.lanes)

    def resume_point(self) -> ResumePoint:
        """Answer what it has, as a watch wants it that goes on."""
        return ResumePoint(
            session_key=self.session_key, log_revision=self.log_revision, sequence=self.sequence
        )

    def _watch(self) -> None:
        stub = RaceServiceStub(self._channel)
        while not self._ended.is_set():
            request = WatchRaceRequest(lanes=self.lanes)
            if self.session_key:
                request.after.CopyFrom(self.resume_point())
            try:
                for response in stub.WatchRace(request):
                    with self._lock:
                        self._take(response)
                self.cuts += 1
            except (grpc.RpcError, ValueError):
                # ValueError: the channel was closed at the end.
                self.cuts += 1
            self._ended.wait(RETRY_SECONDS)

    def _take(self, response: WatchRaceResponse) -> None:
        body = response.WhichOneof("body")
        now = time.monotonic()
        silence, self._told_at = now - self._told_at, now
        self.longest_silence_seconds = max(self.longest_silence_seconds, silence)
        self.heartbeats += body == "heartbeat"
        if body == "snapshot":
            self.state.CopyFrom(response.snapshot)
            self.session_key = response.session_key
            self.log_revision = response.log_revision
            self.snapshots += 1
            self.joined_at = response.sequence
            self.samples = 0
        elif body == "update":
            first = response.first_sequence or response.sequence
            # Who takes all lanes gets every update; others get those that hold something for them.
            lost = first != self.sequence + 1 if self.lanes == ALL_LANES else first <= self.sequence
            if lost:
                self.faults.append(f"{self.sequence} was followed by {first}")
            self.state.MergeFrom(response.update)
            self.updates += 1
            self.samples += sum(len(batch.x_curve_decimeters) for batch in response.update.motion)
        elif body == "session_change":
            change = response.session_change
            self.session_changes.append((change.previous_session_key, change.session_key))
            return
        elif body == "heartbeat" and self.lanes == ALL_LANES and response.sequence != self.sequence:
            self.faults.append(f"{self.sequence} was followed by a heartbeat {response.sequence}")
        self.sequence = (
            max(self.sequence, response.sequence) if body != "snapshot" else response.sequence
        )
