"""How many rows a second the poller's core takes in, and how fast it imports a whole race.

Each case runs in a process of its own, on one core, so that its memory can be told.
`python -m benchmarks.reducer RACE all|tables [import]` runs one case and prints what it found.
"""

import asyncio
import ctypes
import gc
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from benchmarks.races import MADE_UP, SAMPLED, Race, names, open_race, recordings
from benchmarks.report import Report
from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.import_log import ImportLog
from racetime_poller.importer import Importer
from racetime_poller.intake import Intake
from racetime_poller.publisher import OpenLog
from racetime_poller.recorded import Recorded
from racetime_poller.sources.decode import Decoded

CASES = {"all": "with location and car_data", "tables": "without location and car_data"}
ROOT = Path(__file__).resolve().parents[1]
CASE_SECONDS = 150
STEP_MILLIS = 1_000


def arrivals(race: Race, endpoints: frozenset[str]) -> Iterator[tuple[int, str, Decoded, float]]:
    """Answer the rows second by second: instant, endpoint, rows, and the time to decode them."""
    end = race.ended_at + 30 * STEP_MILLIS
    for now in range(race.started_at - 60 * STEP_MILLIS, end, STEP_MILLIS):
        begun = time.perf_counter()
        for endpoint, decoded in race.rows(now, endpoints):
            yield now, endpoint, decoded, time.perf_counter() - begun
            begun = time.perf_counter()


def time_rows(race: Race, endpoints: frozenset[str]) -> dict[str, dict[str, float]]:
    """Take all rows in, without telling of them; answers rows and seconds by endpoint."""
    intake = Intake.of(race.session, race.total_laps)
    spent: dict[str, dict[str, float]] = defaultdict(lambda: {"rows": 0, "reduce": 0, "decode": 0})
    for now, endpoint, decoded, seconds in arrivals(race, endpoints):
        begun = time.perf_counter()
        intake.apply(endpoint, decoded, now)
        one = spent[endpoint]
        one["reduce"] += time.perf_counter() - begun
        one["decode"] += seconds
        one["rows"] += len(decoded.rows)
        if endpoint == "location":
            # Batches wait to be published: they would pile up.
            intake.motion.flush()
        elif endpoint == "car_data":
            intake.telemetry.flush()
    return dict(spent)


class Nowhere(ImportLog):
    """Takes a log that nobody keeps: no Redis is timed."""

    async def open(self, session_key: int, revision: int, _left: object = None) -> OpenLog:
        """Begin a log."""
        return OpenLog(0, revision, None, RaceState())

    async def circuit(self, circuit_key: int) -> None:
        """Know no circuit."""

    async def set_circuit(self, circuit: object) -> None:
        """Let a circuit go."""

    async def profile(self, circuit_key: int) -> None:
        """Know no profile."""

    async def set_profile(self, circuit_key: int, profile: bytes) -> None:
        """Let a profile go."""

    async def write(self) -> None:
        """Let entries go."""
        self._commands.clear()

    async def complete(self) -> None:
        """Let the log go."""

    async def discard(self) -> None:
        """Have nothing to forget."""


def time_import(folder: Path, *, samples: bool) -> dict[str, float]:
    """Import the race as the poller does, from its files on: read, decode, reduce, derive, encode.

    What is counted as memory is all of the process.
    """
    recorded = Recorded.open(folder, samples=samples)
    log = Nowhere(cast(Any, None), recorded.session.session_key, cast(Any, None))
    _settle_memory()
    begun, used = time.perf_counter(), time.process_time()

    async def run() -> None:
        async for _ in Importer(recorded, log).run():
            pass

    asyncio.run(run())
    return {
        "seconds": time.perf_counter() - begun,
        "processor_seconds": time.process_time() - used,
        "rows": recorded.row_count,
        "updates": log.sequence,
        "memory_mib": _memory("VmHWM"),
    }


def _memory(name: str) -> float:
    """Answer a figure of this process's memory in MiB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


def _settle_memory() -> float:
    """Give back what is free, forget the peak so far; answers what is in use, in MiB."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def run_case(name: str, case: str) -> dict[str, Any]:
    """Run a case in this process."""
    race = open_race(name)
    endpoints = frozenset(race.feeds) - (frozenset() if case == "all" else frozenset(SAMPLED))
    result: dict[str, Any] = {"rows": time_rows(race, endpoints)}
    return {**result, "race_seconds": race.seconds}


def import_case(name: str, case: str) -> dict[str, Any]:
    """Import a recorded race in this process, which has loaded nothing else."""
    return time_import(recordings() / name, samples=case == "all")


def measure() -> Report:
    """Measure a race in both cases."""
    name = names()[-1]
    found = {case: _in_child(name, case) for case in CASES}
    if name != MADE_UP:
        for case, one in found.items():
            one["import"] = _in_child(name, case, "import")
    return report(name, found)


def _in_child(name: str, case: str, *what: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.reducer", name, case, *what]
    done = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=CASE_SECONDS
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(name: str, found: dict[str, dict[str, Any]]) -> Report:
    """Put what the cases found into a report."""
    result = Report("reducer", details={"race": name, "cases": found})
    widest = max(found.values(), key=lambda case: len(case["rows"]))
    for endpoint, spent in sorted(widest["rows"].items()):
        if spent["rows"] >= 20:
            result.add(f"{endpoint}: reduce", spent["rows"] / spent["reduce"], "rows/s")
    for case, measured in found.items():
        rows = sum(spent["rows"] for spent in measured["rows"].values())
        reduce = sum(spent["reduce"] for spent in measured["rows"].values())
        decode = sum(spent["decode"] for spent in measured["rows"].values())
        label = CASES[case]
        result.add(f"{label}: reduce", rows / reduce, "rows/s", key=True)
        result.add(f"{label}: decode and reduce", rows / (reduce + decode), "rows/s")
        if (imported := measured.get("import")) is None:
            continue
        seconds = measured["race_seconds"]
        times = seconds / imported["seconds"]
        result.add(f"{label}: import", times, "x real time", key=True)
        busy = seconds / imported["processor_seconds"]
        result.add(f"{label}: import, by processor time", busy, "x real time")
        result.add(f"{label}: import", imported["rows"] / imported["seconds"], "rows/s")
        result.add(f"{label}: import, memory of all", imported["memory_mib"], "MiB", key=True)
    result.notes.append(
        f"{name}, one core; import: from its files, an update for each second of the whole race"
    )
    if name == MADE_UP:
        result.notes.append("no recordings (RACETIME_RECORDINGS): only the made-up race")
    return result


if __name__ == "__main__":
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    run = import_case if len(sys.argv) > 3 else run_case
    print(json.dumps(run(*sys.argv[1:3])))
