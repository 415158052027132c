"""A collector of traces: takes spans by OTLP over gRPC and keeps them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from racetime_embedded.ports import HOST


@dataclass
class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """What came, by the service that sent it."""

    port: int = 0
    spans: list[tuple[str, Span]] = field(default_factory=list)

    def Export(self, request, context):
        """Keep the spans of a batch."""
        for batch in request.resource_spans:
            names = {one.key: one.value.string_value for one in batch.resource.attributes}
            for scope in batch.scope_spans:
                self.spans += [(names["service.name"], span) for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()

    def of_trace(self, trace_id: str) -> list[tuple[str, Span]]:
        """Answer the spans of one trace."""
        return [one for one in self.spans.copy() if one[1].trace_id.hex() == trace_id]

    def of_service(self, service: str, name: str) -> list[Span]:
        """Answer the spans of a service that have a name."""
        return [span for one, span in self.spans.copy() if (one, span.name) == (service, name)]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect inside `with`."""
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.port = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        yield collector
    finally:
        server.stop(0).wait()
