"""Gateways that tests share."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

# So that tests find the modules beside them; pytest's importlib mode adds no folder.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from running_gateway import Gateway, start_gateway


@pytest.fixture(scope="session")
def page_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("page")
    (root / "assets").mkdir()
    (root / "api").mkdir()
    (root / "api" / "docs.html").write_text("<!doctype html><title>RaceTime API</title>")
    (root / "index.html").write_text("<!doctype html><title>RaceTime</title>" + "<p>lap</p>" * 200)
    (root / "assets" / "index-4f9a.js").write_text("console.log('lap');" * 100)
    return root


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(
    tmp_path_factory: pytest.TempPathFactory, page_root: Path
) -> AsyncIterator[Gateway]:
    """One replica behind a gateway that all tests of a module share."""
    async with start_gateway(tmp_path_factory.mktemp("gateway"), page_root, 1) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def three_replicas(tmp_path: Path, page_root: Path) -> AsyncIterator[Gateway]:
    """A gateway of its own with three replicas, to break."""
    async with start_gateway(tmp_path, page_root, 3) as started:
        yield started
