"""Fixtures of the whole-chain tests."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent
# So that tests find the modules beside them; pytest's importlib mode adds no folder.
sys.path.insert(0, str(FOLDER))

from browser import chromium, launch  # noqa: E402  after the line above
from chain import Chain, StartChain  # noqa: E402

CHAINS = pytest.StashKey[list[Chain]]()


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of the recorded sessions (RACETIME_RECORDINGS); skips where there are none."""
    default = FOLDER.parents[1] / "shared" / "recordings"
    folder = Path(os.environ.get("RACETIME_RECORDINGS") or default)
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}: set RACETIME_RECORDINGS")
    return folder


@pytest.fixture
def start_chain(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StartChain]:
    """Start chains with the options of `Chain`; all end with the test."""
    started: list[Chain] = request.node.stash.setdefault(CHAINS, [])
    with ExitStack() as stack:

        def start(**options: Any) -> Chain:
            chain = Chain(tmp_path / f"chain-{len(started) + 1}", **options)
            started.append(chain)
            return stack.enter_context(chain)

        yield start


@pytest.fixture(scope="module")
def racing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A made-up race on screen: one chain for all tests of a module, which only look."""
    with Chain(tmp_path_factory.mktemp("racing"), speed=10) as chain:
        chain.until_on_screen()
        yield chain


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Show how the logs of a failed test's chains end."""
    report = yield
    if report.when == "call" and report.failed:
        looked_at = item.funcargs.get("racing")
        for chain in [*item.stash.get(CHAINS, []), *([looked_at] if looked_at else [])]:
            for name in chain.parts:
                report.sections.append((f"end of {name}'s log", chain.tail(name)))
    return report


@pytest.fixture(scope="session")
def chromium_options() -> dict[str, Any]:
    """Options for Playwright's `chromium.launch`, for tests that drive it themselves (async)."""
    return chromium().launch_options()


@pytest.fixture
def browser() -> Iterator[Any]:
    """A headless Chromium under Playwright's sync API, for this test alone."""
    with launch() as started:
        yield started
