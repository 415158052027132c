"""Operators record and import through gRPC, and see how far it is."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from shortened import shorten
from wire import Wire
from world import World

from racetime import keys
from racetime.ops.v1 import ops_service_pb2 as ops
from racetime.ops.v1.ops_service_pb2_grpc import OpsServiceStub
from racetime_poller.asker import Asker, NoSession
from racetime_poller.jobs import Jobs
from racetime_poller.lease import Lease
from racetime_poller.ops import OpsService
from racetime_poller.publisher import Publisher, connect, merged
from racetime_poller.race.rows import Instant, SessionRow
from racetime_poller.review import Reviewer
from racetime_poller.server import serve
from racetime_poller.settings import Settings
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import OpenF1
from racetime_simulator.recording import load_recording

KEY = 9845
pytestmark = pytest.mark.chain


class Gate(httpx.AsyncBaseTransport):
    """Lets requests through; those for telemetry, and so all that follow, while it is open."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.open = asyncio.Event()
        self.open.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/car_data":
            await self.open.wait()
        return await self.inner.handle_async_request(request)


@pytest.fixture
async def gate(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The way to a source that has the first laps of a sprint, long over."""
    short, sprint = tmp_path_factory.mktemp("short"), recordings / "2025-qatar-sprint"
    archive = load_recording(shorten(sprint, short, until="2025-11-29T14:07", laps=2))
    world = World(archive, archive.session.end + timedelta(days=1), speed=1.0)
    return Gate(Wire(world))


@pytest.fixture
async def jobs(
    gate: Gate,
    tmp_path: Path,
    valkey_client: Any,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Any]:
    """Jobs of a poller whose source is behind the gate, and an empty Redis."""
    monkeypatch.setenv("RACETIME_POLLER_CIRCUIT_FILES", "off")
    url = valkey_url.replace("valkey://", "redis://")
    settings = Settings(redis_url=url, recordings=str(tmp_path))
    async with (
        httpx.AsyncClient(transport=gate, base_url="http://openf1") as client,
        connect(url) as redis,
    ):
        clock = SourceClock()
        await clock.read(client, "/clock")
        asker = Asker(OpenF1(client), Budget(TIERS["local"], clock.seconds), clock)
        yield Jobs(settings, asker), redis


@pytest.fixture
async def desk(jobs: Any) -> AsyncIterator[Any]:
    """A stub of the poller, and its Redis."""
    own, redis = jobs
    service = OpsService(redis, Lease(redis, "one", 60_000), lambda: None, "", jobs=own)
    async with (
        serve("127.0.0.1:0", service) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield OpsServiceStub(channel), redis


async def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        async for _ in call:
            pass
    return raised.value.code(), raised.value.details()


async def test_a_session_that_is_imported_by_its_key_is_watched_before_its_samples_are_there(
    desk: Any, gate: Gate
) -> None:
    stub, redis = desk
    gate.open.clear()
    told, first = [], {}
    async for one in stub.ImportSession(ops.ImportSessionRequest(session_key=KEY)):
        told.append(one)
        if one.sequence and not gate.open.is_set():
            first = await redis.hgetall(keys.meta(KEY))
            assert await redis.hexists(keys.SESSIONS, str(KEY))
            assert merged(await redis.get(keys.head(KEY))).positions
            gate.open.set()
    stages = [one.stage for one in told]
    assert stages == sorted(stages)
    assert set(stages) >= {ops.IMPORT_STAGE_RECORDING, ops.IMPORT_STAGE_IMPORTING}
    assert told[-1].complete
    assert told[-1].progress == 1.0
    assert told[-1].row_count > 1_000
    assert [one.progress for one in told] == sorted(one.progress for one in told)
    assert await redis.xlen(keys.log(KEY)) > told[-1].sequence
    last = await redis.hgetall(keys.meta(KEY))
    assert int(last[keys.META_LOG_REVISION]) > int(first[keys.META_LOG_REVISION])
    assert await redis.ttl(keys.log(KEY)) == -1, "it stays"
    again = [one async for one in stub.RecordSession(ops.RecordSessionRequest(session_key=KEY))]
    assert again[-1].complete
    before = children()
    from_folder = stub.ImportSession(ops.ImportSessionRequest(folder=str(KEY)))
    assert (await anext(aiter(from_folder))).stage == ops.IMPORT_STAGE_IMPORTING
    from_folder.cancel()
    await ended(before)


async def test_what_cannot_be_imported_is_refused_by_its_reason(desk: Any, tmp_path: Path) -> None:
    stub, redis = desk
    (tmp_path / "empty").mkdir()
    for request, code in (
        (ops.ImportSessionRequest(), grpc.StatusCode.INVALID_ARGUMENT),
        (ops.ImportSessionRequest(session_key=1, folder="x"), grpc.StatusCode.INVALID_ARGUMENT),
        (ops.ImportSessionRequest(folder="../.."), grpc.StatusCode.INVALID_ARGUMENT),
        (ops.ImportSessionRequest(folder="a\0b"), grpc.StatusCode.INVALID_ARGUMENT),
        (ops.ImportSessionRequest(folder="x" * 70_000), grpc.StatusCode.INVALID_ARGUMENT),
        (ops.ImportSessionRequest(folder="empty"), grpc.StatusCode.INVALID_ARGUMENT),
        (ops.ImportSessionRequest(session_key=1), grpc.StatusCode.NOT_FOUND),
    ):
        found, text = await refused(stub.ImportSession(request))
        assert (found, bool(text)) == (code, True), request
    await redis.set(keys.LIVE, str(KEY))
    live = ops.ImportSessionRequest(session_key=KEY)
    assert (await refused(stub.ImportSession(live)))[0] is grpc.StatusCode.FAILED_PRECONDITION
    record = ops.RecordSessionRequest()
    assert (await refused(stub.RecordSession(record)))[0] is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_log_is_built_anew_from_what_the_source_has_now(jobs: Any, tmp_path: Path) -> None:
    own, redis = jobs
    # Of an attempt that was cut off.
    (tmp_path / f"repaired-{KEY}").mkdir()
    (tmp_path / f"repaired-{KEY}" / "manifest.json").write_text("{}")
    await own.rebuild(KEY)
    assert await redis.xlen(keys.log(KEY)) > 300
    assert os.listdir(tmp_path) == []
    # What was built so needs no correction.
    other = SessionRow(1, 1, "Race", Instant(0))
    reviewer = Reviewer(Publisher(redis, 1), own.asker, lambda: other, lambda: False, own.rebuild)
    await reviewer.look()
    assert reviewer.reviews[KEY].outcome == "nothing has changed"
    with pytest.raises(NoSession):
        await own.rebuild(1)


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def ended(before: set[str]) -> None:
    """Wait until no other process is left."""
    for _ in range(200):
        if not children() - before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a process is left")


async def test_an_import_that_is_cancelled_leaves_nothing_unfinished(desk: Any) -> None:
    stub, redis = desk
    before = children()
    call = stub.ImportSession(ops.ImportSessionRequest(session_key=KEY))
    await call.read()
    # The first log is in its place long before it is complete.
    while not await redis.exists(keys.head(KEY)):  # noqa: ASYNC110 - Redis tells nobody
        await asyncio.sleep(0.01)
    assert children() - before
    call.cancel()
    await ended(before)
    assert not await redis.exists(keys.head(KEY))
