"""The page around the race: offline, by keys, in another language, for who can't see it."""

from pathlib import Path
from typing import Any

import pytest
from chain import Chain, StartChain

pytestmark = [pytest.mark.chain, pytest.mark.browser, pytest.mark.timeout(180)]

AXE = Path(__file__).parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})).violations
  .map(({id, nodes}) => [id, ...nodes.map(({target}) => String(target))])"""
ROWS = "[data-testid=leaderboard] tr[data-driver]"
KEPT = """async () => {
  const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const requests = (await Promise.all(stores.map((store) => store.keys()))).flat();
  return requests.map(({url}) => new URL(url).pathname);
}"""
DIALOG = "[data-testid=dialog]"


@pytest.fixture
def chain(start_chain: StartChain) -> Chain:
    chain = start_chain(speed=10)
    chain.until_on_screen()
    return chain


def _violations(page: Any) -> list[Any]:
    """Ask axe, through the debugger: the page's own rules let no foreign script in."""
    page.evaluate(AXE.read_text())
    found: list[Any] = page.evaluate(VIOLATIONS)
    return found


def test_race_settings_and_keys_are_clean_by_axe_and_open_by_keys(
    chain: Chain, browser: Any
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    assert _violations(page) == []
    for key, word in (("Shift+?", "Keyboard"), (",", "Settings")):
        page.keyboard.press(key)
        page.wait_for_selector(DIALOG)
        assert word in page.inner_text(DIALOG)
        assert _violations(page) == []
        page.keyboard.press("Escape")
        page.wait_for_selector(DIALOG, state="detached")
    page.close()


def test_the_page_opens_without_a_connection_and_says_so_in_its_language(
    chain: Chain, browser: Any
) -> None:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(chain.url)
    page.wait_for_selector(ROWS)
    assert page.evaluate("document.documentElement.lang") == "de"
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = page.evaluate(KEPT)
    assert "/index.html" in kept
    assert not [path for path in kept if path.startswith(("/api", "/racetime"))]
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("[data-testid=waiting]")
    assert "Keine Verbindung" in page.inner_text("[data-testid=waiting]")
    context.close()
