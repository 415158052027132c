"""The processes of a run and their ports."""

import dataclasses
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from racetime_embedded.__main__ import check_ports, main
from racetime_embedded.errors import PortError
from racetime_embedded.parts import Plan, build_parts
from racetime_embedded.plan import read_speed, simulator_environ
from racetime_embedded.ports import Ports
from racetime_embedded.programs import caddy, envoy, valkey_server


def parts_of(**options: object) -> dict[str, object]:
    plan = Plan(Ports.free(), Path("run"), **options)
    return {part.name: part for part in build_parts(plan, {})}


def test_a_run_with_a_race_of_its_own_has_every_part():
    names = ["redis", "simulator", "poller", "api-1", "api-2", "api-3", "page", "gateway"]
    assert list(parts_of(simulator={})) == names


def test_redis_is_not_started_when_there_is_one():
    parts = parts_of(redis_url="redis://elsewhere:6379/1")
    assert "redis" not in parts
    assert parts["poller"].environ["RACETIME_REDIS_URL"] == "redis://elsewhere:6379/1"


def test_the_poller_follows_the_simulator_and_its_clock():
    parts = parts_of(simulator=simulator_environ(Path("/rec"), 20))
    listen = parts["simulator"].environ["RACETIME_SIMULATOR_LISTEN"]
    environ = parts["poller"].environ
    assert environ["RACETIME_OPENF1_URL"] == f"http://{listen}"
    assert environ["RACETIME_OPENF1_CLOCK_URL"] == f"http://{listen}/clock"
    assert environ["RACETIME_OPENF1_TIER"] == "local"
    assert parts["simulator"].environ["RACETIME_SIMULATOR_RECORDING"] == "/rec"
    assert parts["simulator"].environ["RACETIME_SIMULATOR_SPEED"] == "20"


def test_live_leaves_the_poller_with_openf1():
    assert "RACETIME_OPENF1_URL" not in parts_of()["poller"].environ


def test_the_account_is_told_to_the_poller_alone_and_redis_to_those_who_use_it():
    account = {"RACETIME_OPENF1_USERNAME": "fan", "RACETIME_OPENF1_PASSWORD": "secret"}
    environ = {**account, "REDIS_URL": "redis://:password@elsewhere:6379/0"}
    plan = Plan(Ports.free(), Path("run"), environ["REDIS_URL"])
    parts = {part.name: part.environ for part in build_parts(plan, environ)}
    with_account = [name for name, own in parts.items() if "secret" in own.values()]
    assert with_account == ["poller"]
    assert account.items() <= parts["poller"].items()
    with_redis = [name for name, own in parts.items() if "password" in str(own.values())]
    assert with_redis == ["poller", "api-1", "api-2", "api-3"]


def test_a_simulator_is_told_no_account():
    plan = Plan(Ports.free(), Path("run"), simulator={})
    for part in build_parts(plan, {"RACETIME_OPENF1_PASSWORD": "secret"}):
        assert "secret" not in part.environ.values(), part.name


def test_no_port_is_given_twice():
    ports = [
        listening.port for part in parts_of(simulator={}).values() for listening in part.listens
    ]
    assert len(ports) == len(set(ports))


def test_the_gateway_knows_every_replica():
    parts = parts_of()
    listens = [parts[f"api-{number}"].environ["RACETIME_API_STREAM_LISTEN"] for number in (1, 2, 3)]
    assert parts["gateway"].environ["RACETIME_GATEWAY_API"] == ",".join(listens)


def test_a_port_in_use_is_named_with_its_part_and_its_variable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = dataclasses.replace(Ports.free(), gateway=port)
        gateway = [
            part for part in build_parts(Plan(ports, Path("run")), {}) if part.name == "gateway"
        ]
        with pytest.raises(PortError, match=rf"port {port} .*gateway.*RACETIME_GATEWAY_PORT"):
            check_ports(gateway)


@pytest.mark.parametrize(
    "environ",
    [
        {"RACETIME_GATEWAY_PORT": "eighty"},
        {"RACETIME_GATEWAY_PORT": "70000"},
        {"RACETIME_API_REPLICAS": "0"},
        {"RACETIME_SIMULATOR_LISTEN": "0.0.0.0:8090"},
    ],
)
def test_a_port_that_is_none_is_refused(environ):
    with pytest.raises(PortError, match=next(iter(environ))):
        Ports.from_env(environ)


@pytest.mark.parametrize(
    "arguments", [["--source", "monaco"], ["--source", "simulator", "--speed", "fast"]]
)
def test_a_wrong_wish_ends_the_run_with_one_line(arguments, capsys):
    assert main(arguments, {}) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert arguments[-1] in said


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "x"])
def test_a_speed_that_is_none_is_refused(text):
    with pytest.raises(Exception, match="SPEED"):
        read_speed(text)


def test_the_programs_come_from_their_packages():
    for program in (envoy(), caddy(), valkey_server()):
        assert Path(sys.prefix) in program.parents
        subprocess.run([program, "--help"], check=False, capture_output=True, timeout=20)
