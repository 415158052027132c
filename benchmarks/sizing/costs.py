"""What a viewer costs: measured where it was, else assumed, each by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from racetime_poller.settings import Settings as PollerSettings

BASE = Path(__file__).resolve().parents[2] / "k8s" / "base"
PAGE_LANES = "timing+motion+history"


@dataclass(frozen=True)
class Measured:
    """What the newest runs say; of several crowds the dearest, of several races the richest."""

    fanout_date: str
    bytes_date: str
    machine: str
    crowds: tuple[int, ...]
    api_micros: float
    gateway_micros: float
    # CPU of Redis for one update and one replica that reads it, what it does idly included.
    redis_micros: float
    api_kib: float
    gateway_kib: float
    # What a viewer of the page receives, and of full lanes.
    page_bytes_per_second: float
    full_bytes_per_update: float

    @classmethod
    def of(cls, results: Mapping[str, Mapping[str, Any]]) -> "Measured":
        """Read the newest results, by their names; raises KeyError without them."""
        fanout, sizes = results["fanout"], results["bytes"]
        details = fanout["details"]
        loads = [load for load in details["loads"] if load["kind"] == "racetime"]

        def worst(group: str, kind: str) -> float:
            return max(_mean(loads, viewers, kind, group) for viewers in crowds)

        crowds = tuple(sorted({load["viewers"] for load in loads}))
        redis = (
            _mean(loads, viewers, "cpu_micros", "redis") * viewers / details["replicas"]
            for viewers in crowds
        )
        page = [one["value"] for one in sizes["figures"] if f": {PAGE_LANES} (" in one["name"]]
        computer = fanout["machine"]
        return cls(
            fanout["date"],
            sizes["date"],
            f"{computer['processor']}, {computer['cores']} cores",
            crowds,
            worst("api", "cpu_micros"),
            worst("gateway", "cpu_micros"),
            max(redis),
            worst("api", "memory_kib"),
            worst("gateway", "memory_kib"),
            max(page),
            max(load["update_bytes"] for load in loads),
        )


def _mean(loads: list[dict[str, Any]], viewers: int, kind: str, group: str) -> float:
    values = [load[kind].get(group, 0.0) for load in loads if load["viewers"] == viewers]
    return sum(values) / len(values)


@dataclass(frozen=True)
class Assumed:
    """What was not measured. Change it here, and run `python -m benchmarks sizing`."""

    # As many as the poller publishes at most.
    updates_per_second: float = 1000 / PollerSettings().publish_interval_millis
    # How busy a core is planned to be: all viewers wake at one instant, and peaks come.
    busy_share: float = 0.5
    # TLS, TCP/IP and HTTP/2 around each update.
    wire_bytes_per_update: float = 100.0
    # Traefik with TLS in front of Envoy: CPU of an update, memory of a viewer's connection.
    ingress_micros: float = 60.0
    ingress_kib: float = 100.0
    # Of the ingress: as many cores as three nodes give it.
    ingress_cores: float = 6.0
    # The link that the cluster has to the world.
    link_gbit: float = 10.0
    # A process that nobody asks.
    idle_mib: float = 100.0


@dataclass(frozen=True)
class Bounds:
    """What the manifests say."""

    api_least: int
    api_most: int
    watchers_per_pod: int
    watchers_at_most: int
    gateway_least: int
    gateway_most: int
    gateway_heap_bytes: int

    @classmethod
    def of_manifests(cls, base: Path = BASE) -> "Bounds":
        """Read the bases of api and gateway."""
        api, gateway = (_spec(base / name) for name in ("api", "gateway"))
        (watchers,) = (
            metric["pods"]["target"]["averageValue"]
            for metric in api["metrics"]
            if metric["type"] == "Pods"
        )
        return cls(
            api["minReplicas"],
            api["maxReplicas"],
            int(watchers),
            int(_variable(base / "api/api.env", "RACETIME_API_MAX_WATCHERS")),
            gateway["minReplicas"],
            gateway["maxReplicas"],
            int(_variable(base / "gateway/gateway.env", "RACETIME_GATEWAY_MAX_HEAP_BYTES")),
        )


def _spec(folder: Path) -> dict[str, Any]:
    text = (folder / "horizontal-pod-autoscaler.yaml").read_text()
    spec: dict[str, Any] = yaml.safe_load(text)["spec"]
    return spec


def _variable(path: Path, name: str) -> str:
    (value,) = (
        line.partition("=")[2]
        for line in path.read_text().splitlines()
        if line.startswith(f"{name}=")
    )
    return value
