"""Count what the service does, for Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

from racetime.v1.error_reason_pb2 import ErrorReason
from racetime_api.sent import LAG_BUCKETS, Sent


class MetricsPortTaken(Exception):
    """The metrics cannot be served where they should."""


class Metrics:
    """The service's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.watchers = Gauge(
            "racetime_api_watchers",
            "Watches that are open, by how they were asked for: live, delayed or replay.",
            ["kind"],
            registry=registry,
        )
        self.clients = Gauge(
            "racetime_api_clients",
            "Addresses and API keys that have watches open, where those are bounded.",
            registry=registry,
        )
        self.connections = Gauge(
            "racetime_api_stream_connections",
            "Connections of gateways to the port that is theirs.",
            registry=registry,
        )
        self.sent = Sent()
        registry.register(self.sent)
        self.sessions = Gauge(
            "racetime_api_sessions_followed", "Sessions that are followed.", registry=registry
        )
        self.begins = Counter(
            "racetime_api_watches_begun",
            "Watches by how they began: new; or resumed in_step, by update, or by snapshot.",
            ["outcome"],
            registry=registry,
        )
        self.requests = Counter(
            "racetime_api_requests",
            "Calls that have ended, by method and outcome: ok, refused, failed (a fault of our own)"
            " or gone (the client's doing).",
            ["method", "outcome"],
            registry=registry,
        )
        self.refusals = Counter(
            "racetime_api_requests_refused", "Requests refused.", ["reason"], registry=registry
        )
        self.sequence = Gauge(
            "racetime_api_live_sequence",
            "Number of the newest update of the live session that is known here.",
            registry=registry,
        )
        self.feed_lag = Histogram(
            "racetime_api_feed_lag_seconds",
            "Time from the publication of an update to its arrival here.",
            registry=registry,
            buckets=LAG_BUCKETS,
        )
        self.reconnects = Counter(
            "racetime_api_redis_failures", "Reads of Redis that failed.", registry=registry
        )
        self.reloads = Counter(
            "racetime_api_log_reloads", "Logs read anew.", ["cause"], registry=registry
        )
        self.unreadable = Counter(
            "racetime_api_entries_unreadable", "Log entries that are no record.", registry=registry
        )
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Tell counts before the first one: a rate does not see the step from nothing to one."""
        for reason in ErrorReason.keys()[1:]:
            self.refusals.labels(reason)
        for cause in ("hole", "replaced"):
            self.reloads.labels(cause)

    @contextmanager
    def serving(self, listen: str) -> Iterator[int]:
        """Serve the metrics over HTTP at host:port, unless it is empty; give the port."""
        if not listen:
            yield 0
            return
        host, _, port = listen.rpartition(":")
        try:
            server, thread = start_http_server(int(port), host, registry=self.registry)
        except (OSError, ValueError, OverflowError) as error:
            raise MetricsPortTaken(f"cannot serve metrics on {listen}: {error}") from error
        try:
            yield int(server.server_port)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
