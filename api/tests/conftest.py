"""A writer that keeps the contract of the log, a reader of a watch, a service between them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

# So that tests find the modules beside them; pytest's importlib mode adds no folder.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from made_up_log import (
    KEPT_MILLIS,
    ORIGIN_MILLIS,
    SESSION,
    STEP_MILLIS,
    change_at,
    record_of,
)
from reading import Reader

from racetime import keys
from racetime.v1.race_service_pb2 import WatchRaceRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    UpdateRecord,
    UpdateRecords,
)
from racetime_api.api import Api, serving
from racetime_api.metrics import Metrics
from racetime_api.settings import Settings


class Writer:
    """Writes a session's log as the poller does, and knows the truth."""

    def __init__(self, redis: Any, session_key: int = SESSION, log_revision: int = 1) -> None:
        self.redis = redis
        self.session_key = session_key
        self.log_revision = log_revision
        self.sequence = 0
        self.truth = RaceState()
        self._counter = 0
        self._last_id = "0-0"

    @property
    def race_offset_millis(self) -> int:
        return self.sequence * STEP_MILLIS

    async def begin(self, live: bool = True) -> "Writer":
        """Write the first update, its keyframe, and the session into the index."""
        first = change_at(1)
        session = first.session
        session.session_key = self.session_key
        session.log_revision = self.log_revision
        session.origin_time.FromMilliseconds(ORIGIN_MILLIS)
        session.published_origin_time.FromMilliseconds(ORIGIN_MILLIS)
        session.scheduled_start_time.FromMilliseconds(ORIGIN_MILLIS + self.session_key)
        await self.redis.delete(
            *(make(self.session_key) for make in (keys.log, keys.head, keys.meta, keys.keyframes))
        )
        await self.redis.hset(
            keys.SESSIONS, mapping={str(self.session_key): session.SerializeToString()}
        )
        await self.write_state(first)
        await self.keyframe()
        if live:
            await self.redis.set(keys.LIVE, self.session_key)
        return self

    async def write(self, count: int = 1, keyframe_every: int = 0) -> None:
        """Write made-up updates."""
        for _ in range(count):
            await self.write_state(change_at(self.sequence + 1))
            if keyframe_every and self.sequence % keyframe_every == 0:
                await self.keyframe()

    async def write_state(self, state: RaceState) -> None:
        """Write an update."""
        self.sequence += 1
        self.truth.MergeFrom(state)
        await self.publish(record_of(self.sequence, state))

    def lose(self) -> str:
        """Make up an update and write nothing of it; answers where in the log it belongs."""
        self.sequence += 1
        self.truth.MergeFrom(change_at(self.sequence))
        self._counter += 1
        return f"{ORIGIN_MILLIS + self.race_offset_millis}-{self._counter}"

    async def keyframe(self) -> None:
        """Write a keyframe: all there is, and the last seconds of motion."""
        whole = RaceState()
        whole.CopyFrom(self.truth)
        since = self.race_offset_millis - KEPT_MILLIS
        whole.ClearField("motion")
        whole.ClearField("telemetry")
        whole.motion.extend(b for b in self.truth.motion if b.race_offset_millis >= since)
        whole.telemetry.extend(b for b in self.truth.telemetry if b.race_offset_millis >= since)
        await self.publish(record_of(self.sequence, whole, keyframe=True))

    async def publish(self, record: UpdateRecord) -> None:
        """Write a record as it is."""
        self._counter += 1
        millis = ORIGIN_MILLIS + record.race_offset_millis
        self._last_id = f"{millis}-{self._counter}"
        data = UpdateRecords(records=[record]).SerializeToString()
        pipeline = self.redis.pipeline(transaction=True)
        pipeline.xadd(
            keys.log(self.session_key),
            {keys.RECORD_FIELD: record.SerializeToString()},
            id=self._last_id,
        )
        if record.keyframe:
            pipeline.set(keys.head(self.session_key), data)
            pipeline.zadd(
                keys.keyframes(self.session_key), {f"{record.sequence}@{self._last_id}": millis}
            )
        else:
            pipeline.append(keys.head(self.session_key), data)
        meta = {
            keys.META_EPOCH: 1,
            keys.META_SEQUENCE: self.sequence,
            keys.META_LAST_ID: self._last_id,
            keys.META_LOG_REVISION: self.log_revision,
        }
        pipeline.hset(keys.meta(self.session_key), mapping=meta)
        await pipeline.execute()


@dataclass
class Service:
    """A service that runs, and a client of it."""

    api: Api
    metrics: Metrics
    stub: RaceServiceStub
    address: str

    def watch(self, **request: Any) -> Reader:
        """Open a watch."""
        reader = Reader(self.stub.WatchRace(WatchRaceRequest(**request)))
        after = request.get("after")
        if after is not None:
            reader.sequence = after.sequence
        return reader

    def count(self, name: str, **labels: str) -> float:
        """Read a metric."""
        return self.metrics.registry.get_sample_value(f"racetime_api_{name}", labels) or 0.0

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)


Open = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture
def redis_url(valkey_client: Any, valkey_url: str) -> str:
    """Give an empty Redis."""
    return valkey_url.replace("valkey://", "redis://")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Any]:
    """Give a client of it."""
    client = Redis.from_url(redis_url, legacy_responses=False)
    yield client
    await client.aclose()


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """Give settings for tests: a free port, and no waiting."""
    return Settings(
        redis_url=redis_url,
        listen="127.0.0.1:0",
        stream_listen="127.0.0.1:0",
        metrics_listen="",
        heartbeat_seconds=30.0,
    )


@pytest.fixture
def way() -> str:
    """Give the port by which tests ask that do not name one."""
    return "grpc"


@pytest.fixture
def open_service(settings: Settings, way: str) -> Open:
    """Give what runs a service inside `async with`."""

    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[Service]:
        metrics = Metrics()
        async with serving(replace(settings, **changes), metrics) as api:
            listener = api.server.listener
            assert listener is not None
            address = f"127.0.0.1:{listener.port if way == 'stream' else api.server.port}"
            async with grpc.aio.insecure_channel(address) as channel:
                await api.hub.reached.wait()
                if api.hub.live is not None:
                    await api.hub.live.wait_window()
                yield Service(api, metrics, RaceServiceStub(channel), address)

    return opened


@pytest.fixture
async def service(open_service: Open, writer: Writer) -> AsyncIterator[Service]:
    """Give a service that has read the live session."""
    async with open_service() as opened:
        yield opened


@pytest.fixture
def make_writer(redis: Any) -> Callable[..., Writer]:
    """Give what makes writers of sessions."""
    return lambda *args, **named: Writer(redis, *args, **named)


@pytest.fixture
async def writer(redis: Any) -> Writer:
    """Give the writer of a live session that has begun."""
    return await Writer(redis).begin()
