"""The page in a real browser, on the real chain: it shows what the state says."""

import json
from pathlib import Path
from typing import Any

import pytest
from chain import Chain, StartChain
from screen import ROWS, differences, read_screen, state_on

pytestmark = [pytest.mark.chain, pytest.mark.browser, pytest.mark.timeout(180)]


def _differences(page: Any, chain: Chain) -> list[str]:
    """Compare the screen with the state that it says it shows."""
    screen = read_screen(page)
    state = state_on(chain, screen)
    return ["two updates at one instant"] if state is None else differences(screen, state)


READ_CARS = """() => {
  const canvas = document.querySelector('[data-testid=track-map-cars]');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let hash = 0, painted = 0;
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] > 0) { painted += 1; hash = (hash * 31 + i + data[i - 1]) | 0; }
  }
  return {hash, painted};
}"""


def _cars(page: Any) -> int | None:
    """Read the pixels of the cars alone: their canvas holds nothing else. None while it is
    empty."""
    seen = page.evaluate(READ_CARS)
    return seen["hash"] if seen["painted"] > 1000 else None


def _moved(page: Any, before: int) -> int | None:
    now = _cars(page)
    return None if now == before else now


def _until_cars_move(page: Any, chain: Chain) -> None:
    before = chain.until("cars are drawn", lambda: _cars(page), 20)
    for _ in range(3):
        before = chain.until("cars move", lambda before=before: _moved(page, before), 20)


@pytest.fixture
def recorded_race(recordings: Path, start_chain: StartChain) -> Chain:
    chain = start_chain(
        recording=recordings / "2025-china-race",
        speed=4,
        simulator={"RACETIME_SIMULATOR_START": "600"},
    )
    chain.until_on_screen()
    return chain


def test_the_page_shows_the_state_moves_and_recovers(
    recorded_race: Chain, browser: Any, tmp_path: Path
) -> None:
    chain = recorded_race
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    chain.until("the leaderboard equals the state", lambda: not _differences(page, chain), 30)
    assert len(read_screen(page)["rows"]) == 20
    assert "REPLAY" in page.inner_text("header")

    page.wait_for_selector("[data-testid=track-map-cars]")
    _until_cars_move(page, chain)

    page.evaluate("window.notReloaded = true")
    chain.restart("gateway")
    chain.until_up("gateway")
    chain.until("the API answers again", lambda: chain.snapshot().get("sequence"), 20)
    chain.until("the leaderboard equals the state again", lambda: not _differences(page, chain), 40)
    assert page.evaluate("window.notReloaded") is True
    _until_cars_move(page, chain)
    assert problems == []
    page.screenshot(path=str(tmp_path / "desktop.png"))


def test_the_page_fits_a_phone_and_says_that_a_race_is_simulated(
    start_chain: StartChain, browser: Any
) -> None:
    chain = start_chain(speed=10)
    chain.until_on_screen()
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    assert "SIMULATED" in page.inner_text("body")
    assert len(read_screen(page)["rows"]) == 22
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page does not scroll sideways"
    assert json.loads(chain.get("/api/health").body)


READ_KNOCKED_OUT = """() =>
  [...document.querySelectorAll('[data-testid=leaderboard] tr[data-driver]')]
    .filter(row => /KNOCKED OUT/.test(row.querySelector('[data-cell=status]')?.innerText ?? ''))
    .map(row => row.dataset.driver)"""


def _knocked_out(state: dict[str, Any]) -> set[str]:
    told = state.get("statuses", {}).items()
    return {number for number, one in told if one.get("state") == "CAR_STATE_KNOCKED_OUT"}


def test_a_qualifying_marks_who_is_knocked_out(
    recordings: Path, start_chain: StartChain, browser: Any
) -> None:
    chain = start_chain(
        recording=recordings / "2025-emilia-romagna-qualifying", speed=100, replicas=1
    )
    chain.until_on_screen()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    chain.until("Q1 is over", lambda: len(_knocked_out(chain.snapshot()["state"])) >= 5, 60)
    chain.until(
        "the page says who is knocked out",
        lambda: set(page.evaluate(READ_KNOCKED_OUT)) == _knocked_out(chain.snapshot()["state"]),
    )
    head = page.get_by_test_id("leaderboard").locator("thead").inner_text()
    assert "Int" not in head.split(), "a qualifying has no intervals"


def test_the_page_follows_to_the_next_session(start_chain: StartChain, browser: Any) -> None:
    near_the_end = {"RACETIME_SIMULATOR_START": "4400"}
    chain = start_chain(speed=100, replicas=1, simulator=near_the_end)
    chain.until_on_screen()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    assert "Race" in page.inner_text("header")
    chain.until("the next session is live", lambda: _session_name(chain) != "Race", 60)
    name = _session_name(chain)
    chain.until("the page names it", lambda: name in page.inner_text("header"))
    chain.until("the page has its order", lambda: _order(page) == _told_order(chain))
    assert problems == []


def _session_name(chain: Chain) -> str:
    return str(chain.snapshot()["state"]["session"]["sessionName"])


def _order(page: Any) -> list[str]:
    return [row["driver"] for row in read_screen(page)["rows"]]


def _told_order(chain: Chain) -> list[str]:
    positions = chain.snapshot()["state"]["positions"]
    return sorted(positions, key=lambda number: positions[number]["position"])
