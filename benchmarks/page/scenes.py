"""What is measured of a page that follows a race."""

import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from chain import Chain
from screen import differences, read_screen, state_on

from benchmarks.page.stage import DESKTOP, PHONE, Usage, settle, shown
from benchmarks.report import Report

LOADS = 7
FRAMES_SECONDS = 20.0
FOLLOW_SECONDS = float(os.environ.get("RACETIME_PAGE_FOLLOW_SECONDS") or 60)
HIDDEN_SECONDS = 20.0
SETTLE_SECONDS = 8.0
THROTTLE = 4
LONG_MILLIS = 50
HEAP_STEP_SECONDS = 15.0
FRAME_EVENTS = "disabled-by-default-devtools.timeline.frame"
COUNT_FRAMES = """millis => new Promise(done => {
  const begun = performance.now(); let count = 0;
  const frame = now => {
    count += 1;
    if (now - begun < millis) requestAnimationFrame(frame);
    else done(count / (now - begun) * 1000);
  };
  requestAnimationFrame(frame);
})"""
# This browser shows all its tabs always: the page is told that it is hidden, as a browser tells
# it, but its frames and timers are not held back for it. What it saves, it saves by itself.
HIDE = """hidden => {
  const state = hidden ? "hidden" : "visible";
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def first_row(report: Report, browser: Any, url: str) -> None:
    """Load the page with cold caches; add when the first row was painted."""
    found = []
    for _ in range(LOADS):
        with shown(browser, url) as page:
            settle(0.3)
            found.append(page.evaluate("seen.firstRow"))
    report.details["first row, each load, ms"] = found
    report.add("load: first row (at most 1 s)", median(found) / 1000, "s", key=True)
    report.add("load: first row, slowest", max(found) / 1000, "s")


def frames(report: Report, browser: Any, url: str) -> None:
    """Count the frames asked for and those drawn, with a processor a quarter as fast."""
    for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        with shown(browser, url, viewport) as page:
            if viewport is PHONE:
                page.get_by_role("navigation").get_by_role("button").nth(1).click()
            page.wait_for_selector("[data-testid=track-map][data-moving=true]")
            session = page.context.new_cdp_session(page)
            settle(SETTLE_SECONDS)
            session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
            settle(2)
            usage = Usage(session)
            asked, drawn = _count_frames(browser, page)
            busy = usage.per_second("TaskDuration")
        group = f"map, 22 cars, CPU / {THROTTLE}, {name}: "
        report.add(f"{group}frames drawn (at least 55)", drawn, "/s", key=True)
        report.add(f"{group}frames asked for", asked, "/s", key=True)
        report.add(f"{group}main thread busy", busy * 100, "%")


def _count_frames(browser: Any, page: Any) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        browser.start_tracing(page=page, path=path, categories=[FRAME_EVENTS])
        asked = page.evaluate(COUNT_FRAMES, FRAMES_SECONDS * 1000)
        browser.stop_tracing()
        events = json.loads(path.read_text())["traceEvents"]
    return asked, drawn_per_second(events)


def drawn_per_second(events: list[dict[str, Any]]) -> float:
    """Answer how many frames a second a trace's events say were drawn."""
    drawn = [event["ts"] for event in events if event["name"] == "DrawFrame"]
    if len(drawn) < 2:
        return 0.0
    return (len(drawn) - 1) / (max(drawn) - min(drawn)) * 1e6


def long_tasks(report: Report, browser: Any, url: str) -> None:
    """Follow with a processor a quarter as fast; add the tasks that were long."""
    for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        with shown(browser, url, viewport) as page:
            session = page.context.new_cdp_session(page)
            settle(SETTLE_SECONDS)
            session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
            settle(2)
            page.evaluate("seen.tasks.length = 0; seen.frames.length = 0")
            usage = Usage(session)
            settle(FOLLOW_SECONDS)
            busy = usage.per_second("TaskDuration")
            tasks, slow = page.evaluate("[seen.tasks, seen.frames]")
        lengths = [task["duration"] for task in tasks]
        group = f"follow at 4 Hz, CPU / {THROTTLE}, {name}: "
        report.details[f"{group}long tasks"] = tasks
        report.details[f"{group}long frames"] = slow
        report.add(f"{group}tasks over {LONG_MILLIS} ms (none)", len(lengths), "", key=True)
        report.add(f"{group}longest of them", max(lengths, default=0), "ms", key=True)
        report.add(f"{group}main thread busy", busy * 100, "%", key=True)


def hidden(report: Report, browser: Any, chain: Chain) -> None:
    """Follow shown, then hidden, then shown again: what it costs, and when it is right again."""
    with shown(browser, chain.url) as page:
        session = page.context.new_cdp_session(page)
        settle(SETTLE_SECONDS)
        usage = Usage(session)
        settle(HIDDEN_SECONDS)
        seen = usage.per_second("TaskDuration")
        page.evaluate(HIDE, True)
        settle(1)
        usage = Usage(session)
        settle(HIDDEN_SECONDS)
        unseen = usage.per_second("TaskDuration")
        layouts = usage.per_second("LayoutCount")
        page.evaluate(HIDE, False)
        back = time.monotonic()
        chain.until("the leaderboard equals the state", lambda: _is_right(page, chain), 10)
        right = time.monotonic() - back
    report.add("tab: main thread busy, shown", seen * 100, "%", key=True)
    report.add("tab: hidden", unseen * 100, "%", key=True)
    report.add("tab: hidden, layouts", layouts, "/s")
    report.add("tab: right again after", right, "s", key=True)


def _is_right(page: Any, chain: Chain) -> bool:
    screen = read_screen(page)
    state = state_on(chain, screen)
    return state is not None and not differences(screen, state)


def heap(report: Report, browser: Any, url: str, seconds: float, what: str) -> None:
    """Follow a whole race fast; add by how much what is still held grew."""
    sizes: list[dict[str, Any]] = []
    with shown(browser, url) as page:
        session = page.context.new_cdp_session(page)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            settle(min(HEAP_STEP_SECONDS, max(1.0, seconds - passed)))
            # Twice: what finalizers let go is free only at the second.
            for _ in range(2):
                session.send("HeapProfiler.collectGarbage")
            used = session.send("Runtime.getHeapUsage")
            lap = page.inner_text("[data-testid=lap]").replace("\n", " ")
            nodes = session.send("Memory.getDOMCounters")["nodes"]
            now = round(time.monotonic() - began)
            sizes.append({"second": now, "lap": lap, "bytes": used["usedSize"], "nodes": nodes})
    report.details[f"heap, {what}"] = sizes
    first, last = sizes[0], sizes[-1]
    group = f"heap, {what}, {first['lap']} to {last['lap']}: "
    report.add(
        f"{group}growth (at most 20)", (last["bytes"] - first["bytes"]) / 1e6, "MB", key=True
    )
    report.add(f"{group}at the end", last["bytes"] / 1e6, "MB", key=True)
    report.add(f"{group}nodes at the end", last["nodes"], "")
