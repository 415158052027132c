"""The whole system, brought up from the repository's own Dockerfiles by compose."""

import json
import os
import subprocess
import sys
import time

import grpc
import pytest
from browser import launch
from podman import EngineError
from system import ROOT, System
from witness import Witness

from racetime.v1.race_service_pb2 import WatchRaceRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime_embedded.ports import HOST, is_listening
from racetime_embedded.ready import ask

pytestmark = pytest.mark.timeout(420)

OURS = ("poller", "simulator", "api-1", "api-2", "api-3", "frontend", "gateway")
EVERY = (*OURS, "redis", "traefik")
MEBI = 1 << 20


def test_every_service_runs_and_is_healthy(system: System) -> None:
    assert sorted(EVERY) == system.services
    for service in EVERY:
        system.until(f"{service} is healthy", lambda service=service: system.is_running(service))


@pytest.mark.parametrize("way", ["gateway", "traefik"])
def test_the_smoke_test_of_the_chain_passes(system: System, way: str) -> None:
    ports = system.ports if way == "gateway" else system.secure
    url = f"{ports.gateway_scheme}://{HOST}:{ports.gateway}"
    words = ["-m", "pytest", "-q", "tests/test_smoke.py", "-k", "made_up_race"]
    environ = {**os.environ, "RACETIME_SMOKE_URL": url}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("service", EVERY)
def test_a_process_may_do_nothing_but_its_work(system: System, service: str) -> None:
    process = system.process(service)
    uid = {"redis": "999"}.get(service, "10001")
    assert set(process.status["Uid"].split()) == {uid}
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(process.status[kind], 16) == 0, kind
    assert process.status["NoNewPrivs"] == "1"
    assert process.status["Seccomp"] == "2"
    assert process.root_is_read_only


@pytest.mark.parametrize("service", EVERY)
def test_its_memory_is_limited(system: System, service: str) -> None:
    limits = {"frontend": 128, "gateway": 1536, "traefik": 512}
    assert system.process(service).memory_limit == limits.get(service, 1024) * MEBI


@pytest.mark.parametrize("service", OURS)
def test_not_even_root_writes_into_it(system: System, service: str) -> None:
    with pytest.raises(EngineError, match="Read-only file system"):
        system.execute(service, "sh", "-c", "echo x > /app/x", user="0")


@pytest.mark.parametrize(
    ("service", "other"),
    [
        *(("gateway", f"{name}") for name in ("redis:6379", "poller:50060", "simulator:8090")),
        *(("frontend", name) for name in ("api:50051", "api:50151", "redis:6379")),
        *(("api-1", name) for name in ("poller:50060", "frontend:8001", "simulator:8090")),
        *(("poller", name) for name in ("api:50051", "gateway:8000")),
        *(("simulator", name) for name in ("redis:6379", "api:50051")),
    ],
)
def test_it_knows_only_whom_it_needs(system: System, service: str, other: str) -> None:
    host, port = other.split(":")
    code = f"import socket; socket.create_connection(({host!r}, {port}), 2)"
    with pytest.raises(EngineError, match=r"gaierror|TimeoutError|No route"):
        system.execute(service, "python", "-c", code)


def test_replicas_and_ops_are_on_the_loopback_alone(system: System) -> None:
    for service in ("api-1", "api-2", "api-3", "poller", "gateway"):
        bound = system.inspect(service)["HostConfig"]["PortBindings"]
        hosts = {entry["HostIp"] for entries in bound.values() for entry in entries or ()}
        assert hosts == {HOST}
    assert all(map(is_listening, (*system.ports.api, system.ports.poller_ops)))


@pytest.mark.parametrize("service", ["poller", "simulator", "api-1", "traefik"])
def test_it_logs_json(system: System, service: str) -> None:
    lines = system.logs(service)
    assert lines
    for line in lines:
        event = json.loads(line)
        assert event.get("level") in ("debug", "info", "warning", "warn", "error")
        assert event.get("event") or event.get("message")


def test_grpc_goes_through_traefik_by_tls(system: System, authority) -> None:
    credentials = grpc.ssl_channel_credentials((authority / "ca.pem").read_bytes())
    with grpc.secure_channel(f"localhost:{system.secure.gateway}", credentials) as channel:
        watch = RaceServiceStub(channel).WatchRace(WatchRaceRequest(), timeout=30)
        kinds = [next(watch).WhichOneof("body") for _ in range(4)]
        watch.cancel()
    assert kinds[0] == "snapshot"
    assert "update" in kinds[1:]


def test_a_browser_shows_the_race_by_http2(system: System) -> None:
    with launch() as browser:
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.goto(f"https://localhost:{system.secure.gateway}/")
        row = "[data-testid=leaderboard] tr[data-driver][data-position]"
        page.wait_for_selector(row, timeout=20_000)
        assert page.locator(row).count() == len(system.snapshot()["state"]["drivers"])
        code = "performance.getEntriesByType('navigation')[0].nextHopProtocol"
        assert page.evaluate(code) == "h2"


def test_the_page_is_compressed_once_and_for_all(system: System) -> None:
    for coding, file in (("br", "index.html.br"), ("gzip", "index.html.gz")):
        system.execute("frontend", "test", "-s", f"/app/frontend/dist/{file}")
        code = (
            "import urllib.request as u; print(u.urlopen(u.Request('http://127.0.0.1:8001/',"
            f"headers={{'Accept-Encoding': {coding!r}}})).headers['Content-Encoding'])"
        )
        assert system.execute("frontend", "python", "-c", code).strip() == coding


def killed(system: System, service: str, within_seconds: float = 60.0) -> None:
    """Kill a service, and wait until the engine has started it again."""
    before = system.process(service).pid
    system.kill(service)

    def is_new() -> bool:
        return system.is_running(service) and system.inspect(service)["State"]["Pid"] != before

    system.until(f"{service} is started again", is_new, within_seconds)


@pytest.mark.parametrize("service", ["api-2", "poller", "redis", "gateway"])
def test_what_is_killed_starts_again_and_viewers_go_on(system: System, service: str) -> None:
    with Witness(f"{HOST}:{system.ports.gateway}") as viewer:
        system.until("the viewer watches", lambda: viewer.updates > 1)
        session, began = viewer.session_key, time.monotonic()
        killed(system, service)
        sequence = viewer.sequence
        system.until("the viewer has news", lambda: viewer.sequence > sequence)
        print(f"{service}: started again and seen within {time.monotonic() - began:.1f} s")
        assert viewer.session_key == session
        assert viewer.faults == []
    system.until("health is well", lambda: system.get("/api/health").status == 200)
    assert ask(system.secure.gateway, "/api/health", "https").status == 200
