"""The ASGI application: a thin coat of HTTP over `OpenF1`."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from racetime_simulator.answer import Answer
from racetime_simulator.clock import RaceClock
from racetime_simulator.instants import to_micros
from racetime_simulator.openf1 import OpenF1, jitter_micros

Hang = Callable[[float], Awaitable[None]]


class _Cut(Response):
    """Ends the connection in place of an answer: it begins one and never completes it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 502,
                "headers": [(b"content-length", b"1000")],
            }
        )


def create_app(
    openf1: OpenF1, clock: RaceClock, *, hang: Hang = asyncio.sleep, may_disconnect: bool = False
) -> Starlette:
    """Return the application.

    `hang` is awaited with the seconds by which the `timeout` fault delays an answer; a test that
    has no network may raise its client's timeout there. Connections are cut only where
    `may_disconnect` says so, else the answer is a 502.
    """

    async def answer(request: Request) -> Response:
        body = await request.body()
        answer = openf1.respond(
            request.method,
            request.url.path,
            request.scope["query_string"].decode("latin-1"),
            {key.lower(): value for key, value in request.headers.items()},
            body,
            to_micros(clock.now()),
            jitter_micros(clock.jitter_seconds),
        )
        if answer.hang_seconds:
            await hang(answer.hang_seconds)
        if answer.disconnect and may_disconnect:
            return _Cut()
        return _response(answer)

    async def describe_clock(request: Request) -> Response:
        return _response(openf1.describe_clock(to_micros(clock.now()), clock.speed))

    return Starlette(
        routes=[
            Route("/clock", describe_clock, methods=["GET"]),
            Route("/{path:path}", answer, methods=["GET", "POST"]),
        ]
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [
        *answer.headers,
        (b"content-length", str(len(answer.body)).encode()),
    ]
    return response
