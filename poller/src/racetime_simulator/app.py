"""The ASGI application: a thin coat of HTTP over `OpenF1`."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from racetime_simulator.answer import Answer, Header, detail
from racetime_simulator.clock import RaceClock
from racetime_simulator.faults.answers import BAD_GATEWAY_ANSWER
from racetime_simulator.faults.window import read_orders
from racetime_simulator.instants import to_micros
from racetime_simulator.openf1 import OpenF1, jitter_micros

Hang = Callable[[float], Awaitable[None]]

ABORT = "racetime.abort"
"""In a request's scope: closes its connection at once."""
PIECES = 8
"""In which a body that dribbles comes."""


class _Pieces(Response):
    """An answer that comes in pieces, or breaks off: the connection is closed then."""

    def __init__(self, answer: Answer, pause: Hang) -> None:
        super().__init__(answer.body, answer.status)
        self.raw_headers = _headers(answer)
        self._answer = answer
        self._pause = pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        share, body = self._answer.cut_share, self._answer.body
        if share == 0.0:
            # Without a server's own way to close it, an answer that never ends does.
            abort = scope.get(ABORT)
            if abort is not None:
                abort()
                return
        await send(
            {
                "type": "http.response.start",
                "status": self._answer.status,
                "headers": [*self.raw_headers[:-1], (b"content-length", b"%d" % (len(body) + 1))]
                if share is not None
                else self.raw_headers,
            }
        )
        sent = body if share is None else body[: round(len(body) * share)]
        for piece in _split(sent):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await self._pause(self._answer.dribble_seconds / PIECES)
        if share is None:
            await send({"type": "http.response.body", "body": b""})


def _split(body: bytes) -> list[bytes]:
    size = max(1, -(-len(body) // PIECES))
    return [body[at : at + size] for at in range(0, len(body), size)]


def create_app(
    openf1: OpenF1,
    clock: RaceClock,
    *,
    hang: Hang = asyncio.sleep,
    may_disconnect: bool = False,
    cut: Callable[[], None] | None = None,
) -> Starlette:
    """Return the application.

    `hang` is awaited with the seconds by which the `timeout` fault delays an answer; a test that
    has no network may raise its client's timeout there, and in `cut` what its client raises when
    a connection is closed. Without either connections are cut only where `may_disconnect` says so,
    else the answer is a 502. A body that dribbles takes so many seconds of race time.
    """

    async def pause(seconds: float) -> None:
        await asyncio.sleep(seconds / clock.speed)

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
        if answer.cut_share is not None and cut is not None:
            cut()
        if answer.cut_share is not None and not may_disconnect:
            return _response(BAD_GATEWAY_ANSWER)
        if answer.cut_share is not None or answer.dribble_seconds:
            return _Pieces(answer, pause)
        return _response(answer)

    async def describe_clock(request: Request) -> Response:
        return _response(openf1.describe_clock(to_micros(clock.now()), clock.speed))

    async def describe_stats(request: Request) -> Response:
        return _response(openf1.describe_stats())

    async def order_faults(request: Request) -> Response:
        text = (await request.body()).decode("utf-8", "replace")
        try:
            openf1.faults.order(read_orders(text), clock.now())
        except ValueError as error:
            return _response(detail(400, str(error)))
        return _response(openf1.describe_stats())

    return Starlette(
        routes=[
            Route("/clock", describe_clock, methods=["GET"]),
            Route("/stats", describe_stats, methods=["GET"]),
            Route("/faults", order_faults, methods=["POST"]),
            Route("/{path:path}", answer, methods=["GET", "POST"]),
        ]
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = _headers(answer)
    return response


def _headers(answer: Answer) -> list[Header]:
    return [*answer.headers, (b"content-length", str(len(answer.body)).encode())]


def abortable(app: ASGIApp) -> ASGIApp:
    """Return an application that can close a connection before it answers.

    ASGI has no word for it; uvicorn's `send` belongs to what holds the transport.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope = {**scope, ABORT: transport.abort}
        await app(scope, receive, send)

    return serve
