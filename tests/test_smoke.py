"""The chain as a whole starts and shows a race."""

import pytest

from racetime_embedded.ports import is_listening


@pytest.mark.chain
def test_a_made_up_race_comes_on_screen(start_chain):
    chain = start_chain(speed=10)
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
