"""A span for each call, and what happens in a watch as its events; nothing where none is traced."""

from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import grpc

from racetime.traces import Span, Tracer
from racetime_api.calls import Context

_span: ContextVar[Span | None] = ContextVar("span", default=None)


def note(event: str, **attributes: str | int) -> None:
    """Note that something happened in the call that is answered."""
    span = _span.get()
    if span is not None:
        span.add_event(event, attributes)


class Traced(grpc.GenericRpcHandler):
    """Handlers of our methods, each call of which is a span."""

    def __init__(self, handlers: grpc.GenericRpcHandler, tracer: Tracer) -> None:
        self._handlers = handlers
        self._tracer = tracer

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """Give the handler of a call."""
        handler: Any = self._handlers.service(handler_call_details)
        if handler is None:
            return None
        stream = handler.response_streaming
        kind = (
            grpc.stream_stream_rpc_method_handler
            if stream
            else grpc.stream_unary_rpc_method_handler
        )
        answer = handler.stream_stream if stream else handler.stream_unary
        return kind(
            self._spanned(handler_call_details.method, answer),
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
