"""The floor: a bare grpc.aio server that writes the same bytes to every stream at whole seconds.

    python -m benchmarks.fanout.floor SIZE     # wants RACETIME_API_LISTEN

It stands where an api replica stands, answers health checks, and does nothing else. The first eight
bytes are the instant of the write in microseconds.
"""

import asyncio
import os
import sys
from typing import Any

import grpc
import uvloop
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from benchmarks.fanout.instants import whole_seconds
from racetime_api.service import SERVICE
from racetime_api.settings import Settings
from racetime_api.transport import options

STAMP_BYTES = 8


class Floor:
    """Writes what is newest to every stream."""

    def __init__(self, size_bytes: int) -> None:
        self._filler = bytes(range(256)) * (size_bytes // 256 + 1)
        self._size_bytes = size_bytes
        self._newest = b""
        self._changed = asyncio.Event()

    async def tick(self) -> None:
        """Wake everyone at whole seconds."""
        async for at in whole_seconds():
            stamp = int(at * 1e6).to_bytes(STAMP_BYTES, "big")
            self._newest = stamp + self._filler[STAMP_BYTES : self._size_bytes]
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def watch(self, _request: bytes, context: Any) -> None:
        """Write until the reader goes."""
        await context.send_initial_metadata(())
        while True:
            await self._changed.wait()
            await context.write(self._newest)


async def run(listen: str, size_bytes: int) -> None:
    """Serve for ever."""
    floor = Floor(size_bytes)
    server = grpc.aio.server(options=options(Settings()))
    handlers: dict[str, Any] = {"WatchRace": grpc.unary_stream_rpc_method_handler(floor.watch)}
    generic = grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)
    server.add_generic_rpc_handlers((generic,))
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_insecure_port(listen)
    await server.start()
    await floor.tick()


if __name__ == "__main__":
    uvloop.run(run(os.environ["RACETIME_API_LISTEN"], int(sys.argv[1])))
