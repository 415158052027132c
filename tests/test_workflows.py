"""Workflows call verbs that there are, with few rights, for a bounded time."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from racetime_embedded.parts import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yaml"))
TARGETS = set(re.findall(r"(?m)^([a-z][a-z-]*)(?=[^=]*?:(?!=))", (ROOT / "Makefile").read_text()))
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OURS = re.compile(r"\./\.github/[\w./-]+")


def read(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_verb_that_is_called_is_there(path: Path) -> None:
    called = re.findall(r"\bmake (?:--silent )?([a-z][a-z-]*)", path.read_text())
    assert set(called) <= TARGETS
    for script in re.findall(r"\b(k8s/[\w/]+\.sh)", path.read_text()):
        assert (ROOT / script).is_file()


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, ROOT / ".github" / "actions" / "setup" / "action.yaml"]
)
def test_actions_are_pinned_by_commit_and_tell_their_version(path: Path) -> None:
    for used in re.findall(r"(?m)\buses: (.+)$", path.read_text()):
        assert PINNED.fullmatch(used) or OURS.fullmatch(used), used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_given_to_jobs_alone_and_for_a_bounded_time(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in read(path)["jobs"].items():
        assert "permissions" in job, name
        assert "uses" in job or job["timeout-minutes"] <= 60, name
        may_write = {what for what, how in job["permissions"].items() if how == "write"}
        # Only what publishes may write; a pull request starts nothing of that.
        assert not may_write or path.stem in ("images", "release"), name
    # PyYAML reads `on` as a boolean.
    assert path.stem not in ("images", "release") or "pull_request" not in read(path)[True]


def test_one_digest_is_one_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in FOLDER.parent.rglob("*.yaml"):
        for action, pin in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40} # \S+)", path.read_text()):
            pins.setdefault(action, set()).add(pin)
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}
