"""The page's time, through the real chain: delay, pause, rewind, moments, spoilers, rooms."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import launch
from chain import Chain
from playwright.sync_api import Browser, Page, expect

from racetime_embedded.ready import decode

pytestmark = [pytest.mark.browser, pytest.mark.chain, pytest.mark.timeout(120)]

# Whether the race's clock shows less than so many seconds.
CLOCK_BELOW = """seconds => {
  const parts = document.querySelector('[data-testid=clock] b').innerText.split(':').map(Number);
  return parts.reduce((sum, part) => sum * 60 + part, 0) < seconds;
}"""

LANGUAGES = {
    "en": "Driver",
    "de": "Fahrer",
    "es": "Piloto",
    "fr": "Pilote",
    "it": "Pilota",
    "nl": "Coureur",
    "pt": "Piloto",
    "ja": "ドライバー",
}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A race that has run for a while, for all tests of this module."""
    start = {"RACETIME_SIMULATOR_START": "300"}
    folder: Path = tmp_path_factory.mktemp("chain")
    with Chain(folder, speed=2.0, replicas=1, simulator=start) as chain:
        chain.until_on_screen()
        yield chain


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, chain: Chain) -> Iterator[Page]:
    """A page of a new visitor, with the live race on screen."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(chain.url)
    expect(page.get_by_test_id("leaderboard")).to_be_visible()
    expect(page.get_by_test_id("delay")).to_have_attribute("data-mode", "live")
    yield page
    context.close()
    assert faults == []


def behind(page: Page) -> float:
    """Read how far behind live the page says that it is, in seconds."""
    text = page.get_by_test_id("behind").inner_text().removeprefix("−").removesuffix(" s")
    return float(text)


def clock(page: Page) -> float:
    """Read the race's clock, in seconds."""
    first = page.get_by_test_id("clock").locator("b").inner_text()
    seconds = 0
    for part in first.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


def mode(page: Page) -> Any:
    return page.get_by_test_id("delay")


def test_a_delay_is_kept_by_the_device_and_after_a_reload(page: Page) -> None:
    for _ in range(4):
        page.get_by_role("button", name="5 seconds earlier", exact=True).click()
    expect(mode(page)).to_have_attribute("data-mode", "delayed")
    expect(page.get_by_test_id("behind")).to_have_text("−20.0 s")
    page.reload()
    expect(mode(page)).to_have_attribute("data-mode", "delayed")
    expect(page.get_by_test_id("behind")).to_have_text("−20.0 s")


def test_a_paused_race_stands_and_goes_on_where_it_stood(page: Page) -> None:
    page.get_by_test_id("play").click()
    expect(mode(page)).to_have_attribute("data-mode", "paused")
    stood = clock(page)
    page.wait_for_function(
        "() => parseFloat(document.querySelector('[data-testid=behind]').innerText.slice(1)) > 2"
    )
    assert clock(page) == stood
    page.get_by_role("button", name="Back 30 seconds").click()
    page.wait_for_function(CLOCK_BELOW, arg=stood)
    page.get_by_test_id("play").click()
    expect(mode(page)).to_have_attribute("data-mode", "delayed")
    assert behind(page) > 2
    page.get_by_test_id("to-live").click()
    expect(mode(page)).to_have_attribute("data-mode", "live")


def test_keys_alone_pause_step_and_go_back_to_live(page: Page) -> None:
    page.keyboard.press("Space")
    expect(mode(page)).to_have_attribute("data-mode", "paused")
    before = clock(page)
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function(CLOCK_BELOW, arg=before)
    page.keyboard.press("l")
    expect(mode(page)).to_have_attribute("data-mode", "live")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Back to live")


def test_the_scrubber_leads_to_another_instant(page: Page) -> None:
    page.get_by_test_id("scrubber").focus()
    page.get_by_test_id("scrubber").press("PageDown")
    page.get_by_test_id("scrubber").press("Home")
    expect(mode(page)).not_to_have_attribute("data-mode", "live")
    page.get_by_test_id("speed").select_option("60")
    expect(mode(page)).to_have_attribute("data-mode", "replay")


