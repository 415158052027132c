"""What a crowd needs, and with how many viewers each thing gives out. Pure arithmetic."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.sizing.costs import Assumed, Bounds, Measured

MILLION = 1e6
KIB_OF_GIB = 1 << 20


@dataclass(frozen=True)
class Costs:
    """What was measured, what was assumed, what the manifests bound."""

    measured: Measured
    assumed: Assumed
    bounds: Bounds

    def cores(self, micros: float, viewers: float = 1.0) -> float:
        """Answer how much CPU viewers take, fully used."""
        return viewers * self.assumed.updates_per_second * micros / MILLION

    def planned(self, cores: float) -> float:
        """Answer how many cores to have for so many that are fully used."""
        return cores / self.assumed.busy_share

    @property
    def wire_bytes_per_second(self) -> float:
        """What a viewer of the page takes of the network."""
        around = self.assumed.wire_bytes_per_update * self.assumed.updates_per_second
        return self.measured.page_bytes_per_second + around

    @property
    def full_bytes_per_second(self) -> float:
        """What a viewer of full lanes takes of the network, at the most."""
        update = self.measured.full_bytes_per_update + self.assumed.wire_bytes_per_update
        return update * self.assumed.updates_per_second

    @property
    def api_pod(self) -> float:
        """Viewers that a pod of the api is planned for: by its autoscaler, or by its one core."""
        by_core = self.assumed.busy_share / self.cores(self.measured.api_micros)
        return min(self.bounds.watchers_per_pod, by_core)

    @property
    def gateway_pod(self) -> float:
        """Viewers that a gateway is planned for: by its one core, or by half of its heap."""
        by_core = self.assumed.busy_share / self.cores(self.measured.gateway_micros)
        by_heap = self.bounds.gateway_heap_bytes / 2 / (self.measured.gateway_kib * 1024)
        return min(by_core, by_heap)


@dataclass(frozen=True)
class Demand:
    """What a crowd needs."""

    viewers: int
    api_pods: int
    api_cores: float
    api_gib: float
    gateway_pods: int
    gateway_cores: float
    gateway_gib: float
    ingress_cores: float
    ingress_gib: float
    redis_cores: float
    gbit: float
    full_gbit: float


def demand(costs: Costs, viewers: int) -> Demand:
    """Work out what a crowd needs; one pod more than it takes, as one may go."""
    measured, assumed, bounds = costs.measured, costs.assumed, costs.bounds
    api_pods = max(bounds.api_least, math.ceil(viewers / costs.api_pod) + 1)
    gateway_pods = max(bounds.gateway_least, math.ceil(viewers / costs.gateway_pod) + 1)
    return Demand(
        viewers,
        api_pods,
        costs.cores(measured.api_micros, viewers),
        _gib(viewers, measured.api_kib, api_pods, assumed.idle_mib),
        gateway_pods,
        costs.cores(measured.gateway_micros, viewers),
        _gib(viewers, measured.gateway_kib, gateway_pods, assumed.idle_mib),
        costs.planned(costs.cores(assumed.ingress_micros, viewers)),
        viewers * assumed.ingress_kib / KIB_OF_GIB,
        costs.cores(measured.redis_micros, api_pods),
        viewers * costs.wire_bytes_per_second * 8 / 1e9,
        viewers * costs.full_bytes_per_second * 8 / 1e9,
    )


def _gib(viewers: int, kib: float, pods: int, idle_mib: float) -> float:
    return (viewers * kib + pods * idle_mib * 1024) / KIB_OF_GIB


@dataclass(frozen=True)
class Limit:
    """Something that gives out, with how many viewers, by which arithmetic."""

    what: str
    viewers: float
    arithmetic: str
    more: str


def limits(costs: Costs) -> list[Limit]:
    """Answer what gives out, the first of all first."""
    return sorted(_limits(costs), key=lambda limit: limit.viewers)


def _limits(costs: Costs) -> Iterator[Limit]:
    measured, assumed, bounds = costs.measured, costs.assumed, costs.bounds
    busy, rate = assumed.busy_share, assumed.updates_per_second
    ingress = assumed.ingress_cores * busy / costs.cores(assumed.ingress_micros)
    yield Limit(
        "ingress",
        ingress,
        f"{assumed.ingress_cores:g} cores x {busy:g} / ({rate:g} x {assumed.ingress_micros:g} us)",
        "more pods of Traefik on nodes of their own; then a balancer of layer 4 that leads to the "
        "gateways, which speak TLS themselves (`RACETIME_GATEWAY_TLS_CERT`); then regions",
    )
    for name, most, pod, how in (
        ("api", bounds.api_most, costs.api_pod, "viewers a pod"),
        ("gateway", bounds.gateway_most, costs.gateway_pod, "viewers a pod"),
    ):
        yield Limit(
            f"{name}: `maxReplicas`",
            (most - 1) * pod,
            f"({most} - 1) pods x {pod:,.0f} {how}",
            "a higher `maxReplicas`, and the nodes for it",
        )
    readers = busy / costs.cores(measured.redis_micros)
    yield Limit(
        "Redis: CPU of one primary",
        readers * costs.api_pod,
        f"{busy:g} cores / ({rate:g} x {measured.redis_micros:,.0f} us) = {readers:,.0f} replicas "
        f"of the api x {costs.api_pod:,.0f}",
        "fewer, fuller replicas of the api; then a read replica of Redis and its own api and "
        "gateways in each region (the api only reads a log)",
    )
    yield Limit(
        "network out",
        assumed.link_gbit * 1e9 * busy / (costs.wire_bytes_per_second * 8),
        f"{assumed.link_gbit:g} Gbit/s x {busy:g} / ({costs.wire_bytes_per_second:,.0f} B/s x 8)",
        "regional gateways and replicas beside the viewers; a CDN for the page and for the past",
    )
