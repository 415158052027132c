"""Count the messages of watches, for Prometheus: plain numbers, made metrics when asked for.

A metric of the client library takes a lock at each step, and thousands of messages go out at one
instant. One thread counts here; the one that asks may see a message half counted.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)


class Lags:
    """How many seconds each of many things took."""

    def __init__(self, name: str, help_text: str) -> None:
        self._name = name
        self._help = help_text
        self._counts = [0] * (len(LAG_BUCKETS) + 1)
        self._sum_seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect_left(LAG_BUCKETS, seconds)] += 1
        self._sum_seconds += seconds

    def family(self) -> HistogramMetricFamily:
        """Give the metric."""
        bounds = [*map(floatToGoString, LAG_BUCKETS), "+Inf"]
        buckets = list(zip(bounds, map(float, accumulate(self._counts)), strict=True))
        return HistogramMetricFamily(self._name, self._help, buckets, self._sum_seconds)


class Sent(Collector):
    """What was sent to all watches."""

    def __init__(self) -> None:
        self.messages: defaultdict[str, int] = defaultdict(int)
        self.size_bytes = 0
        self.coalesced = 0
        self.join_latency = Lags(
            "racetime_api_join_latency_seconds",
            "Time from the call of a watch until its transport took the first state.",
        )
        self.watcher_lag = Lags(
            "racetime_api_watcher_lag_seconds",
            "Time from an update's arrival here until the transport of a live watch took it.",
        )

    def collect(self) -> Iterator[Metric]:
        """Give all metrics, as they are now."""
        yield self.join_latency.family()
        yield self.watcher_lag.family()
        messages = CounterMetricFamily(
            "racetime_api_messages_sent", "Watch messages sent.", labels=["kind"]
        )
        for kind, count in sorted(self.messages.copy().items()):
            messages.add_metric([kind], count)
        yield messages
        yield CounterMetricFamily(
            "racetime_api_bytes_sent", "Bytes of watch messages sent.", self.size_bytes
        )
        yield CounterMetricFamily(
            "racetime_api_updates_coalesced",
            "Updates that went out joined to another.",
            self.coalesced,
        )
