"""Find the methods of a server by their paths, and run them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

import grpc

from racetime_api.http2.call import Call

# Has a call answered, whatever kind its method is of.
Answer: TypeAlias = Callable[[Call], Awaitable[None]]


class _Details(NamedTuple):
    """What gRPC's handlers want to know."""

    method: str
    invocation_metadata: Any = ()


class Methods:
    """The methods of handlers as gRPC takes them, with one request each."""

    def __init__(self, handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        self._handlers = tuple(handlers)
        self._known: dict[str, Answer] = {}

    def find(self, path: str) -> Answer | None:
        """Find a method; None when there is none."""
        known = self._known.get(path)
        if known is not None:
            return known
        for handlers in self._handlers:
            handler = handlers.service(_Details(path))  # type: ignore[arg-type]
            if handler is not None:
                answer = self._known[path] = _answer(handler)
                return answer
        return None


def _answer(handler: Any) -> Answer:
    if handler.stream_stream is not None:
        stream: Callable[[AsyncIterator[bytes], Call], Awaitable[None]] = handler.stream_stream

        async def watched(call: Call) -> None:
            await stream(call.requests(), call)

        return watched
    unary = handler.stream_unary
    assert unary is not None, "a method takes its request as a stream, and reads one"
    serialize = handler.response_serializer or bytes

    async def answered(call: Call) -> None:
        await call.write(serialize(await unary(call.requests(), call)))

    return answered
