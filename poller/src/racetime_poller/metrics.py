"""Prometheus metrics of the poller."""

from prometheus_client import Counter, Gauge, Histogram

ROWS = Counter("racetime_poller_rows_total", "Rows taken in.", ["endpoint"])
SET_ASIDE = Counter(
    "racetime_poller_rows_set_aside_total", "Rows set aside.", ["endpoint", "reason"]
)
REQUESTS = Counter("racetime_poller_requests_total", "Requests made.", ["endpoint", "outcome"])
BUDGET = Gauge("racetime_poller_budget_available", "Requests left of this minute.")
SOURCE_AGE = Gauge(
    "racetime_poller_source_age_seconds", "Age of the newest row, race time.", ["endpoint"]
)
UPDATES = Counter("racetime_poller_updates_total", "Updates published.")
KEYFRAMES = Counter("racetime_poller_keyframes_total", "Keyframes published.")
BYTES = Counter("racetime_poller_published_bytes_total", "Bytes published.", ["lane"])
PUBLISH_SECONDS = Histogram(
    "racetime_poller_publish_seconds",
    "Time that Redis took for an update.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
)
PUBLISH_FAILURES = Counter(
    "racetime_poller_publish_failures_total", "Updates that had to be retried."
)
LEADER = Gauge("racetime_poller_leader", "Whether this poller holds the lease.")
