"""Serve ops, health and reflection over gRPC, and metrics over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from racetime.ops.v1 import ops_service_pb2
from racetime.ops.v1.ops_service_pb2_grpc import add_OpsServiceServicer_to_server
from racetime_poller.ops import OpsService

_NAME = ops_service_pb2.DESCRIPTOR.services_by_name["OpsService"].full_name
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


class PortTaken(Exception):
    """The address to listen at is in use."""


@asynccontextmanager
async def serve(listen: str, service: OpsService) -> AsyncIterator[int]:
    """Serve until left; yields the port. Raises PortTaken."""
    # Without this a second poller would share the port in silence.
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    add_OpsServiceServicer_to_server(service, server)
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection([_NAME, _HEALTH, reflection.SERVICE_NAME], server)
    try:
        port = server.add_insecure_port(listen)
    except RuntimeError as error:
        raise PortTaken(f"cannot listen at {listen} (RACETIME_POLLER_OPS_LISTEN)") from error
    await server.start()
    for name in ("", _NAME):
        await health.set(name, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield port
    finally:
        await health.enter_graceful_shutdown()
        await server.stop(grace=1.0)


@asynccontextmanager
async def serve_metrics(listen: str) -> AsyncIterator[None]:
    """Serve Prometheus metrics until left; does nothing without an address. Raises PortTaken."""
    if not listen:
        yield
        return
    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host)
    except OSError as error:
        raise PortTaken(f"cannot listen at {listen} (RACETIME_POLLER_METRICS_LISTEN)") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
