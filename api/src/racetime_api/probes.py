"""Answer the probes of a cluster: gRPC health on a port of its own.

A kubelet speaks no TLS and has no certificate to show, while the service's port may want both. So
this port is plain, and there is nothing on it but health, and reflection that says so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from racetime_api.server import PortTaken

# Whether the process answers at all: a replica that Redis does not answer is not ready, but to
# start it anew would mend nothing.
LIVE = "live"
# Whether it serves; what a check without a name asks.
READY = ""

Status = health_pb2.HealthCheckResponse
_HEALTH_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


class Probes:
    """What probes are told."""

    def __init__(self, port: int, health: health_aio.HealthServicer) -> None:
        self.port = port
        self._health = health

    async def say_when_ready(self, ready: asyncio.Event) -> None:
        """Tell that the service serves, once it does."""
        await ready.wait()
        await self._health.set(READY, Status.SERVING)

    async def drain(self) -> None:
        """Tell that the service serves no more. It lives until it ends."""
        await self._health.set(READY, Status.NOT_SERVING)


@asynccontextmanager
async def answering(listen: str) -> AsyncIterator[Probes]:
    """Answer probes at host:port until left, nobody where it is empty; raise PortTaken."""
    health = health_aio.HealthServicer()
    await health.set(READY, Status.NOT_SERVING)
    await health.set(LIVE, Status.SERVING)
    if not listen:
        yield Probes(0, health)
        return
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection((_HEALTH_NAME, reflection.SERVICE_NAME), server)
    try:
        port = server.add_insecure_port(listen)
    except RuntimeError as error:
        raise PortTaken(f"cannot listen on {listen}: is the port in use?") from error
    await server.start()
    try:
        yield Probes(port, health)
    finally:
        await server.stop(None)
