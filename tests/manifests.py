"""Kubernetes' manifests as a cluster would get them, and what their containers find."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
K8S = ROOT / "k8s"
# Of the wheel: another one renders otherwise.
KUBECTL = Path(sys.prefix) / "bin" / "kubectl"
Manifest = Mapping[str, Any]

# What an operator puts into the Secrets that are no files.
SECRETS = {
    ("redis", "url"): "redis://:of-redis@redis:6379/0",
    ("redis", "password"): "of-redis",
    ("openf1", "username"): "somebody",
    ("openf1", "password"): "of-openf1",
}


@dataclass(frozen=True)
class Container:
    """A container, with its pod around it."""

    workload: Manifest
    spec: Manifest
    environ: Mapping[str, str]

    @property
    def name(self) -> str:
        return str(self.workload["metadata"]["name"])

    @property
    def pod(self) -> Manifest:
        return self.workload["spec"]["template"]["spec"]

    @property
    def labels(self) -> Mapping[str, str]:
        return self.workload["spec"]["template"]["metadata"]["labels"]

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.spec["ports"]}

    @property
    def part(self) -> str:
        """The part of RaceTime whose image it runs; empty where it is another's."""
        name = self.spec["image"].partition("@")[0].rpartition("/")[2].partition(":")[0]
        return name.removeprefix("racetime-") if name.startswith("racetime-") else ""

    @property
    def secret_names(self) -> set[str]:
        refs = [one.get("valueFrom", {}).get("secretKeyRef") for one in self.spec.get("env", ())]
        files = [volume.get("secret") for volume in self.pod.get("volumes", ())]
        names = {ref["name"] for ref in refs if ref}
        return names | {file["secretName"] for file in files if file}


class Rendered:
    """All manifests of an overlay."""

    def __init__(self, folder: Path) -> None:
        done = subprocess.run(
            [KUBECTL, "kustomize", folder], text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        self.manifests: list[Manifest] = list(yaml.safe_load_all(done.stdout))

    def of(self, *kinds: str) -> list[Manifest]:
        """Answer the manifests of some kinds."""
        return [one for one in self.manifests if one["kind"] in kinds]

    def one(self, kind: str, name: str) -> Manifest:
        """Answer a manifest."""
        (found,) = [one for one in self.of(kind) if one["metadata"]["name"] == name]
        return found

    @property
    def workloads(self) -> list[Manifest]:
        return self.of("Deployment", "StatefulSet")

    @property
    def containers(self) -> list[Container]:
        return [
            Container(workload, spec, self._environ(spec))
            for workload in self.workloads
            for spec in workload["spec"]["template"]["spec"]["containers"]
        ]

    def container(self, workload: str) -> Container:
        """Answer the one container of a workload."""
        (found,) = [one for one in self.containers if one.name == workload]
        return found

    def _environ(self, spec: Manifest) -> dict[str, str]:
        environ: dict[str, str] = {}
        for source in spec.get("envFrom", ()):
            environ |= self.one("ConfigMap", source["configMapRef"]["name"])["data"]
        for variable in spec.get("env", ()):
            ref = variable.get("valueFrom", {}).get("secretKeyRef")
            value = SECRETS[ref["name"], ref["key"]] if ref else variable["value"]
            environ[variable["name"]] = value
        return environ


@cache
def rendered(overlay: str) -> Rendered:
    """Answer an overlay of the repository, rendered once."""
    return Rendered(K8S / overlay)


def written_overlay(folder: Path, **content: Any) -> Rendered:
    """Render an overlay made for a test; its paths are those of the repository's k8s/."""
    up = os.path.relpath(K8S, folder)
    for key in ("resources", "components"):
        content[key] = [f"{up}/{path}" for path in content.get(key, ())]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return Rendered(folder)


def selects(selector: Manifest, labels: Mapping[str, str]) -> bool:
    """Say whether a label selector selects labels."""
    exact = selector.get("matchLabels", {}).items() <= labels.items()
    return exact and all(_holds(one, labels) for one in selector.get("matchExpressions", ()))


def _holds(expression: Manifest, labels: Mapping[str, str]) -> bool:
    assert expression["operator"] == "In", "no other operator is used"
    return labels.get(expression["key"]) in expression["values"]


def probes(container: Container) -> Iterator[tuple[str, Manifest]]:
    """Give each probe with its name."""
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if name in container.spec:
            yield name, container.spec[name]
