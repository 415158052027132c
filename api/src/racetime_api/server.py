"""Serve the service over gRPC, with health and reflection, and drain it."""

import asyncio
from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from racetime_api.hub import Hub
from racetime_api.service import SERVICE

# After the drain: for the last messages and trailers to go out.
STOP_SECONDS = 1.0
LARGEST_REQUEST_BYTES = 64 * 1024

OPTIONS = (
    # Two servers on one port are a mistake, not a load balancer.
    ("grpc.so_reuseport", 0),
    # Past 1,000 pending calls gRPC drops new ones at random, and after a restart all readers come
    # back at once.
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 40_000),
    # A gateway carries thousands of watches over a few connections.
    ("grpc.max_concurrent_streams", 20_000),
    ("grpc.max_receive_message_length", LARGEST_REQUEST_BYTES),
    ("grpc.max_send_message_length", -1),
    # Find dead connections, and let clients and gateways look for a dead server.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
)


class PortTaken(Exception):
    """The server cannot listen where it should."""


class Server:
    """A gRPC server: it has its port inside `async with`, and serves from start to stop."""

    def __init__(self, listen: str) -> None:
        self.port = 0
        self._listen = listen
        self._health = health_aio.HealthServicer()

    async def __aenter__(self) -> Self:
        # Made here and not earlier: a grpc.aio server belongs to the loop that runs.
        self._server = grpc.aio.server(options=OPTIONS)
        try:
            self.port = self._server.add_insecure_port(self._listen)
        except RuntimeError as error:
            raise PortTaken(f"cannot listen on {self._listen}: is the port in use?") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self, handlers: grpc.GenericRpcHandler) -> None:
        """Serve; to health checks it is not well yet."""
        self._server.add_generic_rpc_handlers((handlers,))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (SERVICE.full_name, _HEALTH_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        await self._say(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._server.start()

    async def say_when_ready(self, ready: asyncio.Event) -> None:
        """Tell health checks that the service serves, once it does."""
        await ready.wait()
        await self._say(health_pb2.HealthCheckResponse.SERVING)

    async def drain(self, hub: Hub, seconds: float) -> None:
        """Send health checks away, tell the watchers to go, and wait for them."""
        await self._health.enter_graceful_shutdown()
        await hub.drain(seconds)

    async def stop(self) -> None:
        """End what still runs."""
        await self._server.stop(STOP_SECONDS)

    async def _say(self, status: "health_pb2.HealthCheckResponse.ServingStatus.ValueType") -> None:
        for name in ("", SERVICE.full_name):
            await self._health.set(name, status)


_HEALTH_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
