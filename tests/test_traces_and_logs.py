"""What processes tell of single requests: traces from the gateway through the api, logs as JSON."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import islice

import grpc
import pytest
from chain import Chain
from collector import Collector, collecting

from racetime.v1.race_service_pb2 import WatchRaceRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime_embedded import programs
from racetime_embedded.parts import ROOT
from racetime_embedded.ports import HOST

pytestmark = [pytest.mark.chain, pytest.mark.timeout(90)]

OURS = "00f067aa0ba902b7"
JSON_LOGS = ("simulator", "poller", "api-1", "api-2", "api-3", "page", "gateway")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chain, Collector]]:
    """A chain that sends all of its traces to a collector, and logs as JSON."""
    with collecting() as collector:
        environ = {
            "RACETIME_LOG_FORMAT": "json",
            "RACETIME_GATEWAY_ACCESS_LOG": "on",
            "RACETIME_OTLP_ENDPOINT": f"{HOST}:{collector.port}",
            "RACETIME_TRACE_PERCENT": "100",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        with Chain(tmp_path_factory.mktemp("traced"), speed=10, environ=environ) as chain:
            chain.until_on_screen()
            yield chain, collector


def _lineage(collector: Collector, trace_id: str) -> list[str]:
    """Answer the services of a trace from the api up to our own span; empty until all are there."""
    spans = {span.span_id.hex(): (service, span) for service, span in collector.of_trace(trace_id)}
    leaves = [key for key, (service, _) in spans.items() if service == "racetime-api"]
    services, at = [], leaves[0] if leaves else ""
    while at in spans:
        service, span = spans[at]
        services.append(service)
        at = span.parent_span_id.hex()
    return services if at == OURS else []


def _answers(request: urllib.request.Request) -> bool:
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except urllib.error.HTTPError:
        return False
    return True


def test_a_call_is_one_trace_from_the_gateway_through_the_api(
    traced: tuple[Chain, Collector],
) -> None:
    chain, collector = traced
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    request = urllib.request.Request(
        f"{chain.url}/api/schedule", headers={"traceparent": f"00-{trace_id}-{OURS}-01"}
    )
    # Replicas learn one after the other that a session is live.
    chain.until("an answer", lambda: _answers(request))
    services = chain.until("the trace", lambda: _lineage(collector, trace_id))
    assert services[0] == "racetime-api"
    assert set(services[1:]) == {"racetime-gateway"}


def test_a_watch_is_one_span_that_tells_how_it_went(traced: tuple[Chain, Collector]) -> None:
    chain, collector = traced
    trace_id = "5bf92f3577b34da6a3ce929d0e0e4737"
    with grpc.insecure_channel(chain.target) as channel:
        parent = (("traceparent", f"00-{trace_id}-{OURS}-01"),)
        call = RaceServiceStub(channel).WatchRace(WatchRaceRequest(), metadata=parent)
        assert len(list(islice(call, 3))) == 3
        call.cancel()
    chain.until("the trace", lambda: _lineage(collector, trace_id))
    (span,) = [one for service, one in collector.of_trace(trace_id) if service == "racetime-api"]
    assert span.name == "racetime.v1.RaceService/WatchRace"
    assert [event.name for event in span.events] == ["begun", "first state", "ended"]


def test_the_poller_tells_of_requests_and_updates_and_health_checks_are_no_traces(
    traced: tuple[Chain, Collector],
) -> None:
    chain, collector = traced
    for name in ("poller.fetch", "poller.publish"):
        chain.until(name, lambda n=name: collector.of_service("racetime-poller", n))
    assert not [span for _, span in collector.spans if "grpc.health" in span.name]


def test_every_line_of_every_log_is_json(traced: tuple[Chain, Collector]) -> None:
    chain, _ = traced
    assert chain.get("/api/sessions").status == 200
    chain.until("the request is logged", lambda: '"/api/sessions"' in chain.log("gateway"))
    for name in JSON_LOGS:
        lines = [json.loads(line) for line in chain.log(name).splitlines()]
        # Caddy has words of its own.
        assert all("event" in line or "msg" in line for line in lines), name
        assert lines or name == "page"
    requests = [json.loads(line) for line in chain.log("gateway").splitlines()]
    (asked,) = [line for line in requests if line.get("path") == "/api/sessions"]
    assert (asked["status"], asked["route"], asked["method"]) == (200, "rest", "GET")
    assert asked["trace"]


def test_envoys_own_log_is_json_where_it_is_asked_for() -> None:
    environ = {**os.environ, "RACETIME_LOG_FORMAT": "json"}
    config = subprocess.run(
        [sys.executable, ROOT / "gateway" / "render.py"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    command = [programs.envoy(), "--mode", "validate", "--log-level", "info", "--config-yaml"]
    done = subprocess.run([*command, config], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert {"level", "logger", "event", "timestamp"} <= told[-1].keys()


def test_libraries_that_log_in_their_own_way_are_json_too() -> None:
    script = (
        "import logging, os, sys; from racetime import logs\n"
        "logs.configure(os.environ, sys.stdout)\n"
        "logging.getLogger('amqtt').warning('lost %s', 'it')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "RACETIME_LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    line = json.loads(done.stdout)
    assert (line["event"], line["level"], line["logger"]) == ("lost it", "warning", "amqtt")
