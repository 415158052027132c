"""Who may reach whom, as network policies say: both the one's way out and the other's way in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from manifests import Manifest, Rendered, selects

NAMESPACE = "racetime"
NAME = "app.kubernetes.io/name"
# Pods have addresses, too, which blocks of addresses take in where they name them.
POD_ADDRESS = "10.244.1.7"


@dataclass(frozen=True)
class Party:
    """Somebody who asks or is asked: a pod, or an address outside of the cluster."""

    name: str
    namespace: str = NAMESPACE
    labels: Mapping[str, str] = field(default_factory=dict)
    # What may be asked for: by its name, where it has one.
    ports: Mapping[str, int] = field(default_factory=dict)
    address: str = POD_ADDRESS

    @property
    def is_pod(self) -> bool:
        return self.address == POD_ADDRESS


def outside(name: str, address: str, *ports: int) -> Party:
    """Answer who is outside of the cluster."""
    return Party(name, "", {}, {str(port): port for port in ports}, address)


def edges(manifests: Rendered, parties: Iterable[Party]) -> set[tuple[str, str, int]]:
    """Answer who may reach whom at which port; only what a party of the namespace is part of."""
    policies = manifests.of("NetworkPolicy")
    parties = list(parties)
    return {
        (one.name, other.name, number)
        for one in parties
        for other in parties
        if one is not other and NAMESPACE in (one.namespace, other.namespace)
        for name, number in other.ports.items()
        if _may(policies, "Egress", one, other, name, number)
        and _may(policies, "Ingress", other, one, name, number)
    }


def _may(
    policies: list[Manifest], way: str, own: Party, other: Party, port: str, number: int
) -> bool:
    """Say whether a party's own policies allow a way; nobody else's bind it."""
    if own.namespace != NAMESPACE:
        return True
    binding = [
        policy["spec"]
        for policy in policies
        if way in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], own.labels)
    ]
    rules = [rule for spec in binding for rule in spec.get(way.lower(), ())]
    return not binding or any(
        _names(rule["to" if way == "Egress" else "from"], other)
        and any(one["port"] in (port, number) for one in rule["ports"])
        for rule in rules
    )


def _names(peers: list[Manifest], party: Party) -> bool:
    return any(_is(peer, party) for peer in peers)


def _is(peer: Manifest, party: Party) -> bool:
    block = peer.get("ipBlock")
    if block:
        address = ip_address(party.address)
        excepted = any(address in ip_network(one) for one in block.get("except", ()))
        return address in ip_network(block["cidr"]) and not excepted
    if not party.is_pod:
        return False
    space = {"kubernetes.io/metadata.name": party.namespace}
    in_space = (
        selects(peer["namespaceSelector"], space)
        if "namespaceSelector" in peer
        else party.namespace == NAMESPACE
    )
    return in_space and selects(peer.get("podSelector", {}), party.labels)
