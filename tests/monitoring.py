"""A real Prometheus, Alertmanager and Redis exporter beside a chain, by the repository's own files.

So that a fault shows within seconds they are hurried: each second all is scraped and judged, and
what lasts so many minutes in the rules (`for:`, the ranges of rates) lasts as many seconds.
"""

import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from chain import Chain
from debian import program, templates

from racetime_embedded.children import tied
from racetime_embedded.ports import HOST, pick_free

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "k8s" / "monitoring"
RULES = FILES / "prometheus" / "rules"
HURRY = 60
# A rate wants some scrapes in its range.
SHORTEST_RANGE_SECONDS = 5
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PAUSE_SECONDS = 0.1


def seconds_of(text: str) -> int:
    """Read a duration such as 5m."""
    return int(text[:-1]) * _SECONDS[text[-1]]


def hurried(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Give a file of rules in which minutes have become seconds."""
    groups = [
        {**group, "rules": [_hurried_rule(rule) for rule in group["rules"]]}
        for group in rules["groups"]
    ]
    return {"groups": groups}


def hurried_expression(text: str) -> str:
    """Shorten the ranges of an expression."""

    def shorter(match: re.Match[str]) -> str:
        seconds = max(seconds_of(match[1]) // HURRY, SHORTEST_RANGE_SECONDS)
        return f"[{seconds}s]"

    return re.sub(r"\[(\d+[smhd])\]", shorter, text)


def _hurried_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    hurried_rule = {**rule, "expr": hurried_expression(rule["expr"])}
    if "for" in rule:
        hurried_rule["for"] = f"{seconds_of(rule['for']) * 1000 // HURRY}ms"
    return hurried_rule


def alert_rules() -> list[dict[str, Any]]:
    """Answer the alerting rules as they are."""
    groups = yaml.safe_load((RULES / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@dataclass(frozen=True)
class Alert:
    """An alert that Alertmanager has."""

    name: str
    severity: str
    labels: Mapping[str, str]


@dataclass
class Monitoring:
    """What watches a chain, while it runs."""

    chain: Chain
    folder: Path
    prometheus: int
    alertmanager: int
    exporter: int

    def ask(self, path: str, **parameters: str) -> Any:
        """Ask Prometheus's API."""
        query = urllib.parse.urlencode(parameters)
        return _get(f"http://{HOST}:{self.prometheus}/api/v1/{path}?{query}")["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Answer the series of an expression, at this instant."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found

    def firing(self) -> set[str]:
        """Answer the names of the alerts that fire by Prometheus's word."""
        alerts = self.ask("alerts")["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    def received(self) -> list[Alert]:
        """Answer what Alertmanager has been told of, inhibited or not."""
        found = _get(f"http://{HOST}:{self.alertmanager}/api/v2/alerts")
        return [
            Alert(one["labels"]["alertname"], one["labels"]["severity"], one["labels"])
            for one in found
        ]

    def until(self, what: str, get: Callable[[], Any], seconds: float = 60.0) -> Any:
        """Wait until `get` answers something true, and answer that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := get():
                return found
            time.sleep(_PAUSE_SECONDS)
        raise AssertionError(f"not within {seconds:g} s: {what}; firing: {self.firing()}")

    def until_received(self, *names: str, seconds: float = 60.0) -> None:
        """Wait until Alertmanager has been told of alerts."""
        wanted = set(names)

        def has_all() -> bool:
            return wanted <= {alert.name for alert in self.received()}

        self.until(f"Alertmanager has {', '.join(sorted(wanted))}", has_all, seconds)

    def until_quiet(self, *names: str, seconds: float = 60.0) -> None:
        """Wait until alerts, or all, fire no longer."""
        wanted = set(names)
        self.until(
            f"no alert {names or ''}",
            lambda: not (self.firing() & wanted if wanted else self.firing()),
            seconds,
        )


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


@contextmanager
def monitored(chain: Chain, folder: Path, metrics: Mapping[str, list[int]]) -> Iterator[Monitoring]:
    """Watch a chain inside `with`; `metrics` are the ports of each job. Raises NoProgram."""
    prometheus, alertmanager, exporter = pick_free(3)
    config = _configure(folder, {**metrics, "racetime-redis": [exporter]}, alertmanager)
    redis = f"redis://{HOST}:{chain.ports.redis}"
    listen = "--web.listen-address=" + HOST
    commands: dict[str, tuple[list[str], Path]] = {
        "exporter": (
            [
                str(program("prometheus-redis-exporter")),
                f"--redis.addr={redis}",
                f"{listen}:{exporter}",
                "--connection-timeout=1s",
            ],
            folder,
        ),
        "alertmanager": (
            [
                str(program("prometheus-alertmanager")),
                f"--config.file={FILES / 'alertmanager' / 'alertmanager.yaml'}",
                f"--storage.path={folder / 'alertmanager'}",
                f"{listen}:{alertmanager}",
                "--cluster.listen-address=",
            ],
            templates(),
        ),
        "prometheus": (
            [
                str(program("prometheus")),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"{listen}:{prometheus}",
                "--log.level=warn",
            ],
            folder,
        ),
    }
    found = Monitoring(chain, folder, prometheus, alertmanager, exporter)
    with ExitStack() as stack:
        for name, (command, where) in commands.items():
            stack.enter_context(_running(command, where, folder / f"{name}.log"))
        found.until("Prometheus has scraped all", lambda: _has_scraped(found))
        yield found


def _has_scraped(monitoring: Monitoring) -> bool:
    try:
        monitoring.received()
        targets = monitoring.ask("targets", state="active")["activeTargets"]
    except OSError:
        return False
    return bool(targets) and all(target["health"] == "up" for target in targets)


def _configure(folder: Path, jobs: Mapping[str, list[int]], alertmanager: int) -> Path:
    """Write the repository's configuration, hurried and with a chain's ports."""
    rules = folder / "rules"
    rules.mkdir(parents=True)
    for file in RULES.glob("*.yaml"):
        (rules / file.name).write_text(yaml.safe_dump(hurried(yaml.safe_load(file.read_text()))))
    config = yaml.safe_load((FILES / "prometheus" / "prometheus.yaml").read_text())
    config["global"] = dict.fromkeys(
        ("scrape_interval", "scrape_timeout", "evaluation_interval"), "1s"
    )
    (manager,) = config["alerting"]["alertmanagers"]
    manager["static_configs"] = [{"targets": [f"{HOST}:{alertmanager}"]}]
    for job in config["scrape_configs"]:
        job.pop("dns_sd_configs", None)
        ports = jobs[job["job_name"]]
        job["static_configs"] = [{"targets": [f"{HOST}:{port}" for port in ports]}]
    path = folder / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


@contextmanager
def _running(command: list[str], where: Path, log: Path) -> Iterator[None]:
    with (
        log.open("wb") as out,
        subprocess.Popen(tied(command), cwd=where, stdout=out, stderr=out) as process,
    ):
        try:
            yield
        finally:
            process.kill()
