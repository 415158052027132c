"""A release has one version everywhere, and tells what is new in it."""

import importlib.util
import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from racetime_embedded.parts import ROOT

specification = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
assert specification is not None
assert specification.loader is not None
release = importlib.util.module_from_spec(specification)
specification.loader.exec_module(release)

TODAY = date(2026, 11, 28)
# Where an older number is meant: history, and locks of other packages.
NOT_OURS = (":!requirements", ":!CHANGELOG.md", ":!benchmarks/results", ":!*.lock", ":!tests")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that a release writes."""
    for name in (*release.PLACES, "CHANGELOG.md"):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_every_package_gets_the_version(checkout: Path) -> None:
    release.cut(checkout, "12.3.4", TODAY)
    for name in release.PLACES:
        if (checkout / name).is_file():
            assert "12.3.4" in (checkout / name).read_text(), name
    lock = json.loads((checkout / "frontend" / "package-lock.json").read_text())
    assert (lock["version"], lock["packages"][""]["version"]) == ("12.3.4", "12.3.4")
    # What it depends on keeps its version.
    before = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    del lock["packages"][""], before["packages"][""]
    assert lock["packages"] == before["packages"]


def test_no_file_that_names_the_version_is_forgotten() -> None:
    version = re.escape(release.read_version(ROOT))
    known = {name: release.PLACES[name] for name in release.PLACES if (ROOT / name).is_file()}
    says = rf"racetime[^ ]*[:@_-]{version}|^ *\"?version\"?[:=] *\"{version}"
    said = subprocess.run(
        ["git", "grep", "-lIE", says, "--", *NOT_OURS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert set(said) <= set(known)


def test_the_changelog_gets_a_section_and_an_empty_one_for_what_comes(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n### Added\n\n- api: more.\n\n## 0.0.1 - 2026-01-01\n"
    )
    release.cut(checkout, "12.3.4", TODAY)
    told = (checkout / "CHANGELOG.md").read_text()
    assert told.startswith(
        "# Changelog\n\n## Unreleased\n\n## 12.3.4 - 2026-11-28\n\n### Added\n\n- api: more.\n\n"
    )
    assert release.notes(checkout, "12.3.4") == "### Added\n\n- api: more."
    with pytest.raises(release.ReleaseError, match="nothing under Unreleased"):
        release.cut(checkout, "12.3.5", TODAY)


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3-rc1", "01.2.3", "", "1.2.3\n"])
def test_what_is_no_version_is_refused_and_nothing_written(checkout: Path, version: str) -> None:
    before = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
    with pytest.raises(release.ReleaseError, match="is no version"):
        release.cut(checkout, version, TODAY)
    assert {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()} == before


def test_a_version_that_is_released_is_not_made_again(checkout: Path) -> None:
    release.cut(checkout, "12.3.4", TODAY)
    with pytest.raises(release.ReleaseError, match=r"does not follow 12\.3\.4"):
        release.cut(checkout, "12.3.4", TODAY)


def test_a_file_that_lost_its_version_stops_the_release(checkout: Path) -> None:
    (checkout / "api" / "pyproject.toml").write_text('[project]\nname = "racetime-api"\n')
    with pytest.raises(release.ReleaseError, match=r"pyproject\.toml does not say its version"):
        release.cut(checkout, "12.3.4", TODAY)
    assert release.read_version(checkout) == release.read_version(ROOT)


def test_notes_are_of_the_version_of_the_packages(checkout: Path) -> None:
    with pytest.raises(release.ReleaseError, match="the packages are of version"):
        release.notes(checkout, "99.0.0")
