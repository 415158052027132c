"""gRPC and gRPC-Web through the gateway."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
import yaml

from racetime.v1 import race_service_pb2, race_service_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEMA = Path(__file__).resolve().parents[1] / "racetime.binpb"
SERVICE = "racetime.v1.RaceService"
WEB = {"content-type": "application/grpc-web+proto"}
FRAME_HEADER_BYTES = 5


def frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def frames(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while body:
        length = int.from_bytes(body[1:FRAME_HEADER_BYTES], "big")
        end = FRAME_HEADER_BYTES + length
        found.append((body[0], body[FRAME_HEADER_BYTES:end]))
        body = body[end:]
    return found


async def test_a_grpc_client_gets_a_snapshot(gateway):
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        stub = race_service_pb2_grpc.RaceServiceStub(channel)
        answer = await stub.GetSnapshot(race_service_pb2.GetSnapshotRequest(session_key=7))
    assert answer.session_key == 7


async def test_a_grpc_client_gets_the_reason_of_an_error(gateway):
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        stub = race_service_pb2_grpc.RaceServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetSnapshot(race_service_pb2.GetSnapshotRequest(session_key=404))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert b"ERROR_REASON_SESSION_NOT_FOUND" in dict(caught.value.trailing_metadata()).get(
        "grpc-status-details-bin", b""
    )


async def test_a_grpc_watch_gets_each_message_when_it_is_sent(gateway):
    service = gateway.replicas[0].service
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        stub = race_service_pb2_grpc.RaceServiceStub(channel)
        watch = stub.WatchRace(race_service_pb2.WatchRaceRequest())
        for sequence in (1, 2, 3):
            service.next_message.release()
            assert (await watch.read()).sequence == sequence
        assert await watch.read() is grpc.aio.EOF


async def test_a_grpc_web_watch_gets_each_message_when_it_is_sent_and_then_trailers(gateway):
    service = gateway.replicas[0].service
    request = gateway.http.stream("POST", f"/{SERVICE}/WatchRace", content=frame(b""), headers=WEB)
    service.next_message.release()
    async with request as response:
        chunks = response.aiter_raw()
        for sequence in (1, 2, 3):
            ((flag, message),) = frames(await anext(chunks))
            assert flag == 0
            assert race_service_pb2.WatchRaceResponse.FromString(message).sequence == sequence
            service.next_message.release()
        rest = frames(b"".join([chunk async for chunk in chunks]))
    # The release after the last message is left over.
    await service.next_message.acquire()
    assert [flag for flag, _ in rest] == [0x80]
    assert b"grpc-status:0" in rest[0][1]


async def test_a_watch_is_not_compressed_though_the_browser_offers_to_unpack(gateway):
    service = gateway.replicas[0].service
    for _ in range(3):
        service.next_message.release()
    response = await gateway.http.post(
        f"/{SERVICE}/WatchRace",
        content=frame(b""),
        headers={**WEB, "accept-encoding": "br, gzip"},
    )
    assert "content-encoding" not in response.headers


async def test_grpc_web_works_over_http2_without_tls(gateway):
    command = [
        *(str(Path(sys.executable).parent / "buf"), "curl", "--protocol", "grpcweb"),
        *("--http2-prior-knowledge", "--schema", str(SCHEMA), "-d", '{"sessionKey": 8}'),
        f"http://{gateway.target}/{SERVICE}/GetSnapshot",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(out)["sessionKey"] == 8


async def test_a_watch_has_no_time_limit_and_no_retry(gateway):
    (manager,) = [
        filters["typed_config"]
        for listener in yaml.safe_load(gateway.config)["static_resources"]["listeners"]
        for chain in listener["filter_chains"]
        for filters in chain["filters"]
    ]
    (host,) = manager["route_config"]["virtual_hosts"]
    (watch,) = [route for route in host["routes"] if route["name"] == "watch"]
    assert watch["route"]["timeout"] == "0s"
    assert "retry_policy" not in watch["route"]
    assert "max_stream_duration" not in watch["route"]
    assert float(manager["stream_idle_timeout"].rstrip("s")) > 5 * 2


@pytest.mark.parametrize(
    "path",
    [
        "/racetime.ops.v1.OpsService/GetStatus",
        "/racetime.ops.v1.OpsService/ListLogs",
        "/racetime.ops.v1.OpsService/DropLog",
        "/racetime.ops.v1.OpsService/ImportSession",
        "/RaceTime.Ops.V1.OpsService/GetStatus",
        "//racetime.ops.v1.OpsService/GetStatus",
        "/./racetime.ops.v1.OpsService/GetStatus",
        "/api/../racetime.ops.v1.OpsService/GetStatus",
        "/racetime.v1.RaceService/../racetime.ops.v1.OpsService/GetStatus",
        "/racetime.ops.v1.OpsService%2FGetStatus",
        "/%72acetime.ops.v1.OpsService/GetStatus",
        "/racetime.v1.RaceService/getsnapshot",
        "/racetime.v1.RaceService/GetSnapshot/",
        "/racetime.v1.RaceService/Nothing",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/grpc.health.v1.Health/Watch",
        "/grpc.health.v1.Health/List",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("content_type", ["application/grpc-web+proto", "application/json"])
async def test_what_is_not_public_is_refused(gateway, path, method, content_type):
    response = await gateway.http.request(
        method,
        gateway.http.base_url.copy_with(raw_path=path.encode()),
        content=frame(b""),
        headers={"content-type": content_type},
    )
    # gRPC-Web tells its status in a header: 12 is UNIMPLEMENTED.
    refused = response.status_code in (400, 404, 405)
    assert refused or response.headers.get("grpc-status") == "12", response.text


async def test_ops_is_refused_to_a_grpc_client(gateway):
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        call = channel.unary_unary("/racetime.ops.v1.OpsService/GetStatus")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    # The service behind would say "Method not implemented!".
    assert "not implemented" not in caught.value.details()


async def test_health_of_a_replica_can_be_asked_for(gateway):
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        call = channel.unary_unary("/grpc.health.v1.Health/Check")
        assert await call(b"") == b"\x08\x01"


async def test_a_request_that_is_too_large_is_refused(gateway):
    response = await gateway.http.post(
        f"/{SERVICE}/GetSnapshot", content=frame(b"\0" * 20_000), headers=WEB
    )
    refused = response.status_code == 413 or response.headers.get("grpc-status", "0") != "0"
    assert refused
