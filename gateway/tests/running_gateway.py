"""A real Envoy and the real page server on free ports, before race services made for the test."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import httpx
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as grpc_health
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from grpc_reflection.v1alpha import reflection

from racetime.ops.v1 import ops_service_pb2, ops_service_pb2_grpc
from racetime.v1 import (
    race_service_pb2,
    race_service_pb2_grpc,
    room_service_pb2,
    room_service_pb2_grpc,
)
from racetime_embedded import programs
from racetime_embedded.children import tied
from racetime_embedded.ports import pick_free

GATEWAY = Path(__file__).resolve().parents[1]
MISSING_SESSION = 404
# Its snapshot never comes.
SLOW_SESSION = 408
DEAD_FEED_MESSAGE = "no rows for 42 s"


class RaceService(race_service_pb2_grpc.RaceServiceServicer):
    """A race service whose answers tell which replica gave them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.feed_is_dead = False
        self.calls: list[str] = []
        self.metadata: dict[str, str | bytes] = {}
        # Calls that a deadline or a client ended before the answer.
        self.cancelled = asyncio.Semaphore(0)
        # A watch sends its next message when the test says so.
        self.next_message = asyncio.Semaphore(0)

    async def GetSnapshot(self, request, context):
        self.calls.append("GetSnapshot")
        self.metadata = dict(context.invocation_metadata())
        if request.session_key == SLOW_SESSION:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.release()
        if request.session_key == MISSING_SESSION:
            await self.fail(context, code_pb2.NOT_FOUND, "no session 404", "SESSION_NOT_FOUND")
        answer = race_service_pb2.GetSnapshotResponse(
            session_key=request.session_key or 9693, sequence=self.number
        )
        answer.state.session.circuit_short_name = "Melbourne" * 200
        if request.session_key > 10_000:
            for number in range(request.session_key):
                answer.state.race_control.add(race_offset_millis=number, message="TRACK CLEAR " * 5)
        return answer

    async def WatchRace(self, request, context):
        self.calls.append("WatchRace")
        for sequence in range(1, 4):
            await self.next_message.acquire()
            yield race_service_pb2.WatchRaceResponse(
                sequence=sequence, heartbeat=race_service_pb2.Heartbeat(period_millis=5000)
            )

    async def WatchEvents(self, request, context):
        yield race_service_pb2.WatchEventsResponse(sequence=self.number, session_key=9693)

    async def ListSessions(self, request, context):
        return race_service_pb2.ListSessionsResponse()

    async def GetSchedule(self, request, context):
        answer = race_service_pb2.GetScheduleResponse()
        answer.sessions.add(session_key=9700)
        return answer

    async def GetCircuit(self, request, context):
        answer = race_service_pb2.GetCircuitResponse()
        answer.circuit.circuit_key = request.circuit_key
        return answer

    async def GetHistory(self, request, context):
        await self.fail(context, code_pb2.UNIMPLEMENTED, "not offered yet", "NOT_OFFERED")

    async def GetHealth(self, request, context):
        self.calls.append("GetHealth")
        if self.feed_is_dead:
            await self.fail(context, code_pb2.UNAVAILABLE, DEAD_FEED_MESSAGE, "FEED_DEAD")
        return race_service_pb2.GetHealthResponse(status="ok", redis="ok", feed="ok")

    async def fail(self, context, code: int, message: str, reason: str) -> None:
        details = any_pb2.Any()
        details.Pack(
            error_details_pb2.ErrorInfo(reason=f"ERROR_REASON_{reason}", domain="racetime")
        )
        status = status_pb2.Status(code=code, message=message, details=[details])
        (grpc_code,) = [known for known in grpc.StatusCode if known.value[0] == code]
        await context.abort(
            grpc_code, message, (("grpc-status-details-bin", status.SerializeToString()),)
        )


class RoomService(room_service_pb2_grpc.RoomServiceServicer):
    """Rooms that agree with whatever is asked."""

    async def CreateRoom(self, request, context):
        room = room_service_pb2.Room(code="K7XQ2M", revision=1, playhead=request.playhead)
        return room_service_pb2.CreateRoomResponse(room=room, key="secret")

    async def SetPlayhead(self, request, context):
        room = room_service_pb2.Room(code=request.code, revision=2, playhead=request.playhead)
        return room_service_pb2.SetPlayheadResponse(room=room)

    async def WatchRoom(self, request, context):
        yield room_service_pb2.WatchRoomResponse(room=room_service_pb2.Room(code=request.code))


@dataclass
class Replica:
    """A gRPC server with the race service, health, reflection, and (wrongly) the operators' one."""

    number: int
    port: int
    service: RaceService
    health: grpc_health.HealthServicer
    server: grpc.aio.Server

    async def set_serving(self, serving: bool) -> None:
        statuses = health_pb2.HealthCheckResponse
        await self.health.set("", statuses.SERVING if serving else statuses.NOT_SERVING)


