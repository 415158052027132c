"""The wire between a poller and a simulator: requests are answered in this very process."""

import asyncio
from typing import Protocol

import httpx

from racetime_simulator.answer import Answer
from racetime_simulator.clock import Clock
from racetime_simulator.instants import to_micros
from racetime_simulator.openf1 import OpenF1, jitter_micros

# As long as the poller waits for an answer, in race time: the world's speed scales it.
_TIMEOUT_SECONDS = 5.0


class Ends(Protocol):
    """Whom the wire leads to: looked up at each request, for it may be started again."""

    simulator: OpenF1
    clock: Clock


class Wire(httpx.AsyncBaseTransport):
    """Does to requests what a network and HTTP do: they time out, dribble, and break off."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request. Raises what httpx raises of a connection that fails."""
        answer = self._answer(request, await request.aread())
        speed = self._ends.clock.speed
        if answer.hang_seconds:
            await asyncio.sleep(min(answer.hang_seconds, _TIMEOUT_SECONDS) / speed)
            raise httpx.ReadTimeout("timed out", request=request)
        if answer.cut_share is not None:
            raise httpx.RemoteProtocolError("the peer closed the connection", request=request)
        if answer.dribble_seconds:
            await asyncio.sleep(answer.dribble_seconds / speed)
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    def _answer(self, request: httpx.Request, body: bytes) -> Answer:
        simulator, clock = self._ends.simulator, self._ends.clock
        now = to_micros(clock.now())
        if request.url.path == "/clock":
            return simulator.describe_clock(now, clock.speed)
        return simulator.respond(
            request.method,
            request.url.path,
            request.url.query.decode("latin-1"),
            dict(request.headers),
            body,
            now,
            jitter_micros(clock.jitter_seconds),
        )
