"""What is on screen equals the state at its playhead: hundreds of instants of a recorded race."""

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from browser import launch
from chain import Chain
from playwright.sync_api import Browser, Page, expect
from screen import ROWS, differences, read_screen, state_at, state_on

pytestmark = [pytest.mark.chain, pytest.mark.browser, pytest.mark.timeout(180)]

# Instants looked at: as they come at the live edge and behind it, standing, and in replays.
LIVE, DELAYED, STANDING, REPLAYS, PLAYED = 40, 40, 160, 10, 5
FACTOR, SPEED = 75, 20
# Many small updates, so that hundreds of instants are of different states.
OFTEN = {"RACETIME_POLLER_PUBLISH_INTERVAL_MILLIS": "60"}
SEEK = """([input, value]) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
  input.dispatchEvent(new Event('input', {bubbles: true}));
  input.dispatchEvent(new Event('change', {bubbles: true}));
}"""
IS = "sequence => document.querySelector('[data-testid=reached]').dataset.sequence === sequence"
# Answers as soon as the page shows another state than that of a number.
NEXT = (
    """sequence => document.querySelector('[data-testid=reached]').dataset.sequence !== sequence"""
)


@pytest.fixture(scope="module")
def sprint(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Iterator[Chain]:
    """A whole sprint, played fast."""
    folder: Path = tmp_path_factory.mktemp("sprint")
    recording = recordings / "2025-qatar-sprint"
    with Chain(folder, recording=recording, speed=FACTOR, replicas=1, poller=OFTEN) as chain:
        chain.until_on_screen()
        yield chain


@pytest.fixture
def finished(sprint: Chain) -> Chain:
    """The sprint, driven to its end."""
    sprint.until("the race is over", lambda: _is_over(sprint), 90)
    return sprint


def _is_over(chain: Chain) -> bool:
    phase = chain.snapshot()["state"].get("clock", {}).get("phase")
    return phase in ("SESSION_PHASE_FINISHED", "SESSION_PHASE_ENDED")


@pytest.fixture
def page(sprint: Chain) -> Iterator[Page]:
    """A page on the sprint's own address, without a fault of its code."""
    faults: list[str] = []
    with launch() as browser:
        page = _open(browser, sprint)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
    assert faults == []


def _open(browser: Browser, chain: Chain) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page.goto(f"{chain.url}/sessions/{chain.snapshot()['sessionKey']}")
    page.wait_for_selector(ROWS)
    return page


def _collect(page: Page, count: int) -> list[dict[str, Any]]:
    """Read screens as they come while time goes on, each of another state."""
    screens: list[dict[str, Any]] = []
    while len(screens) < count:
        if screens:
            page.wait_for_function(NEXT, arg=str(screens[-1]["sequence"]))
        screens.append(read_screen(page))
    return screens


def _compare(chain: Chain, screens: list[dict[str, Any]]) -> None:
    """Hold each screen against the state that the API has of it."""
    states = [state_on(chain, screen) for screen in screens]
    known = [(screen, state) for screen, state in zip(screens, states, strict=True) if state]
    assert len(known) > 0.8 * len(screens), "most instants have one update"
    for screen, state in known:
        assert differences(screen, state) == []
        assert screen["raceOffset"] <= screen["at"], "nothing is told before its time"


def _seek(page: Page, value: int) -> None:
    page.evaluate(SEEK, [page.get_by_test_id("scrubber").element_handle(), str(value)])


def _last(page: Page) -> int:
    """Tell how far the scrubber of a page at the live edge has come."""
    return int(page.get_by_test_id("scrubber").input_value())


def _behind(page: Page) -> float:
    """Read how far behind live the page says that it is, in milliseconds of the race."""
    parts = page.get_by_test_id("behind").inner_text().removeprefix("−").removesuffix(" s")
    seconds = 0.0
    for part in parts.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds * 1000


def test_a_running_page_shows_each_state_at_the_live_edge_and_behind_it(
    sprint: Chain, page: Page
) -> None:
    mode = page.get_by_test_id("delay")
    expect(mode).to_have_attribute("data-mode", "live")
    live = _collect(page, LIVE)
    _seek(page, _last(page) // 2)
    expect(mode).to_have_attribute("data-mode", "delayed")
    page.wait_for_function(NEXT, arg=str(read_screen(page)["sequence"]))
    behind = _behind(page)
    delayed = [read_screen(page)]
    newest = _edge(sprint)
    assert newest - delayed[0]["raceOffset"] > 0.9 * behind, "the page is as late as it says"
    delayed += _collect(page, DELAYED)
    assert _behind(page) == behind, "the delay stands while the race goes on"
    _compare(sprint, live + delayed)


def _edge(chain: Chain) -> int:
    """Read how far the log is, in milliseconds of the race."""
    newest = chain.snapshot()
    origin = datetime.fromisoformat(newest["state"]["session"]["originTime"])
    reached = datetime.fromisoformat(newest["raceTime"]) - origin
    return round(reached.total_seconds() * 1000)


def _at(page: Page) -> int:
    """Read the playhead of a page that stands, in milliseconds of the race."""
    scrubber = page.locator("[data-testid=scrubber][data-at]")
    return int(scrubber.get_attribute("data-at") or "")


def _stand(page: Page) -> None:
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("delay")).to_have_attribute("data-mode", "paused")


def _until_shown(page: Page, chain: Chain) -> dict[str, Any]:
    """Wait until the page has the state of its playhead, and answer that state."""
    answer = state_at(chain, _at(page))
    page.wait_for_function(IS, arg=str(answer["sequence"]))
    state: dict[str, Any] = answer["state"]
    return state


def test_a_walk_through_a_race_shows_the_state_at_each_instant(finished: Chain, page: Page) -> None:
    _stand(page)
    dice = random.Random(9850)
    last = _last(page)
    seen = set()
    for _ in range(STANDING):
        _seek(page, dice.randrange(last // 50, last))
        state = _until_shown(page, finished)
        assert differences(read_screen(page), state) == []
        seen.add(_at(page))
    assert len(seen) > 0.9 * STANDING


def test_a_replay_shows_each_state_and_what_it_showed_when_it_is_paused(
    finished: Chain, page: Page
) -> None:
    _stand(page)
    page.get_by_test_id("speed").select_option(str(SPEED))
    dice = random.Random(9850)
    screens = []
    last = _last(page)
    for _ in range(REPLAYS):
        _seek(page, dice.randrange(last // 20, last * 9 // 10))
        _until_shown(page, finished)
        page.get_by_test_id("play").click()
        expect(page.get_by_test_id("delay")).to_have_attribute("data-mode", "replay")
        screens += _collect(page, PLAYED)
        _stand(page)
        stood = _at(page)
        screens.append(read_screen(page))
        assert screens[-1]["raceOffset"] <= stood, "nothing is told before its time"
    _compare(finished, screens)
