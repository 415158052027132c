"""Clients that mean ill are refused or cut, and nobody beside them notices."""

import random
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest
from chain import Chain
from raw_http import (
    CANCEL,
    GOAWAY,
    HEADERS,
    PING,
    RST_STREAM,
    Http2,
    connect,
    exchange,
    frame,
    grpc_call,
    read_all,
    status,
)
from witness import Witness

from racetime.v1.race_service_pb2 import GetSnapshotRequest
from racetime.v1.update_record_pb2 import LANE_HISTORY

pytestmark = [pytest.mark.chain, pytest.mark.timeout(60)]

SERVICE = "/racetime.v1.RaceService"
WATCH = f"{SERVICE}/WatchRace"
HEARTBEAT_SECONDS = "0.2"
# What Envoy and a replica may grow by; one that keeps what it is sent grows by much more.
MOST_GROWTH_BYTES = 60_000_000
LORISES = 100


@dataclass
class Scene:
    """A chain, and two viewers who ask for nothing wrong."""

    chain: Chain
    busy: Witness
    quiet: Witness
    memory: dict[str, int]

    @property
    def port(self) -> int:
        return self.chain.ports.gateway


def resident_bytes(pid: int) -> int:
    told = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", told)
    assert found
    return int(found[1]) * 1024


def memory(chain: Chain) -> dict[str, int]:
    return {name: resident_bytes(chain.pid(name)) for name in ("gateway", "api-1")}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    environ = {"RACETIME_API_HEARTBEAT_SECONDS": HEARTBEAT_SECONDS}
    folder = tmp_path_factory.mktemp("hostile")
    with Chain(folder, speed=10, replicas=1, environ=environ) as chain:
        chain.until_on_screen()
        quiet = Witness(chain.target, (LANE_HISTORY,))
        with Witness(chain.target) as busy, quiet:
            chain.until("both watch", lambda: busy.updates > 2 and quiet.heartbeats > 0)
            yield Scene(chain, busy, quiet, memory(chain))


@pytest.fixture(scope="module")
def lorises(scene: Scene) -> Iterator[dict[str, list[socket.socket]]]:
    """Clients that have begun to say something and take their time, since the first test."""
    head = b"POST /racetime.v1.RaceService/GetSnapshot HTTP/1.1\r\nhost: localhost\r\n"
    web = b"content-type: application/grpc-web+proto\r\n"
    begun = {
        "headers": head + b"x-slow",
        "body": head + web + b"content-length: 4000\r\n\r\n\0\0",
        "tunnel": b"CONNECT elsewhere:25 HTTP/1.1\r\nhost: elsewhere:25\r\n\r\n",
        "chunks": head + web + b"transfer-encoding: chunked\r\n\r\n5\r\n\0\0",
    }
    held: dict[str, list[socket.socket]] = {kind: [] for kind in begun}
    for kind, said in begun.items():
        for _ in range(LORISES):
            held[kind].append(connect(scene.port))
            held[kind][-1].sendall(said)
    yield held
    for connections in held.values():
        for connection in connections:
            connection.close()


@pytest.fixture(autouse=True)
def nobody_notices(scene: Scene, lorises: object) -> Iterator[None]:
    """Check after each attack that the viewers are told on, and how much memory it took."""
    yield
    told, beats = scene.busy.sequence, scene.quiet.heartbeats
    scene.chain.until("the race goes on", lambda: scene.busy.sequence > told + 1)
    scene.chain.until("hearts beat on", lambda: scene.quiet.heartbeats > beats)
    for viewer in (scene.busy, scene.quiet):
        assert viewer.faults == []
        assert (viewer.cuts, viewer.snapshots) == (0, 1)
    grown = {name: now - scene.memory[name] for name, now in memory(scene.chain).items()}
    assert all(bytes_ < MOST_GROWTH_BYTES for bytes_ in grown.values()), grown


def test_bytes_that_are_no_http_are_refused(scene):
    noise = random.Random(1)
    for _ in range(60):
        answer = exchange(scene.port, noise.randbytes(noise.randrange(1, 4000)) + b"\r\n\r\n")
        assert status(answer) in (0, 400), answer[:200]


