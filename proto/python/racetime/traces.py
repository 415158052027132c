"""Send traces by OTLP over gRPC, where the environment says so; it takes the extra `otel`.

RACETIME_OTLP_ENDPOINT is host:port of a collector; without it nothing is traced, nothing of
OpenTelemetry is imported, and a span costs the reading of one variable. RACETIME_TRACE_PERCENT (1)
is how many of a hundred are sent, where who asks has not decided it.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol


class TraceSettingsError(Exception):
    """A variable that cannot be used; the message names it."""


class Span(Protocol):
    """What takes its time, and what happens in it."""

    def add_event(self, name: str, attributes: Any = None) -> None:
        """Note that something happened."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Tell something of it."""


class Tracer:
    """Makes spans and sends them, some seconds later and in a thread of its own."""

    def __init__(self, service: str, endpoint: str, percent: float) -> None:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.propagate import extract
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
        from opentelemetry.trace import SpanKind

        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(percent / 100)),
            resource=Resource.create({"service.name": service}),
        )
        # A collector that is gone does not keep the process from ending.
        exporter = OTLPSpanExporter(endpoint=f"http://{endpoint}", insecure=True, timeout=2)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("racetime")
        self._extract = extract
        self._server_kind = SpanKind.SERVER

    @contextmanager
    def serving(self, name: str, metadata: Mapping[str, str]) -> Iterator[Span]:
        """Make the span of a call that is answered; it goes on with the caller's trace."""
        with self._tracer.start_as_current_span(
            name,
            context=self._extract(metadata),
            kind=self._server_kind,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    @contextmanager
    def doing(self, name: str, attributes: Mapping[str, Any]) -> Iterator[Span]:
        """Make the span of something that is done."""
        with self._tracer.start_as_current_span(name, attributes=dict(attributes)) as span:
            yield span

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


_tracer: ContextVar[Tracer | None] = ContextVar("tracer", default=None)


@contextmanager
def tracing(service: str, environ: Mapping[str, str]) -> Iterator[Tracer | None]:
    """Trace what is done inside `with`, if the environment says so. Raises TraceSettingsError."""
    endpoint = environ.get("RACETIME_OTLP_ENDPOINT", "")
    if not endpoint:
        yield None
        return
    if not endpoint.rpartition(":")[0] or not endpoint.rpartition(":")[2].isdigit():
        raise TraceSettingsError(f"RACETIME_OTLP_ENDPOINT={endpoint!r} is no host:port")
    percent = _percent(environ.get("RACETIME_TRACE_PERCENT") or "1")
    try:
        tracer = Tracer(service, endpoint, percent)
    except ImportError as error:
        raise TraceSettingsError(
            f"RACETIME_OTLP_ENDPOINT is set: traces need the extra otel ({error})"
        ) from error
    token = _tracer.set(tracer)
    try:
        yield tracer
    finally:
        _tracer.reset(token)
        tracer.close()


def span(name: str, **attributes: Any) -> AbstractContextManager[Span | None]:
    """Make the span of something that is done inside `with`; None where nothing is traced."""
    tracer = _tracer.get()
    return nullcontext() if tracer is None else tracer.doing(name, attributes)


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise TraceSettingsError(f"RACETIME_TRACE_PERCENT={text!r} is not from 0 to 100")
    return percent
