"""The baselines, as an ASGI application: server-sent events, and a snapshot to be polled.

    python -m benchmarks.fanout.baselines     # wants RACETIME_API_LISTEN, RACETIME_REDIS_URL

`/sse` has the policy of the popular dashboards: deltas as JSON, sent one by one out of a ring of 16
in the process, a full state on join; who falls behind by more than the ring loses updates.
`/snapshot` reads the snapshot from Redis at each request.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from benchmarks.fanout.feeder import SNAPSHOT, UPDATES

RING = 16
# Reads of Redis at one time; further ones wait.
CONNECTIONS = 50


class Ring:
    """The newest deltas, numbered, and a signal that there is another."""

    def __init__(self) -> None:
        self.count = 0
        self._newest: deque[bytes] = deque(maxlen=RING)
        self._changed = asyncio.Event()

    def add(self, delta: bytes) -> None:
        """Take a delta and wake everyone."""
        self._newest.append(b"data: " + delta + b"\n\n")
        self.count += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def since(self, count: int) -> list[bytes]:
        """Give what came after so many, as far as it is still held."""
        missed = min(self.count - count, len(self._newest))
        return list(self._newest)[len(self._newest) - missed :]

    async def wait(self) -> None:
        """Wait for another."""
        await self._changed.wait()


class Baselines:
    """Both servers in one."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._ring = Ring()

    async def follow(self) -> None:
        """Take each update from Redis."""
        async with self._redis.pubsub() as channel:
            await channel.subscribe(UPDATES)
            async for message in channel.listen():
                if message["type"] == "message":
                    self._ring.add(message["data"])

    async def snapshot(self, _request: Request) -> Response:
        """Answer the newest snapshot."""
        body = await self._redis.get(SNAPSHOT)
        return Response(body or b"{}", media_type="application/json")

    async def sse(self, _request: Request) -> Response:
        """Stream."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[bytes]:
        told = self._ring.count
        yield b"data: " + (await self._redis.get(SNAPSHOT) or b"{}") + b"\n\n"
        while True:
            if told == self._ring.count:
                await self._ring.wait()
            missed, told = self._ring.since(told), self._ring.count
            for event in missed:
                yield event


def application() -> Starlette:
    """Put the application together."""
    pool = BlockingConnectionPool.from_url(
        os.environ["RACETIME_REDIS_URL"], max_connections=CONNECTIONS, legacy_responses=False
    )
    redis = Redis(connection_pool=pool)
    baselines = Baselines(redis)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(baselines.follow())
            yield
            task.cancel()

    routes = [Route("/sse", baselines.sse), Route("/snapshot", baselines.snapshot)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    host, _, port = os.environ["RACETIME_API_LISTEN"].rpartition(":")
    uvicorn.run(
        application(),
        host=host,
        port=int(port),
        access_log=False,
        log_level="warning",
        backlog=4096,
        timeout_keep_alive=60,
    )
