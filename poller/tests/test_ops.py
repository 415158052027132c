"""What operators ask, over a real gRPC server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from fakeredis import FakeAsyncRedis
from grpc_health.v1 import health_pb2, health_pb2_grpc

from racetime import keys
from racetime.ops.v1 import ops_service_pb2 as ops
from racetime.ops.v1.ops_service_pb2_grpc import OpsServiceStub
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.broadcast import Broadcast
from racetime_poller.fetcher import EndpointStats, Fetcher
from racetime_poller.intake import Intake
from racetime_poller.lease import Lease
from racetime_poller.ops import OpsService
from racetime_poller.publisher import Publisher, RedisError, connect
from racetime_poller.race.rows import Instant, SessionRow
from racetime_poller.review import Review
from racetime_poller.server import PortTaken, serve
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import decode
from racetime_poller.sources.openf1 import OpenF1
from racetime_poller.sources.schedule import Schedule
from racetime_poller.status import activity

T0 = 1_742_000_000_000


@pytest.fixture
async def desk(valkey_client: Any, valkey_url: str) -> AsyncIterator[Any]:
    """A server, its stub, its Redis; `following` is what the poller follows."""
    async with connect(valkey_url.replace("valkey://", "redis://")) as redis, _desk(redis) as desk:
        yield desk


@asynccontextmanager
async def _desk(redis: Any) -> AsyncIterator[Any]:
    lease = Lease(redis, "one", 60_000)
    with suppress(RedisError):
        await lease.renew()
    found = SimpleNamespace(redis=redis, lease=lease, following=None)
    service = OpsService(redis, lease, lambda: found.following, "http://openf1")
    found.service = service
    async with (
        serve("127.0.0.1:0", service) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        found.stub, found.channel, found.port = OpsServiceStub(channel), channel, port
        yield found


def follow(desk: Any) -> Intake:
    intake = Intake.of(SessionRow(9, 3, "Race", Instant(T0)))
    clock = SourceClock()
    broadcast = Broadcast(Publisher(desk.redis, 1), intake, clock, 500, 30, sequence=17)
    fetcher = Fetcher(
        OpenF1(None),  # type: ignore[arg-type]
        Budget(TIERS["free"], clock.seconds),
        clock,
        intake,
        Schedule.of("free", is_race=True, speed=1.0),
        True,
        lambda: None,
    )
    desk.following = fetcher, broadcast
    return intake


async def write_log(desk: Any, key: int, *, live: bool = False) -> None:
    publisher = Publisher(desk.redis, 1)
    await publisher.open(key, 5)
    part = RaceState(session=Session(session_key=key)).SerializeToString()
    await publisher.publish(key, 1, T0, UpdateRecord(sequence=1, timing=part), None)
    await publisher.set_live(Session(session_key=key))
    if not live:
        await desk.redis.set(keys.LIVE, "1")


async def test_a_poller_that_follows_nothing_says_so(desk: Any) -> None:
    status = await desk.stub.GetStatus(ops.GetStatusRequest())
    assert not status.HasField("session_key")
    assert status.source == "http://openf1"
    assert (status.lease.holder, status.lease.epoch, status.lease.held_here) == ("one", 1, True)


async def test_the_status_tells_endpoints_budget_and_what_was_set_aside(desk: Any) -> None:
    intake = follow(desk)
    fetcher, _ = desk.following
    fetcher.stats["laps"] = EndpointStats(4, 1, "Unavailable: HTTP 502")
    intake.apply("laps", decode("laps", b'[{"lap_number":3},17]'), T0)
    fetcher.budget.pause(9)
    status = await desk.stub.GetStatus(ops.GetStatusRequest())
    assert (status.session_key, status.sequence) == (9, 17)
    laps = next(one for one in status.endpoints if one.endpoint == "laps")
    assert (laps.request_count, laps.failure_count) == (4, 1)
    assert laps.last_failure == "Unavailable: HTTP 502"
    assert not laps.HasField("age_seconds")
    assert status.budget.per_minute == 30
    assert 0 < status.budget.pause_seconds <= 9
    assert [(one.endpoint, one.reason, one.count) for one in status.set_aside] == [
        ("laps", "shape", 2)
    ]


async def test_what_is_read_again_is_told(desk: Any) -> None:
    desk.service._reviews = {
        9: Review(9, 2, T0, "corrected"),
        8: Review(8, 5, None, "nothing has changed"),
    }
    reviews = (await desk.stub.GetStatus(ops.GetStatusRequest())).reviews
    told = [(one.session_key, one.done_count, one.outcome) for one in reviews]
    assert told == [(8, 5, "nothing has changed"), (9, 2, "corrected")]
    assert not reviews[0].HasField("due_time")
    assert reviews[1].due_time.seconds == T0 // 1000


async def test_logs_are_listed(desk: Any) -> None:
    assert list((await desk.stub.ListLogs(ops.ListLogsRequest())).logs) == []
    await write_log(desk, 8)
    await write_log(desk, 9, live=True)
    logs = (await desk.stub.ListLogs(ops.ListLogsRequest())).logs
    assert [(one.session_key, one.sequence, one.entry_count, one.live) for one in logs] == [
        (8, 1, 1, False),
        (9, 1, 1, True),
    ]
    assert logs[0].memory_bytes > 0


async def test_the_live_log_stays_and_another_goes(desk: Any) -> None:
    await write_log(desk, 8)
    await write_log(desk, 9, live=True)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await desk.stub.DropLog(ops.DropLogRequest(session_key=9))
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert (await desk.stub.DropLog(ops.DropLogRequest(session_key=8))).dropped
    assert not (await desk.stub.DropLog(ops.DropLogRequest(session_key=8))).dropped
    assert not await desk.redis.exists(keys.log(8), keys.head(8), keys.meta(8))
    assert await desk.redis.exists(keys.log(9))
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await desk.stub.DropLog(ops.DropLogRequest())
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_without_jobs_importing_is_not_offered(desk: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        async for _ in desk.stub.ImportSession(ops.ImportSessionRequest(session_key=9)):
            pass
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_what_it_does_is_a_sentence(desk: Any) -> None:
    assert activity(None, leads=False, holder="two") == "Waiting: two holds the lease."
    assert activity(None, leads=True, holder="one") == "Looking for a session to follow."
    follow(desk)
    text = activity(desk.following, leads=True, holder="one")
    assert text == "Following Race of ? (9), which has not started. Reading what was before."


async def test_without_redis_the_answer_is_unavailable() -> None:
    nowhere = FakeAsyncRedis(connected=False)
    async with _desk(nowhere) as desk:
        for call in (
            desk.stub.ListLogs(ops.ListLogsRequest()),
            desk.stub.DropLog(ops.DropLogRequest(session_key=9)),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await call
            assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        assert (await desk.stub.GetStatus(ops.GetStatusRequest())).source
    await nowhere.aclose()


async def test_health_is_served(desk: Any) -> None:
    health = health_pb2_grpc.HealthStub(desk.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_port_in_use_is_named(desk: Any) -> None:
    with pytest.raises(PortTaken, match="RACETIME_POLLER_OPS_LISTEN"):
        async with asyncio.timeout(5), serve(f"127.0.0.1:{desk.port}", desk.service):
            pass
