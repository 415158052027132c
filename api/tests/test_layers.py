"""Who may import what."""

import ast
from pathlib import Path

import racetime_api

SOURCES = sorted(Path(racetime_api.__file__).parent.glob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_store_knows_redis():
    assert [path.name for path in SOURCES if "redis" in imported(path)] == ["store.py"]


def test_what_decides_what_is_sent_knows_no_transport():
    inner = {"wire", "record", "fold", "window", "encoding", "hub", "watcher"}
    for path in SOURCES:
        if path.stem in inner:
            assert not imported(path) & {"grpc", "redis", "prometheus_client"}, path.name


def test_the_service_knows_no_other_part():
    for path in SOURCES:
        assert not imported(path) & {"racetime_poller", "racetime_simulator", "racetime_embedded"}
