"""What has been asked is counted, and connections break off as they do in truth."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn

from racetime_simulator.app import abortable, create_app
from racetime_simulator.clock import ManualClock
from racetime_simulator.faults import Faults
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = datetime(2026, 5, 3, 13, tzinfo=UTC)


def _client(openf1: OpenF1, clock: ManualClock, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(openf1, clock, **options))
    return httpx.AsyncClient(transport=transport, base_url="http://openf1")


async def test_the_most_requests_of_a_second_and_a_minute_are_told() -> None:
    openf1, clock = OpenF1(conftest.small_archive(START)), ManualClock(START)
    async with _client(openf1, clock) as client:
        for advance, times in ((0.4, 2), (0.4, 3), (0.4, 1), (30.0, 1), (70.0, 2)):
            for _ in range(times):
                await client.get("/v1/nothing")
            clock.advance(advance)
        await client.post("/token", data={"username": "a", "password": "b"})
        stats = (await client.get("/stats")).json()
    assert stats["requests"] == 10
    # 2, 3 and 1 within 0.8 s, 3 more within the minute; the last one is alone.
    assert (stats["most_per_second"], stats["most_per_minute"]) == (6, 9)
    assert stats["endpoints"] == {"nothing": 9, "token": 1}
    assert stats["statuses"] == {"404": 9, "200": 1}


async def test_logging_in_counts_like_any_request() -> None:
    openf1, clock = OpenF1(conftest.small_archive(START), tier="free"), ManualClock(START)
    async with _client(openf1, clock) as client:
        form = {"username": "a", "password": "b"}
        answered = [(await client.post("/token", data=form)).status_code for _ in range(4)]
        assert answered == [200, 200, 200, 429]
        stats = (await client.get("/stats")).json()
    assert (stats["violations"], stats["limit_per_second"], stats["limit_per_minute"]) == (1, 3, 30)
    assert stats["most_per_second"] == 4, "what is refused was asked all the same"


async def test_faults_are_ordered_while_it_runs() -> None:
    openf1, clock = OpenF1(conftest.small_archive(START)), ManualClock(START)
    async with _client(openf1, clock) as client:
        ordered = await client.post("/faults", content="bad_gateway@10-20,late:0.2")
        assert ordered.json()["faults"] == ["bad_gateway", "late"]
        clock.advance(15)
        assert (await client.get("/v1/sessions")).status_code == 502
        refused = await client.post("/faults", content="nonsense")
        assert refused.status_code == 400
        assert "no such fault: nonsense" in refused.text
        assert (await client.post("/faults", content="")).json()["faults"] == []
        assert (await client.get("/v1/sessions")).status_code == 200


async def test_without_a_network_a_cut_is_what_the_test_makes_of_it() -> None:
    def cut() -> None:
        raise httpx.RemoteProtocolError("closed")

    openf1 = OpenF1(
        conftest.small_archive(START), faults=Faults(frozenset({"cut_connection"}), rate=1.0)
    )
    async with _client(openf1, ManualClock(START)) as client:
        assert (await client.get("/v1/sessions")).status_code == 502
    async with _client(openf1, ManualClock(START), cut=cut) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/v1/sessions")


@asynccontextmanager
async def _served(openf1: OpenF1, speed: float = 1.0) -> AsyncIterator[httpx.AsyncClient]:
    """Serve on a free port."""
    app = abortable(create_app(openf1, ManualClock(START, speed), may_disconnect=True))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn tells it by nothing else
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        await serving


async def test_a_connection_is_cut_before_and_within_the_answer() -> None:
    faults = Faults(frozenset({"cut_connection"}), rate=1.0)
    openf1 = OpenF1(conftest.small_archive(START), faults=faults)
    told: set[str] = set()
    async with _served(openf1) as client:
        for _ in range(12):
            try:
                async with client.stream("GET", "/v1/sessions") as answer:
                    told.add("head")
                    await answer.aread()
            except httpx.TransportError:
                told.add("cut")
            else:
                pytest.fail("the whole answer came")
        seen = faults.injected["cut_connection"]
    assert told == {"head", "cut"}
    assert seen >= 12


async def test_a_slow_body_is_whole_in_the_end() -> None:
    faults = Faults(frozenset({"slow_body"}), rate=1.0)
    openf1 = OpenF1(conftest.small_archive(START), faults=faults)
    async with _served(openf1, speed=100.0) as client, client.stream("GET", "/v1/sessions") as one:
        pieces = [piece async for piece in one.aiter_raw()]
    assert len(pieces) > 1
    assert json.loads(b"".join(pieces))[0]["session_key"] == 7