ODD = (
    (b"GET / HTTP/1.0\r\n\r\n", {426}),
    (b"GET / HTTP/1.1\r\n\r\n", {400}),
    (b"GET / HTTP/9.9\r\nhost: a\r\n\r\n", {400, 426, 505}),
    (b"FOO / HTTP/1.1\r\nhost: a\r\n\r\n", {400}),
    (b"TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", {405}),
    (b"GET http://evil/api/nothing HTTP/1.1\r\nhost: a\r\n\r\n", {404}),
    (b"GET /api/x/%2e%2e/admin HTTP/1.1\r\nhost: a\r\n\r\n", {404}),
    (b"GET / HTTP/1.1\r\nhost: a\r\nx_under: 1\r\n\r\n", {400}),
    (
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n"
        b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
)


def test_odd_requests_are_refused_by_name(scene):
    for said, statuses in ODD:
        answer = exchange(scene.port, said)
        assert status(answer) in statuses, (said, answer[:300])


def test_header_bombs_are_refused(scene):
    many = b"".join(b"x-%d: 1\r\n" % number for number in range(100))
    one_large = b"x: " + b"y" * 100_000 + b"\r\n"
    some_large = b"".join(b"x-%d: " % number + b"y" * 1000 + b"\r\n" for number in range(40))
    for headers in (many, one_large, some_large) * 20:
        answer = exchange(scene.port, b"GET / HTTP/1.1\r\nhost: a\r\n" + headers + b"\r\n")
        assert status(answer) == 431, answer[:200]


def test_bodies_without_end_are_refused(scene):
    for is_chunked in (False, True):
        refuse_endless_body(scene, is_chunked)


def refuse_endless_body(scene: Scene, is_chunked: bool) -> None:
    length = b"transfer-encoding: chunked" if is_chunked else b"content-length: 200000000"
    head = b"POST " + SERVICE.encode() + b"/GetSnapshot HTTP/1.1\r\nhost: a\r\n"
    head += b"content-type: application/grpc-web+proto\r\n" + length + b"\r\n\r\n"
    piece = b"4000\r\n" + b"\0" * 0x4000 + b"\r\n" if is_chunked else b"\0" * 0x4000
    answer = exchange(scene.port, head + piece * 1000)
    assert status(answer) == 413, answer[:300]


def frames_of(noise: random.Random) -> bytes:
    """Make up frames of gRPC-Web that are wrong in one way or another."""
    request = GetSnapshotRequest(session_key=noise.randrange(1, 9)).SerializeToString()
    length = noise.choice([0, 1, len(request), 2**31, 2**32 - 1])
    flag = noise.choice([0, 1, 2, 0x80, 0x81, 0xFF])
    body = noise.choice([b"", request, noise.randbytes(noise.randrange(300)), request * 50])
    said = bytes([flag]) + length.to_bytes(4, "big") + body
    return said[: noise.randrange(len(said) + 1)] if noise.random() < 0.3 else said


@pytest.mark.parametrize(
    "content_type", ["application/grpc-web+proto", "application/grpc-web-text"]
)
def test_fuzzed_frames_are_answered_and_never_with_a_fault_of_the_server(scene, content_type):
    noise = random.Random(2)
    with httpx.Client(base_url=scene.chain.url, timeout=8) as client:
        for _ in range(50):
            said = frames_of(noise)
            answer = client.post(
                f"{SERVICE}/{noise.choice(['GetSnapshot', 'GetHistory', 'GetCircuit'])}",
                content=said,
                headers={"content-type": content_type},
            )
            assert answer.status_code < 500, (said[:40], answer.status_code, answer.text[:200])
        for said in (
            b"",
            b"\0\0\0\0",
            b"\0\xff\xff\xff\xffx",
            b"\1\0\0\0\1x",
            b"\0\0\0\0\2\xff\xff",
        ):
            answer = client.post(WATCH, content=said, headers={"content-type": content_type})
            assert answer.status_code < 500
            assert answer.headers.get("grpc-status") != "0"


def test_what_operators_use_cannot_be_reached(scene):
    with grpc.insecure_channel(scene.chain.target) as channel:
        for path in (
            "/racetime.ops.v1.OpsService/GetStatus",
            "/racetime.ops.v1.OpsService/DropLog",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            "/grpc.health.v1.Health/Watch",
        ):
            call = channel.unary_unary(path)
            with pytest.raises(grpc.RpcError) as refused:
                call(b"", timeout=5)
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_of_thousands_of_streams_on_a_connection_a_hundred_are_open(scene):
    streams = range(1, 6001, 2)
    with Http2(scene.port) as client:
        client.send(*(grpc_call(stream, WATCH) for stream in streams))
        opened, refused = set(), set()
        for kind, _, stream, _ in client.frames():
            if kind == HEADERS:
                opened.add(stream)
            elif kind == RST_STREAM:
                refused.add(stream)
            if kind == GOAWAY or len(refused) + 100 == len(streams):
                break
        assert len(opened - refused) <= 100
        assert _watchers(scene) <= 102


def test_streams_that_are_opened_and_reset_at_once_end_the_connection(scene):
    reset = CANCEL.to_bytes(4, "big")
    with Http2(scene.port) as client:
        for stream in range(1, 8001, 2):
            client.send(grpc_call(stream, WATCH), frame(RST_STREAM, reset, stream=stream))
        client.send(frame(PING, b"the last"))
        # It may end the connection, or answer to the last.
        for kind, _, _, payload in client.frames():
            if kind == PING and payload == b"the last":
                break
    scene.chain.until("its watches end", lambda: _watchers(scene) == 2)


def _watchers(scene: Scene) -> float:
    metrics = httpx.get(f"http://127.0.0.1:{scene.chain.ports.api_metrics[0]}/metrics").text
    found = re.findall(r"^racetime_api_watchers\{.*\} (\S+)$", metrics, re.MULTILINE)
    return sum(map(float, found))


def test_frames_that_break_the_protocol_end_the_connection(scene):
    noise = random.Random(3)
    with ExitStack() as stack:
        clients = [stack.enter_context(Http2(scene.port)) for _ in range(30)]
        for client in clients:
            kind, flags = noise.randrange(10), noise.randrange(256)
            client.send(frame(kind, noise.randbytes(noise.randrange(200)), flags, 1))
            client.send(frame(noise.randrange(10), noise.randbytes(9), 0, 2), b"\xff" * 100)
        for client in clients:
            # The frames end: else the read would time out.
            for _ in client.frames():
                pass


def test_a_hundred_readers_that_do_not_read_cost_little(scene):
    said = b"GET /api/live/stream HTTP/1.1\r\nhost: a\r\n\r\n"
    connections = [connect(scene.port) for _ in range(100)]
    try:
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(said)
        scene.chain.until("all watch", lambda: _watchers(scene) >= 100)
    finally:
        for connection in connections:
            connection.close()
    scene.chain.until("all are gone", lambda: _watchers(scene) == 2)


def test_who_takes_his_time_is_cut(scene, lorises):
    for kind, connections in lorises.items():
        for answer in map(read_all, connections):
            # Reads to the end: else that would time out.
            told = re.search(rb"grpc-status: ([1-9])", answer)
            assert status(answer) in (0, 408) or told, (kind, answer)
