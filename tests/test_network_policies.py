"""Who may reach whom in the cluster is what docs/production.md says, and nobody else."""

import re
from collections.abc import Iterator

import pytest
from manifests import ROOT, Rendered, rendered
from reach import NAME, Party, edges, outside

OVERLAYS = ("kind", "production")
TITLE = "## Who may reach whom"
PORTS = (22, 80, 443, 1883, 6379, 6380, 8883, 26379, 50051)


def parties(manifests: Rendered) -> Iterator[Party]:
    """Give all that is in the namespace, around it and outside."""
    for one in manifests.containers:
        yield Party(one.name, labels=one.labels, ports=one.ports)
    yield Party("operator's pod", labels={"racetime/operator": "true"})
    yield Party("any pod of the namespace", ports={"any": 8080})
    solver = {"acme.cert-manager.io/http01-solver": "true"}
    yield Party("ACME solver", labels=solver, ports={"http": 8089})
    yield Party("Traefik", "traefik", {NAME: "traefik"}, {"web": 8080})
    yield Party("Prometheus", "monitoring", {NAME: "prometheus"}, {"web": 9090})
    yield Party("pod that calls itself gateway", "default", {NAME: "gateway"}, {"http": 8000})
    yield Party("pod that calls itself Prometheus", "default", {NAME: "prometheus"})
    yield Party("DNS", "kube-system", {"k8s-app": "kube-dns"}, {"dns": 53})
    yield outside("internet", "104.20.1.1", *PORTS)
    yield outside("internet by IPv6", "2606:4700::1", *PORTS)
    yield outside("Redis outside", "10.0.3.4", *PORTS)
    yield outside("private network", "192.168.1.1", *PORTS)
    yield outside("private network by IPv6", "fd00::1", *PORTS)
    yield outside("the cloud's metadata", "169.254.169.254", *PORTS)


def documented(overlay: str) -> set[tuple[str, str, int]]:
    """Read the table: from, to, ports, overlay or both."""
    section = (ROOT / "docs/production.md").read_text().partition(TITLE)[2].partition("\n## ")[0]
    found = set()
    for line in re.findall(r"^\| (?!from|---)(.+) \|$", section, re.MULTILINE):
        ones, others, ports, where = (cell.strip() for cell in line.split("|"))
        if where in ("both", overlay):
            found |= {
                (one, other, int(port))
                for one in ones.split(", ")
                for other in others.split(", ")
                for port in ports.split(", ")
            }
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_policies_allow_what_is_documented_and_nothing_else(overlay: str):
    manifests = rendered(f"overlays/{overlay}")
    assert edges(manifests, parties(manifests)) == documented(overlay)


def test_without_the_policies_everything_would_be_open():
    """So that the test above would see a policy that is gone."""
    manifests = Rendered.__new__(Rendered)
    kept = [
        one
        for one in rendered("overlays/production").manifests
        if one["kind"] != "NetworkPolicy" or one["metadata"]["name"] not in ("default", "poller")
    ]
    manifests.manifests = kept
    open_edges = edges(manifests, parties(manifests))
    assert ("any pod of the namespace", "poller", 50060) in open_edges
    assert ("pod that calls itself gateway", "poller", 50060) in open_edges
