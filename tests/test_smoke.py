"""The chain as a whole starts and shows a race.

With RACETIME_SMOKE_URL (http://host:port, https:// too) the race is looked at there, however it
was started; so containers are tested.
"""

import os
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from racetime_embedded.ports import Ports, is_listening
from racetime_embedded.ready import ask, race_on_screen


class Elsewhere:
    """A chain that somebody else has started on this machine."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.port, f"RACETIME_SMOKE_URL={url}: names no port"
        self.ports = Ports(gateway=parts.port, gateway_scheme=parts.scheme)

    def until(self, what, get, seconds=30.0):
        """Wait as a chain of our own does."""
        deadline = time.monotonic() + seconds
        while not (found := get()):
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
            time.sleep(0.1)
        return found

    def until_on_screen(self) -> dict[str, Any]:
        """Wait until the page answers and cars have places; answers the state as JSON."""
        return self.until("a race on screen", lambda: race_on_screen(self.ports))

    def get(self, path):
        """Ask the gateway for a path."""
        return ask(self.ports.gateway, path, self.ports.gateway_scheme)


@pytest.mark.chain
def test_a_made_up_race_comes_on_screen(start_chain):
    url = os.environ.get("RACETIME_SMOKE_URL")
    chain = Elsewhere(url) if url else start_chain(speed=10)
    state = chain.until_on_screen()
    assert len(state["positions"]) == len(state["drivers"]) > 0
    assert state["session"]["provenance"] == "PROVENANCE_SIMULATED"
    chain.until("health is well", lambda: chain.get("/api/health").status == 200)


@pytest.mark.chain
def test_parts_can_be_killed_and_started_again(start_chain):
    chain = start_chain(without={"poller", "simulator", "api-1", "api-2", "api-3"})
    for name in ("redis", "page", "gateway"):
        chain.until_up(name)
        chain.restart(name)
        chain.until_up(name)
    chain.pause("redis")
    chain.resume("redis")
    assert chain.terminate("gateway") == 0
    assert not is_listening(chain.ports.gateway)


@pytest.mark.browser
def test_the_browser_draws_text_and_canvas(browser):
    page = browser.new_page()
    page.set_content("<h1>−37 ▲</h1><canvas id=track></canvas>")
    assert page.inner_text("h1") == "−37 ▲"
    assert page.evaluate("document.getElementById('track').getContext('2d') !== null")
    assert len(page.screenshot()) > 1000
