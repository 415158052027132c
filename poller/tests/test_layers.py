"""Layers point inward, and the core's names are the contract's."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import fields
from enum import IntEnum
from pathlib import Path

import pytest

import racetime_poller
from racetime.v1 import (
    car_pb2,
    evidence_pb2,
    freshness_pb2,
    history_pb2,
    race_control_pb2,
    race_state_pb2,
    session_pb2,
    track_pb2,
    update_record_pb2,
)
from racetime_poller.race import views

SOURCES = Path(racetime_poller.__file__).parent
MODULES = (
    car_pb2,
    freshness_pb2,
    evidence_pb2,
    history_pb2,
    race_control_pb2,
    race_state_pb2,
    session_pb2,
    track_pb2,
    update_record_pb2,
)
# What the rest may take of the contract: whole messages that they pass on, not their fields' rules.
WIRE = {"encode.py", "broadcast.py", "publisher.py", "poller.py", "ops.py", "server.py"}
WIRE |= {"season.py", "spans.py", "probe.py"}
WIRE |= {"circuits.py", "encode_circuit.py", "import_log.py", "importer.py", "status.py", "told.py"}
WIRE |= {"amend.py", "correction.py", "encode_freshness.py", "encode_samples.py", "review.py"}


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def importers(*prefixes: str) -> set[str]:
    """Return the files, relative to the package, that import something of these packages."""
    return {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if any(name.split(".")[0] in prefixes or name in prefixes for name in imports(path))
    }


def test_the_core_knows_the_standard_library_numpy_and_itself_only() -> None:
    for path in (SOURCES / "race").rglob("*.py"):
        for name in imports(path):
            root = name.split(".")[0]
            known = root in sys.stdlib_module_names or root == "numpy"
            assert known or name.startswith("racetime_poller.race"), f"{path.name} imports {name}"


def test_only_the_outer_modules_know_the_wire() -> None:
    assert importers("google", "racetime", "grpc") <= WIRE | {"lease.py", "__main__.py"}
    users = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if any(name.startswith("racetime.v1.car") for name in imports(path))
    }
    assert users == {"encode.py"}


def test_only_publisher_lease_and_ops_know_redis() -> None:
    assert importers("redis") == {
        "publisher.py",
        "lease.py",
        "ops.py",
        "import_log.py",
        "importer.py",
    }


def test_only_sources_and_commands_know_http() -> None:
    sources = {f"sources/{name}.py" for name in ("account", "circuit_file", "clock", "openf1")}
    assert importers("httpx") == {"__main__.py", "commands.py"} | sources
    assert importers("aiomqtt") == {"sources/mqtt.py"}


def test_sources_know_the_rows_of_the_core_and_nothing_else_of_ours() -> None:
    for path in (SOURCES / "sources").rglob("*.py"):
        ours = {name for name in imports(path) if name.startswith("racetime")}
        assert all(
            name == "racetime_poller.race.rows" or name.startswith("racetime_poller.sources")
            for name in ours
        ), f"{path.name}: {ours}"


ENUMS = [
    kind for kind in vars(views).values() if isinstance(kind, type) and issubclass(kind, IntEnum)
]


@pytest.mark.parametrize("kind", [kind for kind in ENUMS if kind is not IntEnum])
def test_enums_have_the_names_and_numbers_of_the_contract(kind: type[IntEnum]) -> None:
    descriptor = next(
        module.DESCRIPTOR.enum_types_by_name[kind.__name__]
        for module in MODULES
        if kind.__name__ in module.DESCRIPTOR.enum_types_by_name
    )
    prefix = "".join(f"_{c}" if c.isupper() else c for c in kind.__name__)[1:].upper() + "_"
    contract = {value.name.removeprefix(prefix): value.number for value in descriptor.values}
    assert {one.name: one.value for one in kind} == contract


VIEWS = [
    kind
    for kind in vars(views).values()
    if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__")
]


@pytest.mark.parametrize("kind", VIEWS)
def test_views_have_the_field_names_of_the_contract(kind: type) -> None:
    descriptor = next(
        module.DESCRIPTOR.message_types_by_name[kind.__name__]
        for module in MODULES
        if kind.__name__ in module.DESCRIPTOR.message_types_by_name
    )
    for field in fields(kind):
        name = field.name
        if name == "at" or name.endswith("_at"):
            name = name.removesuffix("at") + "race_offset_millis"
        assert name in descriptor.fields_by_name, f"{kind.__name__}.{field.name}"
