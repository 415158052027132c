"""The page in Chromium, over the gateway: how soon it is there, how smooth, how heavy.

Variables: `RACETIME_PAGE_SCENES=load,map,follow,tab,lighthouse,heap` runs only those, what is left
out stays as measured earlier that day; `RACETIME_PAGE_HEAP_SECONDS` cuts the race of `heap` short.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from browser import launch
from chain import Chain

from benchmarks.page import scenes
from benchmarks.page.lighthouse import lighthouse
from benchmarks.page.stage import race
from benchmarks.races import recordings
from benchmarks.report import RESULTS, Figure, Report

SCENES = ("load", "map", "follow", "tab", "lighthouse", "heap")
RECORDED = "2025-china-race"
FAST = 20.0
# A race of some 95 minutes at that speed, with what is before and after it.
HEAP_SECONDS = 290.0


def measure() -> Report:
    """Run the scenes that are wanted; answers them with those of earlier today."""
    wanted = os.environ.get("RACETIME_PAGE_SCENES", ",".join(SCENES)).split(",")
    unknown = set(wanted) - set(SCENES)
    if unknown:
        raise SystemExit(f"no such scene: {', '.join(sorted(unknown))} (of {', '.join(SCENES)})")
    report = earlier_today()
    with race() as chain:
        for scene in wanted:
            if scene != "heap":
                take_over(report, _run(scene, chain))
    if "heap" in wanted:
        take_over(report, _heap())
    report.notes = [
        "Chromium without a GPU draws on the same cores as the chain; CPU / 4 is Chromium's own",
        "throttling of the page's main thread; the tab is told that it is hidden, its frames and",
        "timers are not held back as a browser with windows would",
    ]
    return report


def _run(scene: str, chain: Chain) -> Report:
    report = Report("page")
    if scene == "lighthouse":
        lighthouse(report, chain.url)
        return report
    with launch() as browser:
        acts: dict[str, Callable[[], None]] = {
            "load": lambda: scenes.first_row(report, browser, chain.url),
            "map": lambda: scenes.frames(report, browser, chain.url),
            "follow": lambda: scenes.long_tasks(report, browser, chain.url),
            "tab": lambda: scenes.hidden(report, browser, chain),
        }
        acts[scene]()
    return report


def _heap() -> Report:
    report = Report("page")
    recording = recordings() / RECORDED
    known = recording.is_dir()
    seconds = float(os.environ.get("RACETIME_PAGE_HEAP_SECONDS") or HEAP_SECONDS)
    start = {"RACETIME_SIMULATOR_SESSION": "race"}
    with race(recording if known else None, FAST, start) as chain, launch() as browser:
        what = f"{RECORDED if known else 'made-up race'} at speed {FAST:g}"
        scenes.heap(report, browser, chain.url, seconds, what)
    return report


def earlier_today() -> Report:
    """Answer what was measured earlier today, that parts of it can be measured anew."""
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-page.json"
    if not path.is_file():
        return Report("page")
    held: dict[str, Any] = json.loads(path.read_text())
    figures = [Figure(**figure) for figure in held["figures"]]
    return Report("page", figures, held["notes"], held["details"])


def take_over(report: Report, fresh: Report) -> None:
    """Put fresh figures in the place of older ones of the same groups."""

    def group(figure: Figure) -> str:
        return figure.name.partition(",")[0].partition(":")[0]

    renewed = {group(figure) for figure in fresh.figures}
    kept = [figure for figure in report.figures if group(figure) not in renewed]
    report.figures = [*kept, *fresh.figures]
    report.details |= fresh.details
