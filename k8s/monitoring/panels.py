"""What the dashboards show. `$instance` is chosen by who looks, `$__rate_interval` by Grafana."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """A panel: queries, each with the legend of its lines."""

    title: str
    description: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "lines"


@dataclass(frozen=True)
class Board:
    """A dashboard: rows of panels."""

    uid: str
    title: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]
    # Where instances are chosen: a metric that all of them have.
    instances_of: str = ""


def number(title: str, description: str, expression: str, unit: str = "short") -> Panel:
    """Give a panel of the newest number."""
    return Panel(title, description, ((expression, ""),), unit, "stat")


def lines(title: str, description: str, *queries: tuple[str, str], unit: str = "short") -> Panel:
    """Give a panel of lines over time."""
    return Panel(title, description, queries, unit)


def quantiles(metric: str, by: str, legend: str) -> tuple[tuple[str, str], ...]:
    """Give the middle and the slow end of a histogram."""
    rate = f"sum by ({by}le) (rate({metric}[$__rate_interval]))"
    return tuple(
        (f"histogram_quantile({quantile}, {rate})", f"{name} {legend}".strip())
        for quantile, name in (("0.5", "p50"), ("0.99", "p99"))
    )


RACE_DAY = Board(
    "racetime-race-day",
    "RaceTime: race day",
    (
        (
            "Now",
            (
                number("Feed", "1 while rows come", 'max(racetime_poller_feed{condition="alive"})'),
                number("Watches", "Open watches at all replicas", "racetime:watchers:sum"),
                number("Replicas", "Of the api, that answer", 'sum(up{job="racetime-api"})'),
                number("Leaders", "Pollers that hold the lease: 1", "sum(racetime_poller_leader)"),
                number("Redis", "1 while it answers", "min(redis_up)"),
                number(
                    "Alerts", "That fire now", '(count(ALERTS{alertstate="firing"}) or vector(0))'
                ),
            ),
        ),
        (
            "Objectives",
            (
                lines(
                    "Errors by objective, 1 h",
                    "Share that went wrong; the budgets are 0.1 % of calls, 1 % of the others",
                    ("racetime:slo_errors:ratio_rate1h", "{{slo}}"),
                    unit="percentunit",
                ),
                lines(
                    "Newest update",
                    "Of the poller and of each replica; they go on together",
                    ("racetime_poller_sequence", "poller"),
                    ("racetime_api_live_sequence", "{{instance}}"),
                ),
                lines(
                    "From publication to the replicas",
                    "",
                    *quantiles("racetime_api_feed_lag_seconds_bucket", "", ""),
                    unit="s",
                ),
                lines(
                    "From a replica to the transports",
                    "Slow readers show here",
                    *quantiles("racetime_api_watcher_lag_seconds_bucket", "", ""),
                    unit="s",
                ),
                lines(
                    "Age of the newest row",
                    "Race time, by endpoint",
                    ("max by (endpoint) (racetime_poller_source_age_seconds)", "{{endpoint}}"),
                    unit="s",
                ),
                lines(
                    "Answers of the gateway",
                    "By group of routes and class of status",
                    (
                        "sum by (envoy_route, envoy_response_code_class)"
                        " (rate(envoy_vhost_route_upstream_rq_xx[$__rate_interval]))",
                        "{{envoy_route}} {{envoy_response_code_class}}xx",
                    ),
                    unit="reqps",
                ),
            ),
        ),
    ),
)

POLLER = Board(
    "racetime-poller",
    "RaceTime: poller",
    (
        (
            "Lease",
            (
                lines("Leader", "Who holds the lease", ("racetime_poller_leader", "{{instance}}")),
                lines(
                    "Terms", "Each change of holder begins one", ("racetime:lease_epoch:max", "")
                ),
            ),
        ),
        (
            "Source",
            (
                lines(
                    "Requests",
                    "By outcome",
                    (
                        "sum by (outcome) (rate(racetime_poller_requests_total[$__rate_interval]))",
                        "{{outcome}}",
                    ),
                    unit="reqps",
                ),
                lines(
                    "Budget",
                    "Requests left of this minute, and how long the next one waits",
                    ("max(racetime_poller_budget_available)", "left"),
                    ("max(racetime_poller_budget_wait_seconds)", "wait, s"),
                ),
                lines(
                    "Rows",
                    "Taken in, by endpoint",
                    (
                        "sum by (endpoint) (rate(racetime_poller_rows_total[$__rate_interval]))",
                        "{{endpoint}}",
                    ),
                    unit="cps",
                ),
                lines(
                    "Rows set aside",
                    "By endpoint and reason",
                    (
                        "sum by (endpoint, reason)"
                        " (rate(racetime_poller_rows_set_aside_total[$__rate_interval]))"
                        " or vector(0)",
                        "{{endpoint}} {{reason}}",
                    ),
                    unit="cps",
                ),
                lines(
                    "Lost rows",
                    "1 where rows that come steadily have stopped",
                    ("max by (endpoint) (racetime_poller_source_lost)", "{{endpoint}}"),
                ),
                lines(
                    "Feed",
                    "Its condition",
                    ("max by (condition) (racetime_poller_feed)", "{{condition}}"),
                ),
            ),
        ),
        (
            "Log",
            (
                lines(
                    "Updates",
                    "Published, and keyframes among them",
                    ("sum(rate(racetime_poller_updates_total[$__rate_interval]))", "updates"),
                    ("sum(rate(racetime_poller_keyframes_total[$__rate_interval]))", "keyframes"),
                    unit="cps",
                ),
                lines(
                    "Bytes",
                    "Published, by lane",
                    (
                        "sum by (lane)"
                        " (rate(racetime_poller_published_bytes_total[$__rate_interval]))",
                        "{{lane}}",
                    ),
                    unit="Bps",
                ),
                lines(
                    "Publication",
                    "What Redis takes for an update",
                    *quantiles("racetime_poller_publish_seconds_bucket", "", ""),
                    unit="s",
                ),
                lines(
                    "Writes tried again",
                    "Redis was away",
                    ("sum(rate(racetime_poller_publish_failures_total[$__rate_interval]))", ""),
                    unit="cps",
                ),
            ),
        ),
        (
            "Redis",
            (
                lines(
                    "Memory",
                    "Used, and the bound where there is one",
                    ("redis_memory_used_bytes", "used"),
                    ("redis_memory_max_bytes", "bound"),
                    unit="bytes",
                ),
                lines(
                    "Commands and clients",
                    "",
                    ("rate(redis_commands_processed_total[$__rate_interval])", "commands/s"),
                    ("redis_connected_clients", "clients"),
                ),
            ),
        ),
        (
            "Process",
            (
                lines(
                    "CPU",
                    "",
                    (
                        'rate(process_cpu_seconds_total{job="racetime-poller"}[$__rate_interval])',
                        "{{instance}}",
                    ),
                    unit="percentunit",
                ),
                lines(
                    "Memory of the process",
                    "",
                    ('process_resident_memory_bytes{job="racetime-poller"}', "{{instance}}"),
                    unit="bytes",
                ),
            ),
        ),
    ),
)


def per_instance(metric: str, by: str = "") -> str:
    """Give the rate of a counter, by the chosen instances."""
    chosen = f'{metric}{{instance=~"$instance"}}[$__rate_interval]'
    return f"sum by ({by or 'instance'}) (rate({chosen}))"


API = Board(
    "racetime-api",
    "RaceTime: api fan-out",
    (
        (
            "Watches",
            (
                lines(
                    "Open watches",
                    "By replica and kind",
                    ('racetime_api_watchers{instance=~"$instance"}', "{{instance}} {{kind}}"),
                ),
                lines(
                    "Watches begun",
                    "By how: new, or resumed",
                    (per_instance("racetime_api_watches_begun_total", "outcome"), "{{outcome}}"),
                    unit="cps",
                ),
                lines(
                    "Messages",
                    "Sent, by kind",
                    (per_instance("racetime_api_messages_sent_total", "kind"), "{{kind}}"),
                    unit="cps",
                ),
                lines(
                    "Bytes",
                    "Sent",
                    (per_instance("racetime_api_bytes_sent_total"), "{{instance}}"),
                    unit="Bps",
                ),
                lines(
                    "Joined updates",
                    "Updates that went out joined to another: readers that are slow or want few",
                    (per_instance("racetime_api_updates_coalesced_total"), "{{instance}}"),
                    unit="cps",
                ),
                lines(
                    "Join latency",
                    "From the call of a watch to its first state",
                    *quantiles(
                        'racetime_api_join_latency_seconds_bucket{instance=~"$instance"}', "", ""
                    ),
                    unit="s",
                ),
            ),
        ),
        (
            "Lag",
            (
                lines(
                    "From publication to the replica",
                    "",
                    *quantiles(
                        'racetime_api_feed_lag_seconds_bucket{instance=~"$instance"}',
                        "instance, ",
                        "{{instance}}",
                    ),
                    unit="s",
                ),
                lines(
                    "From the replica to the transport",
                    "",
                    *quantiles(
                        'racetime_api_watcher_lag_seconds_bucket{instance=~"$instance"}',
                        "instance, ",
                        "{{instance}}",
                    ),
                    unit="s",
                ),
            ),
        ),
        (
            "Calls",
            (
                lines(
                    "Calls that have ended",
                    "By method and outcome",
                    (
                        per_instance("racetime_api_requests_total", "method, outcome"),
                        "{{method}} {{outcome}}",
                    ),
                    unit="reqps",
                ),
                lines(
                    "Refusals",
                    "By reason",
                    (per_instance("racetime_api_requests_refused_total", "reason"), "{{reason}}"),
                    unit="reqps",
                ),
                lines(
                    "Log read anew",
                    "By cause; a hole is a gap in the log",
                    (per_instance("racetime_api_log_reloads_total", "cause"), "{{cause}}"),
                    unit="cps",
                ),
                lines(
                    "Reads of Redis that failed",
                    "",
                    (per_instance("racetime_api_redis_failures_total"), "{{instance}}"),
                    unit="cps",
                ),
            ),
        ),
        (
            "Process",
            (
                lines(
                    "CPU",
                    "Of one core: a replica uses no more",
                    (
                        "rate(process_cpu_seconds_total"
                        '{job="racetime-api",instance=~"$instance"}[$__rate_interval])',
                        "{{instance}}",
                    ),
                    unit="percentunit",
                ),
                lines(
                    "Memory",
                    "",
                    (
                        'process_resident_memory_bytes{job="racetime-api",instance=~"$instance"}',
                        "{{instance}}",
                    ),
                    unit="bytes",
                ),
            ),
        ),
    ),
    instances_of="racetime_api_live_sequence",
)


def of_public(metric: str) -> str:
    """Name a metric of the public listener, by the chosen instances."""
    return f'{metric}{{envoy_http_conn_manager_prefix="public",instance=~"$instance"}}'


GATEWAY = Board(
    "racetime-gateway",
    "RaceTime: gateway",
    (
        (
            "Clients",
            (
                lines(
                    "Connections",
                    "Open",
                    (of_public("envoy_http_downstream_cx_active"), "{{instance}}"),
                ),
                lines(
                    "Requests in progress",
                    "Watches above all",
                    (of_public("envoy_http_downstream_rq_active"), "{{instance}}"),
                ),
                lines(
                    "Answers",
                    "By class of status",
                    (
                        "sum by (envoy_response_code_class) "
                        f"(rate({of_public('envoy_http_downstream_rq_xx')}[$__rate_interval]))",
                        "{{envoy_response_code_class}}xx",
                    ),
                    unit="reqps",
                ),
                lines(
                    "Bytes to clients",
                    "",
                    (
                        f"rate({of_public('envoy_http_downstream_cx_tx_bytes_total')}"
                        "[$__rate_interval])",
                        "{{instance}}",
                    ),
                    unit="Bps",
                ),
                lines(
                    "Clients over their limit",
                    "Refused by 429 or RESOURCE_EXHAUSTED",
                    (per_instance("envoy_http_local_rate_limit_rate_limited"), "{{instance}}"),
                    unit="reqps",
                ),
                lines(
                    "Heap and connections",
                    "Share of the bounds; at 0.95 of the heap requests are refused",
                    (
                        "envoy_overload_envoy_resource_monitors_fixed_heap_pressure"
                        '{instance=~"$instance"} / 100',
                        "heap {{instance}}",
                    ),
                    (
                        "envoy_overload_envoy_resource_monitors_global_downstream_max_connections"
                        '_pressure{instance=~"$instance"} / 100',
                        "connections {{instance}}",
                    ),
                    unit="percentunit",
                ),
            ),
        ),
        (
            "The api behind it",
            (
                lines(
                    "Healthy replicas",
                    "Of all that are known",
                    (
                        'envoy_cluster_membership_healthy{envoy_cluster_name="api",'
                        'instance=~"$instance"}',
                        "healthy",
                    ),
                    (
                        'envoy_cluster_membership_total{envoy_cluster_name="api",'
                        'instance=~"$instance"}',
                        "known",
                    ),
                ),
                lines(
                    "Streams to the replicas",
                    "",
                    (
                        'envoy_cluster_upstream_rq_active{envoy_cluster_name="api",'
                        'instance=~"$instance"}',
                        "{{instance}}",
                    ),
                ),
                lines(
                    "Answers by group of routes",
                    "",
                    (
                        per_instance(
                            "envoy_vhost_route_upstream_rq_xx",
                            "envoy_route, envoy_response_code_class",
                        ),
                        "{{envoy_route}} {{envoy_response_code_class}}xx",
                    ),
                    unit="reqps",
                ),
                lines(
                    "Time of calls",
                    "",
                    *quantiles(
                        'envoy_vhost_route_upstream_rq_time_bucket{envoy_route="calls",'
                        'instance=~"$instance"}',
                        "",
                        "",
                    ),
                    unit="ms",
                ),
                lines(
                    "Tried again",
                    "Calls that went to another replica",
                    (per_instance("envoy_vhost_route_upstream_rq_retry"), "{{instance}}"),
                    unit="reqps",
                ),
                lines(
                    "Health checks that failed",
                    "",
                    (per_instance("envoy_cluster_health_check_failure"), "{{instance}}"),
                    unit="cps",
                ),
            ),
        ),
        (
            "Process",
            (
                lines(
                    "Memory",
                    "",
                    ('envoy_server_memory_physical_size{instance=~"$instance"}', "{{instance}}"),
                    unit="bytes",
                ),
                lines(
                    "Uptime",
                    "",
                    ('envoy_server_uptime{instance=~"$instance"}', "{{instance}}"),
                    unit="s",
                ),
            ),
        ),
    ),
    instances_of="envoy_server_uptime",
)

DASHBOARDS = (RACE_DAY, POLLER, API, GATEWAY)
