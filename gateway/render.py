"""Fill in the gateway's configuration from the environment and print it.

    python gateway/render.py > envoy.rendered.yaml

Variables, with their defaults: RACETIME_GATEWAY_LISTEN (127.0.0.1), RACETIME_GATEWAY_PORT (8000),
RACETIME_GATEWAY_ADMIN_LISTEN (127.0.0.1), RACETIME_GATEWAY_ADMIN_PORT (9901), RACETIME_GATEWAY_API
(host:port,host:port,...; the three local replicas at their ports for gateways),
RACETIME_GATEWAY_PAGE (else RACETIME_PAGE_LISTEN, 127.0.0.1:8001),
RACETIME_GATEWAY_MAX_CONNECTIONS (20000),
RACETIME_GATEWAY_MAX_STREAMS (20000), RACETIME_GATEWAY_MAX_HEAP_BYTES (1 GiB),
RACETIME_GATEWAY_TRUSTED_HOPS (proxies in front that tell who calls; 0).

Of TLS, files of PEM: RACETIME_GATEWAY_TLS_CERT and ..._TLS_KEY for the public port;
RACETIME_GATEWAY_API_TLS_CA for the replicas, who must be RACETIME_GATEWAY_API_TLS_NAME
(racetime-api), and RACETIME_GATEWAY_API_TLS_CERT and ..._API_TLS_KEY to show to them.

For others: RACETIME_GATEWAY_CORS_ORIGINS (https://host,...; none), the calls and watches that one
address may begin RACETIME_GATEWAY_CALLS_PER_MINUTE (1200) and ..._WATCHES_PER_MINUTE (240),
RACETIME_GATEWAY_API_KEYS (a TOML file of [name] and key, by default with ten times as much).

For who looks on: RACETIME_LOG_FORMAT (json for Envoy's log), RACETIME_GATEWAY_ACCESS_LOG (off; on
writes a line of JSON for each request to standard output), RACETIME_OTLP_ENDPOINT (host:port of a
collector of traces; none) and RACETIME_TRACE_PERCENT (1).
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from limits import Limit, buckets, key_names, rate_limits, read_keys
from observe import access_log, log_format, tracing

FOLDER = Path(__file__).resolve().parent


def split_address(variable: str, text: str) -> tuple[str, int]:
    """Split host:port; exits naming the variable when it is not that."""
    host, _, port = text.strip().rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"{variable}: {text!r} is not host:port")
    return host.strip("[]"), int(port)


def endpoints(variable: str, text: str) -> str:
    """Turn host:port,host:port into Envoy's list of endpoints, as JSON, which is YAML."""
    addresses = [split_address(variable, part) for part in text.split(",") if part.strip()]
    if not addresses:
        sys.exit(f"{variable}: names no host:port")
    return json.dumps(
        [
            {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}}
            for host, port in addresses
        ]
    )


def number(environ: Mapping[str, str], variable: str, default: int, lowest: int = 1) -> int:
    """Read a whole number; exits naming the variable when it is not one."""
    text = environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) < lowest:
        kind = "positive whole number" if lowest else "whole number"
        sys.exit(f"{variable}: {text!r} is not a {kind}")
    return int(text)


def pair(environ: Mapping[str, str], what: str) -> dict[str, Any]:
    """Read a certificate and its key, both or none; answers the common part of Envoy's TLS."""
    names = (f"RACETIME_GATEWAY_{what}_CERT", f"RACETIME_GATEWAY_{what}_KEY")
    cert, key = (environ.get(name) for name in names)
    if not cert and not key:
        return {}
    for name, path in zip(names, (cert, key), strict=True):
        if not path or not Path(path).is_file():
            sys.exit(f"{name}: {path!r} is no file: TLS needs a certificate and its key")
    files = {"certificate_chain": {"filename": cert}, "private_key": {"filename": key}}
    return {"tls_certificates": [files]}


def tls(kind: str, common: dict[str, Any], **own: Any) -> str:
    """Answer a transport socket of Envoy's that speaks TLS, as JSON."""
    context = f"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.{kind}TlsContext"
    config = {"@type": context, "common_tls_context": common, **own}
    return json.dumps({"name": "envoy.transport_sockets.tls", "typed_config": config})


def listen_tls(environ: Mapping[str, str]) -> str:
    """Answer how the public port speaks TLS, or null."""
    shown = pair(environ, "TLS")
    if not shown:
        return "null"
    oldest = {"tls_minimum_protocol_version": "TLSv1_2"}
    return tls("Downstream", {**shown, "alpn_protocols": ["h2", "http/1.1"], "tls_params": oldest})


