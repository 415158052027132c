"""What the gateway tells of itself: its log, a line for each request, traces."""

import json
import sys
from collections.abc import Mapping
from typing import Any

_TYPES = "type.googleapis.com/envoy"
# Of each request, at its end; what a client sends beyond its path is not kept.
_REQUEST = {
    "timestamp": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "event": "gateway.request",
    "method": "%REQUEST_HEADER(X-ENVOY-ORIGINAL-METHOD?:METHOD)%",
    "path": "%PATH(NQ:ORIG)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS_NUMBER%",
    "flags": "%RESPONSE_FLAGS%",
    "route": "%ROUTE_NAME%",
    "replica": "%UPSTREAM_HOST%",
    "duration_millis": "%DURATION%",
    "sent_bytes": "%BYTES_SENT%",
    "address": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "key": "%DYNAMIC_METADATA(envoy.filters.http.rbac:shadow_effective_policy_id)%",
    "trace": "%TRACE_ID%",
}
_LINE = {"timestamp": "%Y-%m-%dT%T.%F", "level": "%l", "logger": "%n", "event": "%j"}


def log_format(environ: Mapping[str, str]) -> str:
    """Answer the form of Envoy's own log: JSON where RACETIME_LOG_FORMAT says so."""
    if environ.get("RACETIME_LOG_FORMAT") == "json":
        return json.dumps({"json_format": _LINE})
    return json.dumps({"text_format": "%l %n: %v"})


def access_log(environ: Mapping[str, str]) -> str:
    """Answer the log of requests, JSON on standard output; none by default."""
    text = environ.get("RACETIME_GATEWAY_ACCESS_LOG") or "off"
    if text not in ("on", "off"):
        sys.exit(f"RACETIME_GATEWAY_ACCESS_LOG: {text!r} is neither on nor off")
    if text == "off":
        return "[]"
    kind = f"{_TYPES}.extensions.access_loggers.stream.v3.StdoutAccessLog"
    config: dict[str, Any] = {"@type": kind, "log_format": {"json_format": _REQUEST}}
    return json.dumps([{"name": "envoy.access_loggers.stdout", "typed_config": config}])


def tracing(environ: Mapping[str, str]) -> str:
    """Answer how requests are traced, or null; a trace that a caller began goes on."""
    if not environ.get("RACETIME_OTLP_ENDPOINT"):
        return "null"
    text = environ.get("RACETIME_TRACE_PERCENT") or "1"
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        sys.exit(f"RACETIME_TRACE_PERCENT: {text!r} is not from 0 to 100")
    config = {
        "@type": f"{_TYPES}.config.trace.v3.OpenTelemetryConfig",
        "grpc_service": {"envoy_grpc": {"cluster_name": "otlp"}, "timeout": "1s"},
        "service_name": "racetime-gateway",
    }
    return json.dumps(
        {
            "random_sampling": {"value": percent},
            "client_sampling": {"value": 0},
            "spawn_upstream_span": True,
            "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": config},
        }
    )
