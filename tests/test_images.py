"""Dockerfiles and compose.yaml run what the Procfile runs, where the code and the documents say."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from honcho.environ import parse_procfile

from racetime_api.settings import Settings as ApiSettings
from racetime_api.settings import variable
from racetime_embedded.ports import Ports
from racetime_poller.settings import Settings as PollerSettings
from racetime_simulator.settings import Settings as SimulatorSettings

ROOT = Path(__file__).resolve().parents[1]
PARTS = {"poller": "poller", "api": "api", "frontend": "page", "gateway": "gateway"}
MONITORING = {"prometheus", "alertmanager", "grafana", "redis-exporter"}
COMMANDS = parse_procfile((ROOT / "Procfile").read_text()).processes
INSTRUCTION = re.compile(r"^([A-Z]+) ((?:.*\\\n)*.*)$", re.MULTILINE)


@cache
def dockerfile(part: str) -> dict[str, list[str]]:
    """Read the instructions of the last stage: a name, and what was said by it."""
    text = (ROOT / part / "Dockerfile").read_text()
    found: dict[str, list[str]] = {}
    for name, said in INSTRUCTION.findall(text[text.rindex("\nFROM ") :]):
        found.setdefault(name, []).append(said.replace("\\\n", " "))
    return found


def environment(part: str) -> dict[str, str]:
    """Read the variables that an image sets."""
    return dict(
        word.split("=", 1) for said in dockerfile(part).get("ENV", []) for word in said.split()
    )


@cache
def compose(*options: str) -> dict[str, Any]:
    """Read compose.yaml as compose does, which refuses what is no setting."""
    command = Path(sys.executable).with_name("docker-compose")
    words = [command, *options, "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(
        words, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr
    return json.loads(done.stdout)


def services() -> dict[str, dict[str, Any]]:
    return compose("--env-file", ".env.simulator")["services"]


@pytest.mark.parametrize(("part", "process"), PARTS.items())
def test_an_image_runs_the_procfiles_command(part: str, process: str) -> None:
    (said,) = dockerfile(part)["CMD"]
    words = json.loads(said)
    if words[:2] == ["sh", "-c"]:
        assert words[2:] == [COMMANDS[process]]
    else:
        assert "exec " + " ".join(words) == COMMANDS[process]


def test_the_simulator_runs_the_procfiles_command_from_the_pollers_image() -> None:
    simulator = services()["simulator"]
    assert "exec " + " ".join(simulator["command"]) == COMMANDS["simulator"]
    assert simulator["image"] == services()["poller"]["image"]


@pytest.mark.parametrize("part", PARTS)
def test_an_image_is_nobodys_and_has_a_health_check(part: str) -> None:
    said = dockerfile(part)
    assert said["USER"] == ["10001:10001"]
    assert len(said["HEALTHCHECK"]) == 1
    assert "LABEL" in said
    assert "RUN" not in said


def test_ports_are_those_of_the_code() -> None:
    poller, api, page, gateway = map(environment, PARTS)
    for environ, name, default in (
        (poller, "RACETIME_POLLER_OPS_LISTEN", PollerSettings().ops_listen),
        (poller, "RACETIME_POLLER_METRICS_LISTEN", PollerSettings().metrics_listen),
        (poller, "RACETIME_SIMULATOR_LISTEN", SimulatorSettings().listen),
        (api, "RACETIME_API_LISTEN", ApiSettings().listen),
        (api, "RACETIME_API_METRICS_LISTEN", ApiSettings().metrics_listen),
    ):
        assert environ[name] == default.replace("127.0.0.1", "0.0.0.0")
    ports = Ports()
    assert page["RACETIME_PAGE_PORT"] == str(ports.page)
    assert gateway["RACETIME_GATEWAY_PORT"] == str(ports.gateway)
    assert gateway["RACETIME_GATEWAY_ADMIN_PORT"] == str(ports.gateway_admin)


@pytest.mark.parametrize("part", PARTS)
def test_an_image_exposes_what_it_listens_on(part: str) -> None:
    (said,) = dockerfile(part)["EXPOSE"]
    numbers = {
        value.rpartition(":")[2]
        for name, value in environment(part).items()
        if name.endswith(("_LISTEN", "_PORT")) and "ADMIN" not in name and value != "0.0.0.0"
    }
    assert set(said.split()) == numbers


def known_variables() -> set[str]:
    """List the variables that some part reads."""
    api = {variable(name) for name in ApiSettings.__dataclass_fields__}
    texts = [
        *(ROOT / "poller" / "src").rglob("settings.py"),
        ROOT / "gateway" / "render.py",
        ROOT / "gateway" / "Caddyfile",
        ROOT / "gateway" / "traefik.yaml",
    ]
    named = set(re.findall(r"RACETIME_[A-Z0-9_]+", "".join(text.read_text() for text in texts)))
    poller = {f"RACETIME_POLLER_{name.upper()}" for name in PollerSettings.__dataclass_fields__}
    fields = SimulatorSettings.__dataclass_fields__
    simulator = {f"RACETIME_SIMULATOR_{name.upper()}" for name in fields}
    return api | named | poller | simulator | {"RACETIME_LOG_FORMAT", "RACETIME_RUN_FOLDER"}


def test_every_variable_that_is_set_is_read_by_somebody() -> None:
    known = known_variables()
    for name, service in services().items():
        given = {key for key in service.get("environment") or {} if key.startswith("RACETIME_")}
        assert given <= known, name
    for part in PARTS:
        given = {key for key in environment(part) if key.startswith("RACETIME_")}
        assert given <= known, part


def test_every_variable_of_compose_is_told_of() -> None:
    text = (ROOT / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)", text))
    asked |= set(re.findall(r"^ +(RACETIME_[A-Z0-9_]+):(?: #.*)?$", text, re.MULTILINE))
    told = set(re.findall(r"^# ([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert told == asked | {"COMPOSE_PROFILES"}


def test_the_made_up_race_is_the_simulators() -> None:
    environ = services()["poller"]["environment"]
    port = SimulatorSettings().port
    assert environ["RACETIME_OPENF1_URL"] == f"http://simulator:{port}"
    assert environ["RACETIME_OPENF1_CLOCK_URL"] == f"http://simulator:{port}/clock"
    text = (ROOT / ".env.example").read_text()
    for line in (ROOT / ".env.simulator").read_text().splitlines()[1:]:
        assert f"# {line}\n" in text


def test_published_ports_are_the_documented_ones_on_the_loopback() -> None:
    ports = Ports()
    published = {
        (name, int(port["published"]), port["target"], port["host_ip"])
        for name, service in services().items()
        for port in service.get("ports", [])
        if name not in {"traefik", *MONITORING}
    }
    inside = ports.api[0]
    replicas = {(f"api-{n}", port, inside, "127.0.0.1") for n, port in enumerate(ports.api, 1)}
    assert published == replicas | {
        ("gateway", ports.gateway, ports.gateway, "127.0.0.1"),
        ("poller", ports.poller_ops, ports.poller_ops, "127.0.0.1"),
    }


def test_monitoring_is_on_the_loopback_and_reaches_only_what_it_reads() -> None:
    reach = {name: set(services()[name]["networks"]) - {"monitoring"} for name in MONITORING}
    assert reach == {
        "prometheus": {"edge", "source", "gateway-api"},
        "redis-exporter": {"redis-api"},
        "alertmanager": set(),
        "grafana": set(),
    }
    ports = [port for name in MONITORING for port in services()[name].get("ports", [])]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_every_service_is_hardened() -> None:
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert int(service["deploy"]["resources"]["limits"]["memory"]) > 0, name
        assert not service["user"].startswith(("0", "root")), name
        assert not service["image"].endswith(":latest"), name
        assert ":" in service["image"].rpartition("/")[2], name


def test_only_who_must_talk_shares_a_network() -> None:
    neighbours: dict[str, set[str]] = {}
    for name, service in services().items():
        for network in service["networks"] if name not in MONITORING else ():
            neighbours.setdefault(network, set()).add(name)
    replicas = {"api-1", "api-2", "api-3"}
    assert neighbours == {
        "edge": {"gateway", "traefik"},
        "page": {"gateway", "frontend"},
        "gateway-api": {"gateway", *replicas},
        "redis-api": {"redis", *replicas},
        "redis-poller": {"redis", "poller"},
        "source": {"poller", "simulator"},
    }


def test_the_gateway_knows_every_replica_and_the_page() -> None:
    environ = services()["gateway"]["environment"]
    replicas = [name for name in services() if name.startswith("api-")]
    port = Ports().api_stream[0]
    assert environ["RACETIME_GATEWAY_API"] == ",".join(f"{name}:{port}" for name in replicas)
    assert environ["RACETIME_GATEWAY_PAGE"] == f"frontend:{Ports().page}"
