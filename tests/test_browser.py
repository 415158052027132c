"""The page in a real browser, on the real chain: it shows what the state says."""

import json
from pathlib import Path
from typing import Any

import pytest
from chain import Chain
from conftest import StartChain

pytestmark = [pytest.mark.chain, pytest.mark.browser, pytest.mark.timeout(180)]

ROWS = "[data-testid=leaderboard] tr[data-driver]"
READ_ROWS = """() => [...document.querySelectorAll('[data-testid=leaderboard] tr[data-driver]')]
  .map(row => ({
    driver: row.dataset.driver,
    position: row.dataset.position,
    cells: Object.fromEntries([...row.querySelectorAll('[data-cell]')]
      .map(cell => [cell.dataset.cell, cell.innerText.trim()])),
  }))"""


def _seconds(millis: int) -> str:
    return f"{millis / 1000:.3f}"


def _lap_time(millis: int) -> str:
    minutes, rest = divmod(millis, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"


def _expected(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the rows that a state asks for, apart from the page's code."""
    rows = []
    for number, place in sorted(state["positions"].items(), key=lambda one: one[1]["position"]):
        gap = state.get("gaps", {}).get(number, {})
        timing = state.get("timings", {}).get(number, {})
        row = {
            "driver": number,
            "position": str(place["position"]),
            "code": state["drivers"][number]["nameAcronym"],
            "last": _lap_time(timing["lastLapMillis"]) if "lastLapMillis" in timing else "–",
            "best": _lap_time(timing["bestLapMillis"]) if "bestLapMillis" in timing else "–",
        }
        if place["position"] > 1 and "intervalMillis" in gap:
            row["interval"] = _seconds(gap["intervalMillis"])
        if place["position"] > 1 and "gapToLeaderMillis" in gap:
            row["gap"] = _seconds(gap["gapToLeaderMillis"])
        if number in state.get("statuses", {}):
            row["stops"] = str(state["statuses"][number].get("stops", "–"))
        if "ageLaps" in state.get("tyres", {}).get(number, {}):
            row["age"] = str(state["tyres"][number]["ageLaps"])
        rows.append(row)
    return rows


def _shown(page: Any) -> list[dict[str, Any]]:
    return page.evaluate(READ_ROWS)


def _differences(page: Any, chain: Chain) -> list[str]:
    """Compare the leaderboard with the state, where nothing changed between the two looks."""
    before, rows, after = chain.snapshot(), _shown(page), chain.snapshot()
    if before.get("sequence") != after.get("sequence"):
        return ["the state moved on meanwhile"]
    wanted = _expected(before["state"])
    if [row["driver"] for row in rows] != [row["driver"] for row in wanted]:
        return [f"order {[row['driver'] for row in rows]}"]
    faults = []
    for row, want in zip(rows, wanted, strict=True):
        cells = row["cells"]
        if want["code"] not in cells["driver"] or row["position"] != want["position"]:
            faults.append(f"{want['driver']}: {cells['driver']}")
        if "age" in want and want["age"] not in cells["tyre"].split():
            faults.append(f"{want['driver']} tyre: {cells['tyre']!r}, not {want['age']!r}")
        faults += [
            f"{want['driver']} {name}: {cells[name]!r}, not {want[name]!r}"
            for name in ("last", "best", "interval", "gap", "stops")
            if name in want and cells[name] != want[name]
        ]
    return faults


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
    assert len(_shown(page)) == 20
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
    assert len(_shown(page)) == 22
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page does not scroll sideways"
    assert json.loads(chain.get("/api/health").body)
