"""A gateway that is about to be stopped: its clients go, and lose nothing before."""

import asyncio
import sys

import grpc
import pytest
import pytest_asyncio
from running_gateway import GATEWAY, start_gateway

from racetime.v1 import race_service_pb2, race_service_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def draining(tmp_path, page_root):
    """A gateway of its own: nothing takes a drain back."""
    async with start_gateway(tmp_path, page_root, 1) as started:
        yield started


async def drain(**environ: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(GATEWAY / "drain.py")), env=environ, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 15)
    return process.returncode or 0, said.decode()


async def test_a_drain_sends_clients_away_and_cuts_none(draining):
    service = draining.replicas[0].service
    async with grpc.aio.insecure_channel(draining.target) as channel, asyncio.timeout(30):
        watch = race_service_pb2_grpc.RaceServiceStub(channel).WatchRace(
            race_service_pb2.WatchRaceRequest()
        )
        service.next_message.release()
        assert (await watch.read()).sequence == 1
        port = str(draining.admin_port)
        code, said = await drain(
            RACETIME_GATEWAY_ADMIN_PORT=port, RACETIME_GATEWAY_DRAIN_SECONDS="0"
        )
        assert (code, said) == (0, "")
        ready = await draining.http.get(f"http://127.0.0.1:{port}/ready")
        assert ready.status_code == 503
        late = await draining.http.get("/api/live/snapshot")
        assert (late.status_code, late.headers["connection"]) == (200, "close")
        service.next_message.release()
        assert (await watch.read()).sequence == 2


async def test_a_drain_that_cannot_be_says_why():
    nobody = "http://127.0.0.1:1/healthcheck/fail"
    code, said = await drain(RACETIME_GATEWAY_ADMIN_PORT="1")
    assert code == 1
    assert nobody in said
    code, said = await drain(RACETIME_GATEWAY_DRAIN_SECONDS="soon")
    assert code == 1
    assert "RACETIME_GATEWAY_DRAIN_SECONDS: 'soon'" in said