async def start_replica(
    number: int, port: int = 0, credentials: grpc.ServerCredentials | None = None
) -> Replica:
    # As the api: by default gRPC ends connections that ping more often than each five minutes.
    pinged = [("grpc.http2.min_ping_interval_without_data_ms", 500)]
    idle = [("grpc.keepalive_permit_without_calls", 1)]
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), *pinged, *idle])
    replica = Replica(number, port, RaceService(number), grpc_health.HealthServicer(), server)
    race_service_pb2_grpc.add_RaceServiceServicer_to_server(replica.service, server)
    room_service_pb2_grpc.add_RoomServiceServicer_to_server(RoomService(), server)
    add_HealthServicer_to_server(replica.health, server)
    ops_service_pb2_grpc.add_OpsServiceServicer_to_server(
        ops_service_pb2_grpc.OpsServiceServicer(), server
    )
    names = [
        race_service_pb2.DESCRIPTOR.services_by_name["RaceService"].full_name,
        ops_service_pb2.DESCRIPTOR.services_by_name["OpsService"].full_name,
    ]
    reflection.enable_server_reflection(names, server)
    address = f"127.0.0.1:{port}"
    if credentials is None:
        replica.port = server.add_insecure_port(address)
    else:
        replica.port = server.add_secure_port(address, credentials)
    await replica.set_serving(True)
    await server.start()
    return replica


@contextmanager
def running(log: Path, *command: object, **environ: str) -> Iterator[None]:
    """Run a program; it ends with the test whatever happens, and what it wrote is shown."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            tied([str(word) for word in command]),
            env={**os.environ, **environ},
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()
        print(log.read_text(errors="replace"), file=sys.stderr)


@dataclass
class Gateway:
    """A running gateway and what stands behind it."""

    port: int
    admin_port: int
    replicas: list[Replica]
    config: str
    http: httpx.AsyncClient = field(repr=False)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def stat(self, name: str) -> int:
        answer = await self.http.get(
            f"http://127.0.0.1:{self.admin_port}/stats", params={"filter": f"^{name}$"}
        )
        return int(answer.text.split(":")[1])

    async def healthy_replicas(self) -> int:
        return await self.stat("cluster.api.membership_healthy")

    async def until_healthy(self, count: int) -> None:
        async with asyncio.timeout(15):
            while await self.healthy_replicas() != count:  # noqa: ASYNC110  Envoy tells nobody
                await asyncio.sleep(0.05)


def rendered(**environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(GATEWAY / "render.py")]
    return subprocess.run(command, env=environ, text=True, capture_output=True, check=False)


def render(
    port: int,
    admin_port: int,
    page_port: int,
    replicas: list[Replica],
    environ: Mapping[str, str],
) -> str:
    environ = {
        **environ,
        "RACETIME_GATEWAY_PORT": str(port),
        "RACETIME_GATEWAY_ADMIN_PORT": str(admin_port),
        "RACETIME_GATEWAY_API": ",".join(f"127.0.0.1:{replica.port}" for replica in replicas),
        "RACETIME_GATEWAY_PAGE": f"127.0.0.1:{page_port}",
    }
    done = rendered(**environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def until_answering(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                if (await http.get("/")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


@asynccontextmanager
async def start_gateway(
    folder: Path,
    page_root: Path,
    count: int,
    environ: Mapping[str, str] | None = None,
    credentials: grpc.ServerCredentials | None = None,
    authority: ssl.SSLContext | None = None,
    healthy: int | None = None,
) -> AsyncIterator[Gateway]:
    """Start a gateway with settings; with an authority its port is asked by TLS."""
    async with AsyncExitStack() as stack:
        replicas = [
            await start_replica(number, credentials=credentials) for number in range(1, count + 1)
        ]
        for replica in replicas:
            stack.push_async_callback(replica.server.stop, 0)
        port, admin_port, page_port = pick_free(3)
        config = folder / "envoy.yaml"
        config.write_text(render(port, admin_port, page_port, replicas, environ or {}))
        stack.enter_context(
            running(
                folder / "page.log",
                *(programs.caddy(), "run", "--adapter", "caddyfile"),
                *("--config", GATEWAY / "Caddyfile"),
                RACETIME_PAGE_PORT=str(page_port),
                RACETIME_PAGE_ROOT=str(page_root),
            )
        )
        stack.enter_context(
            running(
                folder / "envoy.log",
                *(programs.envoy(), "-c", config, "--concurrency", 1, "--disable-hot-restart"),
                *("--log-level", "warning"),
            )
        )
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"{'https' if authority else 'http'}://127.0.0.1:{port}",
                timeout=5,
                verify=authority or True,
            )
        )
        gateway = Gateway(port, admin_port, replicas, config.read_text(), http)
        await until_answering(http)
        await gateway.until_healthy(count if healthy is None else healthy)
        yield gateway
