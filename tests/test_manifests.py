"""What a cluster is told is what the code knows: commands, variables, ports, probes, secrets."""

import dataclasses
import re
import shlex

import pytest
from honcho.environ import parse_procfile
from manifests import ROOT, Container, probes, rendered, selects

import racetime_api.probes
import racetime_api.settings
import racetime_poller.settings
import racetime_simulator.settings

DOCUMENT = ROOT / "docs" / "production.md"
OVERLAYS = ("overlays/kind", "overlays/production")
PROCFILE = parse_procfile((ROOT / "Procfile").read_text()).processes
# The process of the Procfile that a workload runs.
PROCESS = {"frontend": "page"}
SETTINGS = {
    "poller": racetime_poller.settings.Settings,
    "api": racetime_api.settings.Settings,
    "simulator": racetime_simulator.settings.Settings,
}
# Where the variables of what has no Settings are read.
OBSERVED = ("proto/python/racetime/logs.py", "proto/python/racetime/traces.py")
READ_IN = {
    "gateway": ("gateway/render.py", "gateway/observe.py", "gateway/drain.py", "Procfile"),
    "frontend": ("gateway/Caddyfile",),
    "poller": ("poller/src/racetime_poller/settings.py", *OBSERVED),
    "api": ("api/src/racetime_api/settings.py", *OBSERVED),
    "simulator": ("proto/python/racetime/logs.py",),
}
OURS = [
    pytest.param(container, id=f"{overlay.partition('/')[2]}-{container.name}")
    for overlay in OVERLAYS
    for container in rendered(overlay).containers
    if container.part
]
EVERY = pytest.mark.parametrize("overlay", [*OVERLAYS, "kind/traefik"])


def known_variables(name: str) -> set[str]:
    texts = [(ROOT / path).read_text() for path in READ_IN[name]]
    known = {word for text in texts for word in re.findall(r"RACETIME_[A-Z0-9_]+", text)}
    if name in SETTINGS:
        known |= {
            f"RACETIME_{name.upper()}_{field.name.upper()}"
            for field in dataclasses.fields(SETTINGS[name])
        }
    if name == "gateway":
        # The docstring says these by their ends, with two dots before.
        shorthand = re.findall(r"\.\.\.(_[A-Z_]+)", (ROOT / "gateway/render.py").read_text())
        known |= {f"RACETIME_GATEWAY{end}" for end in shorthand}
    return known


@pytest.mark.parametrize("container", OURS)
def test_every_variable_is_one_that_the_code_reads(container: Container):
    named = {name for name in container.environ if name.startswith("RACETIME_")}
    assert named == set(container.environ), "others are not RaceTime's"
    assert named <= known_variables(container.name)


@pytest.mark.parametrize("container", [one for one in OURS if one.values[0].name in SETTINGS])
def test_settings_take_the_variables_and_listen_where_the_ports_say(container: Container):
    settings = SETTINGS[container.name].from_env(container.environ)
    listens = {
        value
        for field in dataclasses.fields(settings)
        if "listen" in field.name and (value := getattr(settings, field.name))
    }
    assert listens == {f"0.0.0.0:{port}" for port in container.ports.values()}


@pytest.mark.parametrize("container", OURS)
def test_a_container_runs_what_the_procfile_runs(container: Container):
    """The image's own command, which is the Procfile's, but where an image has two."""
    process = PROCFILE[PROCESS.get(container.name, container.name)].removeprefix("exec ")
    dockerfile = ROOT / container.part / "Dockerfile"
    if container.name != container.part:
        assert container.spec["command"] == shlex.split(process)
    else:
        assert not {"command", "args"} & container.spec.keys()
        if dockerfile.is_file():  # of the images, which are built elsewhere
            command = dockerfile.read_text().replace('\\"', '"')
            assert process in command or str(shlex.split(process)).replace("'", '"') in command


@EVERY
def test_probes_ask_ports_that_the_container_has(overlay: str):
    for container in rendered(overlay).containers:
        names = [name for name, _ in probes(container)]
        assert {"readinessProbe", "livenessProbe"} <= set(names)
        for _, probe in probes(container):
            if "exec" in probe:
                continue
            (how,) = [probe[way] for way in ("grpc", "httpGet", "tcpSocket") if way in probe]
            assert how["port"] in {*container.ports, *container.ports.values()}


def test_the_apis_probes_ask_what_its_plain_port_answers():
    for overlay in OVERLAYS:
        asked = dict(probes(rendered(overlay).container("api")))
        names = {name: probe["grpc"].get("service", "") for name, probe in asked.items()}
        assert names == {
            "startupProbe": racetime_api.probes.LIVE,
            "readinessProbe": racetime_api.probes.READY,
            "livenessProbe": racetime_api.probes.LIVE,
        }
        assert {probe["grpc"]["port"] for probe in asked.values()} == {
            rendered(overlay).container("api").ports["health"]
        }


