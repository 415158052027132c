"""How long it takes from `python -m racetime_embedded` to the first car that moves.

Of a made-up race, and of one of the past that has to be fetched: there a simulator stands for
OpenF1, with the limits of its free tier.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from google.protobuf.json_format import ParseDict

from benchmarks.races import recordings
from benchmarks.report import Report
from racetime import samples
from racetime.v1.race_state_pb2 import RaceState
from racetime_embedded.ports import HOST, is_free
from racetime_embedded.ready import ask, decode

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
# A recorded race, and an instant when all of it is over.
PAST = "2025-china-race"
AFTER = "2025-04-01T00:00:00Z"
# What a simulator needs to read a race's samples.
LOAD_SECONDS = 8.0
RUN_SECONDS = 45.0
STOP_SECONDS = 15.0
PAUSE_SECONDS = 0.05
MOVED_DECIMETERS = 10
REPLICAS = 3


class StartError(Exception):
    """The run did not come up."""


def measure() -> Report:
    """Start RaceTime a few times; answers the median."""
    result = Report("startup")
    _add(result, "", time_start)
    result.notes.append(f"median of {RUNS} runs of the made-up race, set up and built before")
    if (recordings() / PAST).is_dir():
        _add(result, "past race: ", time_past)
        result.notes.append(f"past race: {PAST}, fetched within 3 requests a second, 30 a minute")
    return result


def _add(result: Report, title: str, time_once: Callable[[], dict[str, float]]) -> None:
    runs = [time_once() for _ in range(RUNS)]
    result.details[f"{title}runs"] = runs
    for name in runs[0]:
        result.add(title + name, median(run[name] for run in runs), "s", key=True)
    slowest = max(run["first car moves"] for run in runs)
    result.add(f"{title}first car moves, slowest run", slowest, "s")


def time_past() -> dict[str, float]:
    """Start RaceTime once with a race of the past that nobody has fetched yet."""
    with tempfile.TemporaryDirectory() as folder, openf1(recordings() / PAST) as (url, key):
        return time_start(
            str(key), {"RACETIME_OPENF1_URL": url, "RACETIME_POLLER_RECORDINGS": folder}
        )


@contextmanager
def openf1(recording: Path) -> Iterator[tuple[str, int]]:
    """Serve a race that is over as OpenF1's free tier does; yield where, and its key."""
    port = next(_free_in_a_row(1))
    options = ("--tier", "free", "--start", AFTER, "--listen", f"{HOST}:{port}")
    process = subprocess.Popen(
        [sys.executable, "-m", "racetime_simulator", "--recording", str(recording), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield f"http://{HOST}:{port}", _ready_key(port)
    finally:
        _stop(process)


def _ready_key(port: int) -> int:
    """Wait until a simulator has read its samples; answers the key of its session."""
    began = time.monotonic()
    while time.monotonic() - began < RUN_SECONDS:
        clock = decode(ask(port, "/clock"))
        if clock:
            time.sleep(LOAD_SECONDS)
            return int(clock["session_key"])
        time.sleep(PAUSE_SECONDS)
    raise StartError("the simulator that stands for OpenF1 did not come up")


def time_start(
    source: str = "simulator", settings: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Start RaceTime once; answers after how many seconds what could be seen."""
    ports = free_ports()
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "racetime_embedded", "--source", source],
            cwd=ROOT,
            env=_environ({**ports, **(settings or {})}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return _watch(process, int(ports["RACETIME_GATEWAY_PORT"]), began)
        except StartError as error:
            log.seek(0)
            tail = b"\n".join(log.read().splitlines()[-20:]).decode(errors="replace")
            raise StartError(f"{error}\n{tail}") from None
        finally:
            _stop(process)


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RACETIME_") and name != "REDIS_URL"
    }
    return {**kept, **settings}


def free_ports() -> dict[str, str]:
    """Pick a free port for each part."""
    row = _free_in_a_row(7 + 2 * REPLICAS)
    names = ("REDIS_PORT", "GATEWAY_PORT", "GATEWAY_ADMIN_PORT")
    listens = ("SIMULATOR", "POLLER_OPS", "POLLER_METRICS", "PAGE")
    picked = {f"RACETIME_{name}": str(next(row)) for name in names}
    picked |= {f"RACETIME_{name}_LISTEN": f"{HOST}:{next(row)}" for name in listens}
    # The replicas' ports follow on these two.
    api = next(row)
    return picked | {
        "RACETIME_API_PORT": str(api),
        "RACETIME_API_METRICS_PORT": str(api + REPLICAS),
    }


def _free_in_a_row(count: int) -> Iterator[int]:
    # Below those that the system gives to connections, so that none is taken meanwhile.
    for _ in range(100):
        first = random.randrange(15_000, 32_000 - count)
        if all(map(is_free, range(first, first + count))):
            return iter(range(first, first + count))
    raise StartError(f"no {count} free ports in a row")


def _watch(process: "subprocess.Popen[bytes]", port: int, began: float) -> dict[str, float]:
    seen: dict[str, float] = {}
    before: dict[int, tuple[int, int]] = {}
    while time.monotonic() - began < RUN_SECONDS:
        if process.poll() is not None:
            raise StartError(f"the run ended by itself, code {process.returncode}")
        if "page answers" not in seen and ask(port, "/").status == 200:
            seen["page answers"] = time.monotonic() - began
        state = decode(ask(port, "/api/live/snapshot")).get("state") or {}
        if state.get("positions") and "race on screen" not in seen:
            seen["race on screen"] = time.monotonic() - began
        now = places(state)
        if has_moved(before, now):
            return seen | {"first car moves": time.monotonic() - began}
        before = before or now
        time.sleep(PAUSE_SECONDS)
    raise StartError(f"no car moved in {RUN_SECONDS:g} s; seen: {seen}")


def places(state: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """Answer where each car of a state (as JSON) was last, in decimetres."""
    batches = ParseDict({"motion": state.get("motion", [])}, RaceState()).motion
    found = (place for batch in batches for place in samples.places(batch))
    return {place.driver_number: (place.x, place.y) for place in found}


def has_moved(before: Mapping[int, tuple[int, int]], now: Mapping[int, tuple[int, int]]) -> bool:
    """Tell whether a car is elsewhere than it was."""
    return any(
        abs(now[number][0] - x) + abs(now[number][1] - y) > MOVED_DECIMETERS
        for number, (x, y) in before.items()
        if number in now
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its parts end with it.
        process.kill()
        process.wait()
