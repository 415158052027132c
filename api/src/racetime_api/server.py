"""Serve the service over gRPC, with health and reflection, and drain it."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from racetime_api import rooms, service
from racetime_api.hub import Hub
from racetime_api.settings import Settings
from racetime_api.transport import credentials, options

# After the drain: for the last messages and trailers to go out.
STOP_SECONDS = 1.0


class PortTaken(Exception):
    """The server cannot listen where it should."""


class Server:
    """A gRPC server: it has its port inside `async with`, and serves from start to stop."""

    def __init__(
        self, settings: Settings, interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
    ) -> None:
        self.port = 0
        self._interceptors = interceptors
        self._listen = settings.listen
        self._options = options(settings)
        self._credentials = credentials(settings)
        self._health = health_aio.HealthServicer()

    async def __aenter__(self) -> Self:
        # Made here and not earlier: a grpc.aio server belongs to the loop that runs.
        self._server = grpc.aio.server(interceptors=self._interceptors, options=self._options)
        try:
            self.port = (
                self._server.add_insecure_port(self._listen)
                if self._credentials is None
                else self._server.add_secure_port(self._listen, self._credentials)
            )
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

    async def start(self, *handlers: grpc.GenericRpcHandler) -> None:
        """Serve; to health checks it is not well yet."""
        self._server.add_generic_rpc_handlers(handlers)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*_SERVED, _HEALTH_NAME, reflection.SERVICE_NAME)
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
        for name in ("", *_SERVED):
            await self._health.set(name, status)


_SERVED = (service.SERVICE.full_name, rooms.SERVICE.full_name)
_HEALTH_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
