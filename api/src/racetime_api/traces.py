"""A span for each call, and what happens in a watch as its events; nothing where none is traced."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import grpc

from racetime.traces import Span, Tracer
from racetime_api.calls import Context

# Health checks come each second; who looks at reflection is an operator.
_TRACED = "/racetime."
_span: ContextVar[Span | None] = ContextVar("span", default=None)


def note(event: str, **attributes: str | int) -> None:
    """Note that something happened in the call that is answered."""
    span = _span.get()
    if span is not None:
        span.add_event(event, attributes)


class Traces(grpc.aio.ServerInterceptor):
    """Makes a span of each call."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any] | None"]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """Give the handler of a call, within a span where it is one of ours."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(_TRACED):
            return handler
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(
                self._spanned(method, handler.stream_stream),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return grpc.stream_unary_rpc_method_handler(
            self._spanned(method, handler.stream_unary),
            handler.request_deserializer,
            handler.response_serializer,
        )

    def _spanned(self, method: str, answer: Any) -> Any:
        async def spanned(requests: AsyncIterator[bytes], context: Context) -> Any:
            metadata = {
                key: value
                for key, value in context.invocation_metadata() or ()
                if isinstance(value, str)
            }
            with self._tracer.serving(method.lstrip("/"), metadata) as span:
                token = _span.set(span)
                try:
                    return await answer(requests, context)
                finally:
                    _span.reset(token)
                    span.set_attribute("rpc.grpc.status_code", _number(context.code()))

        return spanned


def _number(code: Any) -> int:
    """Give the number of a status; none yet is OK."""
    return int(code.value[0]) if isinstance(code, grpc.StatusCode) else int(code or 0)