def test_a_link_leads_to_its_moment(page: Page, chain: Chain) -> None:
    chain.until("some of the race is told", lambda: _sequence(chain) > 40)
    moment, newest = _moment(chain, 8.0), clock(page)
    page.goto(moment)
    expect(page.get_by_test_id("leaderboard")).to_be_visible()
    # A replay from there on, which is as far behind as the link's instant is, and more.
    expect(mode(page)).to_have_attribute("data-mode", "replay")
    assert 7.0 < behind(page) < 60.0
    assert clock(page) < newest
    selected = page.locator("tr[data-driver][aria-selected=true]")
    expect(selected).to_have_attribute("data-driver", _second(chain))


def _sequence(chain: Chain) -> int:
    return int(chain.snapshot().get("sequence", 0))


def _second(chain: Chain) -> str:
    return sorted(chain.snapshot()["state"]["drivers"], key=int)[1]


def _moment(chain: Chain, seconds: float) -> str:
    """Write a link to an instant so long before the newest one, with a driver."""
    snapshot = chain.snapshot()
    instant = datetime.fromisoformat(snapshot["raceTime"]) - timedelta(seconds=seconds)
    text = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{chain.url}/sessions/{snapshot['sessionKey']}?t={text}&drivers={_second(chain)}"


def test_a_tap_tells_how_far_the_tv_is_behind(page: Page, chain: Chain) -> None:
    page.get_by_test_id("sync").click()
    tap = page.get_by_test_id("sync-leaderLine")
    chain.until("the leader has crossed the line", lambda: _crossing(chain))
    # The page asks for the state at the live edge while the menu is open: until it has it, a
    # tap says that it knows of no such moment.
    chain.until("the tap is taken", lambda: _is_taken(tap, page))
    page.keyboard.press("Escape")
    expected = _behind_the_line(chain)
    shown = behind(page)
    assert abs(shown - expected) < 8, f"{shown} s, not some {expected} s"


def _is_taken(tap: Any, page: Page) -> bool:
    tap.click()
    return bool(mode(page).get_attribute("data-mode") == "delayed")


def _crossing(chain: Chain) -> int | None:
    """Answer when the leader began the present lap, in milliseconds of the race."""
    state = decode(chain.get("/api/live/snapshot?lanes=LANE_TIMING&lanes=LANE_HISTORY"))["state"]
    leader = next(n for n, one in state["positions"].items() if one["position"] == 1)
    starts = [
        lap["startRaceOffsetMillis"]
        for lap in state.get("laps", {}).values()
        if str(lap["driverNumber"]) == leader and "startRaceOffsetMillis" in lap
    ]
    return max(starts, default=None)


def _behind_the_line(chain: Chain) -> float:
    snapshot = chain.snapshot()
    origin = datetime.fromisoformat(snapshot["state"]["session"]["originTime"])
    newest = datetime.fromisoformat(snapshot["raceTime"])
    crossing = _crossing(chain)
    assert crossing is not None
    return (newest - origin).total_seconds() - crossing / 1000


def test_without_spoilers_nothing_of_later_is_told(page: Page, chain: Chain) -> None:
    page.goto(f"{chain.url}/sessions")
    page.get_by_role("link", name="Without spoilers").first.click()
    expect(page.get_by_test_id("delay")).to_contain_text("No spoilers", ignore_case=True)
    expect(page.get_by_test_id("leaderboard")).to_be_visible()
    assert page.get_by_test_id("behind").inner_text() == "–"
    assert page.get_by_test_id("to-live").count() == 0
    assert "LIVE" not in page.get_by_test_id("timeline").inner_text()


def test_a_room_takes_its_guest_along(page: Page, browser: Browser, chain: Chain) -> None:
    page.get_by_test_id("sync").click()
    page.get_by_test_id("together").click()
    page.get_by_test_id("make-room").click()
    code = page.get_by_test_id("room-code").inner_text()
    page.keyboard.press("Escape")
    guest = browser.new_page()
    guest.goto(f"{chain.url}/room/{code}")
    expect(guest.get_by_test_id("room")).to_have_attribute("data-status", "joined")
    page.get_by_role("button", name="5 seconds earlier", exact=True).click()
    expect(guest.get_by_test_id("behind")).to_have_text("−5.0 s")
    guest.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_spoken(browser: Browser, chain: Chain, language: str) -> None:
    page = browser.new_page(locale=language)
    page.goto(chain.url)
    expect(page.get_by_test_id("leaderboard").locator("thead")).to_contain_text(LANGUAGES[language])
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.close()