@EVERY
def test_every_selector_selects_one_workload_and_services_its_ports(overlay: str):
    manifests = rendered(overlay)
    for workload in manifests.workloads:
        template = workload["spec"]["template"]["metadata"]["labels"]
        assert selects(workload["spec"]["selector"], template)
    for service in manifests.of("Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        (chosen,) = [one for one in manifests.containers if selects(selector, one.labels)]
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in chosen.ports, service["metadata"]["name"]
            if service["spec"].get("clusterIP") == "None":
                # Who finds pods by DNS gets no translation of ports.
                assert port["port"] == chosen.ports[port["targetPort"]]


@EVERY
def test_budgets_autoscalers_and_spreads_are_of_what_is_there(overlay: str):
    manifests = rendered(overlay)
    names = {one.name for one in manifests.containers}
    for budget in manifests.of("PodDisruptionBudget"):
        chosen = [
            one.name
            for one in manifests.containers
            if selects(budget["spec"]["selector"], one.labels)
        ]
        assert chosen == [budget["metadata"]["name"]]
    for scaler in manifests.of("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        deployment = manifests.one(target["kind"], target["name"])
        assert "replicas" not in deployment["spec"], "each apply would undo the autoscaler"
        assert scaler["spec"]["minReplicas"] >= 2
    for container in manifests.containers:
        for spread in container.pod.get("topologySpreadConstraints", ()):
            assert selects(spread["labelSelector"], container.labels)
    if overlay == "kind/traefik":
        return
    budgets = {one["metadata"]["name"] for one in manifests.of("PodDisruptionBudget")}
    # There is one of each of the others: a budget would only hold its node.
    assert names - budgets <= {"redis", "simulator"}


def test_three_replicas_of_the_api_at_least_and_none_missing_while_they_change():
    scaler = rendered("overlays/production").one("HorizontalPodAutoscaler", "api")
    assert scaler["spec"]["minReplicas"] == 3
    assert rendered("overlays/kind").one("Deployment", "api")["spec"]["replicas"] == 3
    for overlay in OVERLAYS:
        for name in ("api", "gateway", "frontend", "poller"):
            strategy = rendered(overlay).one("Deployment", name)["spec"]["strategy"]
            assert strategy["rollingUpdate"]["maxUnavailable"] == 0


def test_a_replica_has_longer_to_end_than_its_drain_takes():
    for overlay in OVERLAYS:
        api = rendered(overlay).container("api")
        settings = racetime_api.settings.Settings.from_env(api.environ)
        before = api.spec["lifecycle"]["preStop"]["sleep"]["seconds"]
        after = settings.drain_seconds + 1.0
        assert api.pod["terminationGracePeriodSeconds"] >= before + after + 5
        gateway = rendered(overlay).container("gateway")
        drain = float(gateway.environ["RACETIME_GATEWAY_DRAIN_SECONDS"])
        assert gateway.pod["terminationGracePeriodSeconds"] >= drain + 5
        command = gateway.spec["lifecycle"]["preStop"]["exec"]["command"]
        assert command[0] == "python"
        assert (ROOT / command[1]).is_file()


@EVERY
def test_every_pod_is_restricted_and_has_bounds(overlay: str):
    for container in rendered(overlay).containers:
        pod, spec = container.pod, container.spec
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] >= 10_000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert not any("hostPath" in volume for volume in pod.get("volumes", ()))
        assert pod["automountServiceAccountToken"] is (container.name == "traefik")
        account = rendered(overlay).one("ServiceAccount", pod["serviceAccountName"])
        assert account["automountServiceAccountToken"] is False
        for bound in ("requests", "limits"):
            assert {"cpu", "memory", "ephemeral-storage"} == set(spec["resources"][bound])
        image = spec["image"]
        assert "@sha256:" in image or re.search(r":[\w.]+$", image), image
        assert not image.endswith(":latest")


@EVERY
def test_namespaces_enforce_what_the_pods_keep(overlay: str):
    (namespace,) = rendered(overlay).of("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    name = namespace["metadata"]["name"]
    cluster_wide = ("Namespace", "IngressClass", "ClusterRole", "ClusterRoleBinding")
    for manifest in rendered(overlay).manifests:
        expected = None if manifest["kind"] in cluster_wide else name
        assert manifest["metadata"].get("namespace") == expected, manifest["kind"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_secret_is_documented_or_made_by_a_certificate(overlay: str):
    manifests = rendered(overlay)
    assert not manifests.of("Secret"), "none is in the repository"
    made = {one["spec"]["secretName"] for one in manifests.of("Certificate")}
    named = {name for one in manifests.containers for name in one.secret_names}
    named |= {tls["secretName"] for one in manifests.of("Ingress") for tls in one["spec"]["tls"]}
    documented = re.findall(r"^ *\| `([\w-]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert named - made <= set(documented)


def test_the_gateway_is_told_of_services_that_are_there():
    for overlay in OVERLAYS:
        manifests = rendered(overlay)
        environ = manifests.container("gateway").environ
        for variable in ("RACETIME_GATEWAY_API", "RACETIME_GATEWAY_PAGE"):
            name, _, port = environ[variable].partition(":")
            ports = [port["port"] for port in manifests.one("Service", name)["spec"]["ports"]]
            assert int(port) in ports
        (ingress,) = manifests.of("Ingress")
        (rule,) = ingress["spec"]["rules"]
        backend = rule["http"]["paths"][0]["backend"]["service"]
        service = manifests.one("Service", backend["name"])
        assert backend["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
        annotations = service["metadata"]["annotations"]
        assert annotations["traefik.ingress.kubernetes.io/service.serversscheme"] == "h2c"
