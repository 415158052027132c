"""A whole visit by keys alone, through the real chain: the focus is always in sight."""

from typing import Any

import pytest
from chain import StartChain
from playwright.sync_api import expect
from screen import ROWS

pytestmark = [pytest.mark.chain, pytest.mark.browser, pytest.mark.timeout(120)]

FOCUS = """() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(element);
  const {width, height, bottom, top} = element.getBoundingClientRect();
  return {
    what: element.outerHTML.slice(0, 120),
    // What stands for a whole part of the page needs no ring: nothing in it is chosen yet.
    marked: element.tabIndex < 0 || boxShadow !== 'none'
      || (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0),
    seen: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
  };
}"""
MOST_STOPS = 120


class Keyboard:
    """Presses keys, and sees after each that the focus is somewhere, in sight and marked."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)
        self.look(keys)

    def look(self, keys: str) -> None:
        focus = self.page.evaluate(FOCUS)
        assert focus is not None, f"the focus is lost after {keys}"
        assert focus["seen"], f"out of sight after {keys}: {focus['what']}"
        assert focus["marked"], f"not marked after {keys}: {focus['what']}"

    def to(self, what: str, keys: str = "Tab") -> None:
        """Press a key until it leads to an element of which a JavaScript expression holds."""
        for _ in range(MOST_STOPS):
            self.press(keys)
            if self.page.evaluate(f"(e => {what})(document.activeElement)"):
                return
        raise AssertionError(f"{keys} does not lead to {what}")


def test_a_whole_visit_by_keys_alone_with_the_focus_always_in_sight(
    start_chain: StartChain, browser: Any
) -> None:
    chain = start_chain(speed=10, replicas=1)
    chain.until_on_screen()
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    keyboard = Keyboard(page)
    _choose_a_column(page, keyboard)
    _select_a_driver_and_open_a_panel(page, keyboard)
    _pause_and_rewind(page, keyboard)
    _open_and_close(page, keyboard, "Shift+?", "Keyboard")
    _open_and_close(page, keyboard, ",", "Settings")
    _go_to_a_session_and_back(page, keyboard)


def _heads(page: Any) -> list[str]:
    heads: list[str] = page.get_by_test_id("leaderboard").locator("th").all_inner_texts()
    return heads


def _choose_a_column(page: Any, keyboard: Keyboard) -> None:
    keyboard.to("e.getAttribute('aria-label') === 'Choose columns'")
    keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Laps completed")).to_be_visible()
    keyboard.to("e.closest('label')?.innerText.trim() === 'Laps completed'")
    keyboard.press("Space")
    assert "Laps" in _heads(page)
    before = _heads(page).index("Laps")
    keyboard.to("e.getAttribute('aria-label') === 'Laps completed: move up'")
    keyboard.press("Enter")
    assert _heads(page).index("Laps") == before - 1
    keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Choose columns"


def _select_a_driver_and_open_a_panel(page: Any, keyboard: Keyboard) -> None:
    keyboard.to("e.matches('tr[data-driver]')")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    driver = page.evaluate("document.activeElement.dataset.driver")
    keyboard.press("Enter")
    row = page.locator(f"{ROWS}[data-driver='{driver}']")
    expect(row).to_have_attribute("aria-selected", "true")
    keyboard.to("e.matches('[data-area=driver] [role=tab]')", "p")
    keyboard.press("ArrowRight")
    expect(page.locator("[data-area=driver] [role=tab][aria-selected=true]")).to_be_focused()


def _pause_and_rewind(page: Any, keyboard: Keyboard) -> None:
    mode = page.get_by_test_id("delay")
    keyboard.to("e.dataset.testid === 'play'")
    keyboard.press("Enter")
    expect(mode).to_have_attribute("data-mode", "paused")
    reached = page.get_by_test_id("scrubber")
    stood = int(reached.get_attribute("data-at"))
    keyboard.press("Shift+ArrowLeft")
    expect(reached).not_to_have_attribute("data-at", str(stood))
    assert int(reached.get_attribute("data-at")) < stood
    keyboard.press("l")
    expect(mode).to_have_attribute("data-mode", "live")


def _open_and_close(page: Any, keyboard: Keyboard, keys: str, title: str) -> None:
    before = page.evaluate("document.activeElement.outerHTML")
    page.keyboard.press(keys)
    dialog = page.get_by_test_id("dialog")
    expect(dialog).to_contain_text(title)
    keyboard.press("Tab")
    keyboard.press("Escape")
    expect(dialog).not_to_be_attached()
    keyboard.look("Escape")
    assert page.evaluate("document.activeElement.outerHTML") == before


def _go_to_a_session_and_back(page: Any, keyboard: Keyboard) -> None:
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_test_id("sessions")).to_be_focused()
    keyboard.to("e.matches('[data-session] a + a')")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("leaderboard")).to_be_visible()
    keyboard.look("Enter")
    assert "spoilers" in page.url
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_test_id("delay")).to_have_attribute("data-mode", "live")
    keyboard.press("Tab")
