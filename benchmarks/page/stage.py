"""The whole chain with a race on it, and a browser before its gateway."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chain import Chain
from screen import ROWS

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# The poller's updates come four times a second.
UPDATES = {"RACETIME_POLLER_PUBLISH_INTERVAL_MILLIS": "250"}
# Well into a made-up race of 22 cars, when its tables are long; seconds from lights out.
MADE_UP = {
    "RACETIME_SIMULATOR_SESSION": "race",
    "RACETIME_SIMULATOR_CARS": "22",
    "RACETIME_SIMULATOR_START": "2700",
}
# Waits for the first row of the leaderboard and the frame that shows it, and keeps all long tasks.
PROBES = """(() => {
  window.seen = { firstRow: undefined, tasks: [], frames: [] };
  const rows = "[data-testid=leaderboard] tr[data-driver]";
  new MutationObserver((_, observer) => {
    if (document.querySelector(rows) === null) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const afterPaint = new MessageChannel();
      afterPaint.port1.onmessage = () => { seen.firstRow = performance.now(); };
      afterPaint.port2.postMessage(0);
    });
  }).observe(document, { childList: true, subtree: true });
  const keep = (type, into, entry) =>
    new PerformanceObserver((list) => into.push(...list.getEntries().map(entry))).observe({ type });
  keep("longtask", seen.tasks, ({ startTime, duration }) => ({ startTime, duration }));
  keep("long-animation-frame", seen.frames, ({ startTime, duration, scripts }) => ({
    startTime, duration,
    scripts: scripts.map(({ invoker, sourceFunctionName, sourceURL, duration }) =>
      ({ invoker, sourceFunctionName, sourceURL, duration })),
  }));
})()"""


@contextmanager
def race(
    recording: Path | None = None, speed: float = 1.0, simulator: Mapping[str, str] = MADE_UP
) -> Iterator[Chain]:
    """Run the chain until a race is on screen."""
    told = {} if recording else dict(simulator)
    with (
        tempfile.TemporaryDirectory() as folder,
        Chain(
            Path(folder), recording=recording, speed=speed, simulator=told, poller=UPDATES
        ) as chain,
    ):
        chain.until_on_screen()
        yield chain


@contextmanager
def shown(browser: Any, url: str, viewport: Mapping[str, int] = DESKTOP) -> Iterator[Any]:
    """Open the page in a fresh profile, with nothing cached, until the leaderboard is there."""
    context = browser.new_context(viewport=dict(viewport))
    try:
        page = context.new_page()
        page.add_init_script(PROBES)
        page.goto(url)
        page.wait_for_selector(ROWS)
        yield page
    finally:
        context.close()


def settle(seconds: float) -> None:
    """Let pass what belongs to loading."""
    time.sleep(seconds)


def counters(session: Any) -> dict[str, float]:
    """Read what the browser counts of a page: seconds of its main thread, layouts."""
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


class Usage:
    """What a page's main thread did between two looks."""

    def __init__(self, session: Any) -> None:
        session.send("Performance.enable")
        self._session = session
        self._before = counters(session)

    def per_second(self, name: str) -> float:
        """Answer by how much a counter grew each second since the first look."""
        now = counters(self._session)
        elapsed = now["Timestamp"] - self._before["Timestamp"]
        return (now[name] - self._before[name]) / elapsed
