"""Let a gateway's configuration carry the baselines where the page is: streams that last, and as
many connections as there are viewers.

    python gateway/render.py | python -m benchmarks.fanout.lenient
"""

import json
import sys
from typing import Any

import yaml

MOST = 20_000


def lenient(config: dict[str, Any]) -> dict[str, Any]:
    """Answer the configuration with the bounds of the page's cluster and routes lifted."""
    resources = config["static_resources"]
    for cluster in resources["clusters"]:
        if cluster["name"] == "page":
            limits = ("max_connections", "max_requests", "max_pending_requests")
            cluster["circuit_breakers"] = {"thresholds": [dict.fromkeys(limits, MOST)]}
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    for route in manager["route_config"]["virtual_hosts"][0]["routes"]:
        if route.get("route", {}).get("cluster") == "page":
            route["route"] = {**route["route"], "timeout": "0s"}
            route.pop("response_headers_to_add", None)
    return config


if __name__ == "__main__":
    json.dump(lenient(yaml.safe_load(sys.stdin)), sys.stdout)
