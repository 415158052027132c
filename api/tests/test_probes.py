"""What a kubelet is told on the plain port, whatever the service's own port speaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import grpc
import pytest
import trustme
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from racetime.v1.race_service_pb2 import GetSnapshotRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime_api.api import serving
from racetime_api.metrics import Metrics
from racetime_api.probes import LIVE, READY
from racetime_api.server import PortTaken

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
ANY_PORT = "127.0.0.1:0"


@asynccontextmanager
async def probed(port: int) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel


async def told(channel: grpc.aio.Channel, name: str) -> int:
    return (await HealthStub(channel).Check(HealthCheckRequest(service=name))).status


async def test_a_replica_is_ready_and_then_drains_while_it_lives(open_service, writer):
    async with (
        open_service(health_listen=ANY_PORT, drain_seconds=30.0) as service,
        probed(service.api.probes.port) as channel,
        asyncio.timeout(20),
    ):
        updates = HealthStub(channel).Watch(HealthCheckRequest(service=READY))
        while (await updates.read()).status != SERVING:
            pass
        reader = service.watch()
        await reader.read()
        drain = asyncio.create_task(service.api.drain())
        assert (await updates.read()).status == NOT_SERVING
        assert await told(channel, LIVE) == SERVING
        reader.call.cancel()
        await drain


async def test_a_replica_without_redis_lives_is_not_ready_and_says_why(settings, capsys):
    nowhere = replace(settings, redis_url="redis://127.0.0.1:1/0", health_listen=ANY_PORT)
    async with (
        serving(nowhere, Metrics()) as api,
        probed(api.probes.port) as channel,
        asyncio.timeout(20),
    ):
        assert await told(channel, LIVE) == SERVING
        assert await told(channel, READY) == NOT_SERVING
        said = ""
        while "api.redis_unreachable" not in said:
            await asyncio.sleep(0)
            said += capsys.readouterr().out


async def test_the_plain_port_has_nothing_but_health_while_the_other_wants_tls(
    settings, writer, tmp_path
):
    authority = trustme.CA()
    leaf = authority.issue_cert("racetime-api")
    leaf.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    both, ca = str(tmp_path / "both.pem"), str(tmp_path / "ca.pem")
    secured = replace(
        settings, tls_cert=both, tls_key=both, tls_client_ca=ca, health_listen=ANY_PORT
    )
    async with (
        serving(secured, Metrics()) as api,
        probed(api.probes.port) as channel,
        asyncio.timeout(20),
    ):
        assert await told(channel, LIVE) == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await RaceServiceStub(channel).GetSnapshot(GetSnapshotRequest())
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_port_that_is_taken_is_said(open_service, settings, writer):
    async with open_service(health_listen=ANY_PORT) as service:
        taken = replace(settings, health_listen=f"127.0.0.1:{service.api.probes.port}")
        with pytest.raises(PortTaken, match=taken.health_listen):
            async with serving(taken, Metrics()):
                pass