def api_tls(environ: Mapping[str, str]) -> str:
    """Answer how the replicas are spoken to by TLS, or null."""
    shown = pair(environ, "API_TLS")
    authority = environ.get("RACETIME_GATEWAY_API_TLS_CA")
    if not authority:
        if shown:
            sys.exit("RACETIME_GATEWAY_API_TLS_CA: is missing: who vouches for the replicas?")
        return "null"
    if not Path(authority).is_file():
        sys.exit(f"RACETIME_GATEWAY_API_TLS_CA: {authority!r} is no file")
    name = environ.get("RACETIME_GATEWAY_API_TLS_NAME") or "racetime-api"
    trusted = {
        "trusted_ca": {"filename": authority},
        "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": name}}],
    }
    common = {**shown, "alpn_protocols": ["h2"], "validation_context": trusted}
    return tls("Upstream", common, sni=name)


def origins(variable: str, text: str) -> str:
    """Turn origin,origin into Envoy's exact matches; exits naming the variable on what is none."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != origin:
            sys.exit(f"{variable}: {origin!r} is not an origin such as https://example.org")
    return json.dumps([{"exact": origin} for origin in found])


def limits(environ: Mapping[str, str]) -> dict[str, str]:
    """Answer the template's values that limit clients."""
    default = Limit(
        number(environ, "RACETIME_GATEWAY_CALLS_PER_MINUTE", 1200),
        number(environ, "RACETIME_GATEWAY_WATCHES_PER_MINUTE", 240),
    )
    file, keys = environ.get("RACETIME_GATEWAY_API_KEYS"), {}
    if file:
        ten_times = Limit(10 * default.calls, 10 * default.watches)
        keys = read_keys("RACETIME_GATEWAY_API_KEYS", file, ten_times)
    calls = {key: limit.calls for key, limit in keys.items()}
    watches = {key: limit.watches for key, limit in keys.items()}
    every = [
        *buckets("calls", default.calls, calls),
        *buckets("watches", default.watches, watches),
    ]
    return {
        "RATE_LIMITS": json.dumps(rate_limits(keys)),
        "KEY_NAMES": json.dumps(key_names(keys)),
        "BUCKETS": json.dumps(every),
    }


def values(environ: Mapping[str, str]) -> dict[str, str | int]:
    """Take the template's values from the environment."""
    page = environ.get("RACETIME_GATEWAY_PAGE") or environ.get("RACETIME_PAGE_LISTEN")
    otlp = environ.get("RACETIME_OTLP_ENDPOINT")
    return {
        "LISTEN_ADDRESS": json.dumps(environ.get("RACETIME_GATEWAY_LISTEN") or "127.0.0.1"),
        "LISTEN_PORT": number(environ, "RACETIME_GATEWAY_PORT", 8000),
        "ADMIN_ADDRESS": json.dumps(environ.get("RACETIME_GATEWAY_ADMIN_LISTEN") or "127.0.0.1"),
        "ADMIN_PORT": number(environ, "RACETIME_GATEWAY_ADMIN_PORT", 9901),
        "API_ENDPOINTS": endpoints(
            "RACETIME_GATEWAY_API",
            environ.get("RACETIME_GATEWAY_API")
            or "127.0.0.1:50151,127.0.0.1:50152,127.0.0.1:50153",
        ),
        "PAGE_ENDPOINTS": endpoints("RACETIME_GATEWAY_PAGE", page or "127.0.0.1:8001"),
        "DESCRIPTOR": json.dumps(str(FOLDER / "racetime.binpb")),
        "OPENAPI": json.dumps(str(FOLDER / "openapi.json")),
        "MAX_CONNECTIONS": number(environ, "RACETIME_GATEWAY_MAX_CONNECTIONS", 20_000),
        "MAX_STREAMS": number(environ, "RACETIME_GATEWAY_MAX_STREAMS", 20_000),
        "MAX_HEAP_BYTES": number(environ, "RACETIME_GATEWAY_MAX_HEAP_BYTES", 1 << 30),
        "TRUSTED_HOPS": number(environ, "RACETIME_GATEWAY_TRUSTED_HOPS", 0, lowest=0),
        "LISTEN_TLS": listen_tls(environ),
        "API_TLS": api_tls(environ),
        "CORS_ORIGINS": origins(
            "RACETIME_GATEWAY_CORS_ORIGINS", environ.get("RACETIME_GATEWAY_CORS_ORIGINS") or ""
        ),
        "LOG_FORMAT": log_format(environ),
        "ACCESS_LOG": access_log(environ),
        "TRACING": tracing(environ),
        "OTLP_ENDPOINTS": endpoints("RACETIME_OTLP_ENDPOINT", otlp) if otlp else "[]",
        **limits(environ),
    }


def render(environ: Mapping[str, str]) -> str:
    """Answer the configuration for an environment."""
    template = (FOLDER / "envoy.yaml").read_text()
    return Template(template).substitute(values(environ))


if __name__ == "__main__":
    sys.stdout.write(render(os.environ))
