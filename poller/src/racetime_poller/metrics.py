"""Prometheus metrics of the poller."""

from prometheus_client import Counter, Gauge, Histogram

ROWS = Counter("racetime_poller_rows_total", "Rows taken in.", ["endpoint"])
SET_ASIDE = Counter(
    "racetime_poller_rows_set_aside_total", "Rows set aside.", ["endpoint", "reason"]
)
REQUESTS = Counter("racetime_poller_requests_total", "Requests made.", ["endpoint", "outcome"])
BUDGET = Gauge("racetime_poller_budget_available", "Requests left of this minute.")
BUDGET_WAIT = Gauge(
    "racetime_poller_budget_wait_seconds", "How long the next request must wait, race time."
)
SOURCE_AGE = Gauge(
    "racetime_poller_source_age_seconds", "Age of the newest row, race time.", ["endpoint"]
)
SOURCE_LOST = Gauge(
    "racetime_poller_source_lost",
    "Whether rows that come steadily while a session is on have been missing for ten periods.",
    ["endpoint"],
)
FEED = Gauge("racetime_poller_feed", "Whether the feed is in this condition.", ["condition"])
SEQUENCE = Gauge("racetime_poller_sequence", "Number of the newest update.")
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
LEASE_EPOCH = Gauge(
    "racetime_poller_lease_epoch", "Epoch of the lease: each change of its holder begins one."
)
