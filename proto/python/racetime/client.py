"""Watch a race: connect, merge, resume. Needs grpcio: `pip install 'racetime-proto[grpc]'`.

    async for race in watch("localhost:8000"):
        print(race.sequence, race.order()[:3])

A race is whole from the first on, and right for as long as it is looked at before the next one.
What cannot heal, such as a session that is not there, is raised as grpc.aio.AioRpcError.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import grpc

from racetime.v1.race_service_pb2 import ResumePoint, WatchRaceRequest, WatchRaceResponse
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import Lane

__all__ = ["Race", "watch"]

# What heals by itself: the server or the way to it is gone or full.
_HEALS = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    }
)
# Who waits twice as long each time comes late to a gateway that was away for two seconds.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _PAUSE_GROWTH = 0.2, 5.0, 1.5
# A stream that is silent for so many heartbeats is dead; before the first one, for so long.
_HEARTBEATS = 3
_FIRST_HEARTBEAT_SECONDS = 15.0
# Of motion and telemetry so much is kept.
_KEPT_MILLIS = 30_000


@dataclass(slots=True)
class Race:
    """A race as of a moment: what a watch has brought so far, merged."""

    session_key: int = 0
    log_revision: int = 0
    sequence: int = 0
    state: RaceState = field(default_factory=RaceState)
    # What came last: a part of the state, or all of it when it was replaced.
    update: RaceState = field(default_factory=RaceState)
    _offset_millis: int = 0

    @property
    def race_time(self) -> datetime:
        """Instant of the race that the state describes."""
        origin = self.state.session.origin_time
        return origin.ToDatetime(UTC) + timedelta(milliseconds=self._offset_millis)

    def order(self) -> list[int]:
        """Return the driver numbers, first to last."""
        places = self.state.positions
        return sorted(places, key=lambda number: places[number].position)

    def take(self, message: WatchRaceResponse) -> bool:
        """Take a message in; return whether it brought anything new. Raises Gap."""
        kind = message.WhichOneof("body")
        if kind == "snapshot":
            self.session_key, self.log_revision = message.session_key, message.log_revision
            self.state.CopyFrom(message.snapshot)
            self.update = message.snapshot
        elif kind == "update":
            first = message.first_sequence or message.sequence
            if first > self.sequence + 1:
                raise Gap(f"update {first} after {self.sequence}")
            self.state.MergeFrom(message.update)
            self.update = message.update
            self._trim()
        if kind == "session_change":
            return False
        self.sequence, self._offset_millis = message.sequence, message.race_offset_millis
        return kind in ("snapshot", "update")

    def _trim(self) -> None:
        """Let go of old positions and telemetry, now and then."""
        since = self._offset_millis - _KEPT_MILLIS
        state = self.state
        for batches in (state.motion, state.telemetry, state.telemetry_groups):
            count = 0
            while count < len(batches) and batches[count].race_offset_millis < since:
                count += 1
            if count > len(batches) // 2:
                del batches[:count]


class Gap(Exception):
    """An update is missing: never seen from a server that keeps the contract."""


async def watch(
    target: str,
    *,
    session_key: int | None = None,
    lanes: Sequence[Lane.ValueType] = (),
    driver_numbers: Sequence[int] = (),
    delay: timedelta | None = None,
    start: datetime | None = None,
    speed: float | None = None,
    min_interval: timedelta | None = None,
    credentials: grpc.ChannelCredentials | None = None,
) -> AsyncGenerator[Race]:
    """Yield the race whenever it has changed, through reconnects, for ever.

    `target` is host:port of a gateway or a replica; `credentials` are for TLS. Without a session
    it is the live one; `delay` keeps that far behind it, `start` and `speed` replay from an
    instant. The other arguments are fields of WatchRaceRequest, which says what they mean.

    Raises grpc.aio.AioRpcError for what cannot heal.
    """
    request = WatchRaceRequest(
        session_key=session_key,
        lanes=lanes,
        driver_numbers=driver_numbers,
        speed=speed,
        min_interval_millis=None if min_interval is None else _millis(min_interval),
    )
    if delay is not None:
        request.delay_millis = _millis(delay)
    elif start is not None:
        request.race_time.FromDatetime(start)
    race, pause = Race(), _FIRST_PAUSE_SECONDS
    while True:
        async with aclosing(_once(target, _resumed(request, race), race, credentials)) as told:
            async for _ in told:
                pause = _FIRST_PAUSE_SECONDS
                yield race
        await asyncio.sleep(pause * (0.5 + random.random() / 2))
        pause = min(_PAUSE_GROWTH * pause, _LONGEST_PAUSE_SECONDS)


def _millis(span: timedelta) -> int:
    return round(span / timedelta(milliseconds=1))


def _resumed(request: WatchRaceRequest, race: Race) -> WatchRaceRequest:
    """Return a request that goes on where the race is."""
    resumed = WatchRaceRequest()
    resumed.CopyFrom(request)
    if not race.session_key or request.HasField("delay_millis"):
        return resumed
    if request.HasField("race_time"):
        resumed.race_time.FromDatetime(race.race_time)
        return resumed
    point = ResumePoint(
        session_key=race.session_key, log_revision=race.log_revision, sequence=race.sequence
    )
    resumed.after.CopyFrom(point)
    return resumed


async def _once(
    target: str,
    request: WatchRaceRequest,
    race: Race,
    credentials: grpc.ChannelCredentials | None,
) -> AsyncGenerator[None]:
    """Watch until the stream ends, by itself or by what heals; yield when something has changed."""
    silence_seconds = _FIRST_HEARTBEAT_SECONDS
    channel = (
        grpc.aio.insecure_channel(target)
        if credentials is None
        else grpc.aio.secure_channel(target, credentials)
    )
    async with channel:
        call = RaceServiceStub(channel).WatchRace(request)
        try:
            while True:
                async with asyncio.timeout(silence_seconds):
                    message = await call.read()
                if not isinstance(message, WatchRaceResponse):
                    return
                if message.HasField("heartbeat"):
                    silence_seconds = message.heartbeat.period_millis / 1000 * _HEARTBEATS
                if race.take(message):
                    yield
                elif message.HasField("draining"):
                    return
        except (TimeoutError, Gap):
            return
        except grpc.aio.AioRpcError as error:
            if error.code() not in _HEALS:
                raise
        finally:
            call.cancel()
