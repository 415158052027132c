"""What is on screen equals the state at its playhead: hundreds of instants of a recorded race."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from chain import Chain, StartChain
from playwright.sync_api import expect
from screen import ROWS, differences, shown_rows

pytestmark = [pytest.mark.chain, pytest.mark.browser, pytest.mark.timeout(240)]

# Instants looked at while the page stands, and pauses in the midst of a replay.
INSTANTS, PAUSES = 220, 20
SPEED = 5
# A running page is behind its clock by what was on the way, in milliseconds of the race.
ON_THE_WAY = range(0, 1500 * SPEED, 250)
SEEK = """([input, value]) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
  input.dispatchEvent(new Event('input', {bubbles: true}));
  input.dispatchEvent(new Event('change', {bubbles: true}));
}"""


@pytest.fixture
def sprint(recordings: Path, start_chain: StartChain) -> Chain:
    """A sprint that has been driven to its end."""
    chain = start_chain(recording=recordings / "2025-qatar-sprint", speed=100, replicas=1)
    chain.until_on_screen()
    chain.until("the race is over", lambda: _is_over(chain), 90)
    return chain


def _is_over(chain: Chain) -> bool:
    phase = chain.snapshot()["state"].get("clock", {}).get("phase")
    return phase in ("SESSION_PHASE_FINISHED", "SESSION_PHASE_ENDED")


class Walker:
    """Moves the playhead of a page that stands, and asks the API for the state there."""

    def __init__(self, page: Any, chain: Chain) -> None:
        newest = chain.snapshot()
        self.page, self.chain = page, chain
        self.key = newest["sessionKey"]
        self.origin = datetime.fromisoformat(newest["state"]["session"]["originTime"])
        self.scrubber = page.get_by_test_id("scrubber").element_handle()

    def seek(self, value: int) -> None:
        self.page.evaluate(SEEK, [self.scrubber, str(value)])

    def at(self) -> int:
        """Read the playhead, in milliseconds of the race."""
        return int(self.scrubber.get_attribute("data-at"))

    def state(self, at: int) -> dict[str, Any]:
        instant = (self.origin + timedelta(milliseconds=at)).astimezone(UTC)
        text = quote(instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        answer = self.chain.get(f"/api/sessions/{self.key}/snapshot?race_time={text}")
        assert answer.status == 200, answer.body
        return json.loads(answer.body)["state"]

    def faults(self, state: dict[str, Any]) -> list[str]:
        faults = differences(shown_rows(self.page), state)
        lap = re.search(r"\d+|–", self.page.get_by_test_id("lap").inner_text())
        told = str(state.get("progress", {}).get("currentLap", "–"))
        if lap is None or lap.group() != told:
            faults.append(f"lap {lap and lap.group()}, not {told}")
        return faults


def test_a_walk_through_a_race_shows_the_state_at_each_instant(sprint: Chain, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{sprint.url}/sessions/{sprint.snapshot()['sessionKey']}")
    page.wait_for_selector(ROWS)
    page.get_by_test_id("play").click()
    walker = Walker(page, sprint)
    dice = random.Random(9850)
    seen = set()
    for _ in range(INSTANTS):
        walker.seek(dice.randrange(300, 9_700))
        sprint.until("the playhead has moved", lambda: walker.scrubber.get_attribute("data-at"))
        at = walker.at()
        state = walker.state(at)
        sprint.until(f"the page shows {at} ms", lambda state=state: not walker.faults(state), 10)
        seen.add(at)
    assert len(seen) > INSTANTS * 0.9
    _pause_in_a_replay(page, walker, dice)
    assert problems == []


def _pause_in_a_replay(page: Any, walker: Walker, dice: random.Random) -> None:
    page.get_by_test_id("speed").select_option(str(SPEED))
    clock = page.get_by_test_id("clock").locator("b")
    for _ in range(PAUSES):
        walker.seek(dice.randrange(300, 9_000))
        page.get_by_test_id("play").click()
        expect(page.get_by_test_id("delay")).not_to_have_attribute("data-mode", "paused")
        for _ in range(2):
            expect(clock).not_to_have_text(clock.inner_text())
        page.get_by_test_id("play").click()
        expect(page.get_by_test_id("delay")).to_have_attribute("data-mode", "paused")
        at = walker.at()
        states = [walker.state(at - late) for late in ON_THE_WAY]
        walker.chain.until(
            f"the page shows what led to {at} ms",
            lambda states=states: any(not walker.faults(state) for state in states),
            10,
        )
