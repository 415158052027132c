"""Fill in the gateway's configuration from the environment and print it.

    python gateway/render.py > envoy.rendered.yaml

Variables, with their defaults: RACETIME_GATEWAY_LISTEN (127.0.0.1), RACETIME_GATEWAY_PORT (8000),
RACETIME_GATEWAY_ADMIN_LISTEN (127.0.0.1), RACETIME_GATEWAY_ADMIN_PORT (9901), RACETIME_GATEWAY_API
(host:port,host:port,...; the three local replicas), RACETIME_GATEWAY_PAGE (else
RACETIME_PAGE_LISTEN, 127.0.0.1:8001), RACETIME_GATEWAY_MAX_CONNECTIONS (20000),
RACETIME_GATEWAY_MAX_STREAMS (20000), RACETIME_GATEWAY_MAX_HEAP_BYTES (1 GiB).
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

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


def number(environ: Mapping[str, str], variable: str, default: int) -> str:
    """Read a positive whole number; exits naming the variable when it is not one."""
    text = environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) == 0:
        sys.exit(f"{variable}: {text!r} is not a positive whole number")
    return text


def values(environ: Mapping[str, str]) -> dict[str, str]:
    """Take the template's values from the environment."""
    page = environ.get("RACETIME_GATEWAY_PAGE") or environ.get("RACETIME_PAGE_LISTEN")
    return {
        "LISTEN_ADDRESS": json.dumps(environ.get("RACETIME_GATEWAY_LISTEN") or "127.0.0.1"),
        "LISTEN_PORT": number(environ, "RACETIME_GATEWAY_PORT", 8000),
        "ADMIN_ADDRESS": json.dumps(environ.get("RACETIME_GATEWAY_ADMIN_LISTEN") or "127.0.0.1"),
        "ADMIN_PORT": number(environ, "RACETIME_GATEWAY_ADMIN_PORT", 9901),
        "API_ENDPOINTS": endpoints(
            "RACETIME_GATEWAY_API",
            environ.get("RACETIME_GATEWAY_API")
            or "127.0.0.1:50051,127.0.0.1:50052,127.0.0.1:50053",
        ),
        "PAGE_ENDPOINTS": endpoints("RACETIME_GATEWAY_PAGE", page or "127.0.0.1:8001"),
        "DESCRIPTOR": json.dumps(str(FOLDER / "racetime.binpb")),
        "OPENAPI": json.dumps(str(FOLDER / "openapi.json")),
        "MAX_CONNECTIONS": number(environ, "RACETIME_GATEWAY_MAX_CONNECTIONS", 20_000),
        "MAX_STREAMS": number(environ, "RACETIME_GATEWAY_MAX_STREAMS", 20_000),
        "MAX_HEAP_BYTES": number(environ, "RACETIME_GATEWAY_MAX_HEAP_BYTES", 1 << 30),
    }


def render(environ: Mapping[str, str]) -> str:
    """Answer the configuration for an environment."""
    template = (FOLDER / "envoy.yaml").read_text()
    return Template(template).substitute(values(environ))


if __name__ == "__main__":
    sys.stdout.write(render(os.environ))
