"""What is in the images that were built."""

import json
from typing import Any

import pytest
from docker import Docker
from podman import Podman
from system import ROOT

pytestmark = pytest.mark.timeout(420)
PARTS = ("poller", "api", "frontend", "gateway")
# Of each image beyond the base that all share.
MOST_MEGABYTES = {"poller": 190, "api": 80, "frontend": 70, "gateway": 125}
LABELS = ("title", "description", "licenses", "version", "revision", "source")


def look(engine: Docker | Podman, part: str) -> dict[str, Any]:
    (found,) = json.loads(engine("image", "inspect", f"localhost/racetime-{part}:0.1.0"))
    return dict(found)


@pytest.mark.parametrize("part", PARTS)
def test_an_image_says_what_it_is_and_runs_as_nobody(engine, images, part):
    config = look(engine, part)["Config"]
    assert config["User"] == "10001:10001"
    labels = config["Labels"]
    assert all(labels[f"org.opencontainers.image.{name}"] for name in LABELS)
    assert labels["org.opencontainers.image.version"] == "0.1.0"


@pytest.mark.parametrize("part", PARTS)
def test_an_image_is_small(engine, images, part):
    base = json.loads(engine("image", "inspect", "python:3.11-slim-bookworm"))[0]["Size"]
    own = (look(engine, part)["Size"] - base) / 1e6
    print(f"racetime-{part}: {own:.0f} MB beyond the base of {base / 1e6:.0f} MB")
    assert own < MOST_MEGABYTES[part]


@pytest.mark.parametrize("part", PARTS)
def test_a_bill_of_materials_names_what_is_locked(images, part):
    bill = json.loads((ROOT / "dist" / "sbom" / f"racetime-{part}.cdx.json").read_text())
    lock = (ROOT / "requirements" / f"{part}.txt").read_text()
    locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert {component["name"] for component in bill["components"]} == locked
