"""Serve the service over gRPC, with health and reflection, and drain it.

At two ports: gRPC's own server, for whoever asks a replica itself, and one for gateways, whose
connections carry thousands of watches each. The methods are the same.
"""

import asyncio
from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from racetime_api import rooms, service
from racetime_api.http2.health import health_handler
from racetime_api.http2.listener import Listener
from racetime_api.hub import Hub
from racetime_api.settings import Settings
from racetime_api.transport import credentials, options, tls_context

# After the drain: for the last messages and trailers to go out.
STOP_SECONDS = 1.0


class PortTaken(Exception):
    """The server cannot listen where it should."""


class Server:
    """A gRPC server: it has its ports inside `async with`, and serves from start to stop."""

    def __init__(self, settings: Settings) -> None:
        self.port = 0
        self.listener: Listener | None = None
        self._settings = settings
        self._credentials = credentials(settings)
        self._health = health_aio.HealthServicer()

    async def __aenter__(self) -> Self:
        # Made here and not earlier: a grpc.aio server belongs to the loop that runs.
        self._server = grpc.aio.server(options=options(self._settings))
        listen = self._settings.listen
        try:
            self.port = (
                self._server.add_insecure_port(listen)
                if self._credentials is None
                else self._server.add_secure_port(listen, self._credentials)
            )
            if listen := self._settings.stream_listen:
                self.listener = Listener(self._settings, listen, tls_context(self._settings))
        except (RuntimeError, OSError, ValueError, OverflowError) as error:
            raise PortTaken(f"cannot listen on {listen}: is the port in use?") from error
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
        if self.listener is not None:
            await self.listener.start(*handlers, health_handler(self._health))

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
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stop_grpc())
            if self.listener is not None:
                group.create_task(self.listener.stop(STOP_SECONDS))

    async def _stop_grpc(self) -> None:
        await self._server.stop(STOP_SECONDS)

    async def _say(self, status: "health_pb2.HealthCheckResponse.ServingStatus.ValueType") -> None:
        for name in ("", *_SERVED):
            await self._health.set(name, status)


_SERVED = (service.SERVICE.full_name, rooms.SERVICE.full_name)
_HEALTH_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
