"""Turn what was asked for into a plan of processes, downloading a race when one is wanted."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx

from racetime_embedded.download import download
from racetime_embedded.errors import SourceError
from racetime_embedded.openf1 import Budget, DownloadError, History, read_rows
from racetime_embedded.parts import ROOT, Plan
from racetime_embedded.ports import Ports
from racetime_embedded.source import (
    REACH_SECONDS,
    Choice,
    Historical,
    Live,
    Recorded,
    Row,
    Simulated,
    choose,
)

OPENF1_URL = "https://api.openf1.org"
Say = Callable[[str], None]


def read_speed(text: str) -> float:
    """Read SPEED; raises SourceError when it is not a positive number."""
    try:
        speed = float(text or "1")
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise SourceError(f"SPEED={text}: not a number above 0 and at most 1000")
    return speed


def make_plan(source: str, speed: float, environ: Mapping[str, str], say: Say) -> Plan:
    """Decide what to run; raises RunError when it cannot be run."""
    ports = Ports.from_env(environ)
    choice = asyncio.run(prepare(source, environ, say))
    run_folder = ROOT / ".run"
    run_folder.mkdir(exist_ok=True)
    redis_url = environ.get("RACETIME_REDIS_URL") or environ.get("REDIS_URL") or None
    if isinstance(choice, Live):
        poller = {"RACETIME_OPENF1_TIER": environ.get("RACETIME_OPENF1_TIER", "sponsor")}
        return Plan(ports, run_folder, redis_url, poller=poller)
    folder = choice.folder if isinstance(choice, Recorded) else None
    return Plan(ports, run_folder, redis_url, simulator=simulator_environ(folder, speed))


def simulator_environ(folder: Path | None, speed: float) -> dict[str, str]:
    """Answer the simulator's settings for a recording, or for a made-up race."""
    settings = {"RACETIME_SIMULATOR_SPEED": f"{speed:g}"}
    if folder is not None:
        settings["RACETIME_SIMULATOR_RECORDING"] = str(folder)
    return settings


async def prepare(source: str, environ: Mapping[str, str], say: Say) -> Live | Simulated | Recorded:
    """Choose the race and fetch it when it is to be had from OpenF1 only."""
    url = environ.get("RACETIME_OPENF1_URL") or OPENF1_URL
    async with httpx.AsyncClient(base_url=url, timeout=REACH_SECONDS) as client:

        async def fetch(endpoint: str, filters: Mapping[str, str]) -> list[Row]:
            async with asyncio.timeout(REACH_SECONDS):
                response = await client.get(f"/v1/{endpoint}", params=dict(filters))
            rows = read_rows(response)
            if rows is None:
                raise httpx.HTTPError(f"HTTP {response.status_code}")
            return rows

        choice = await choose(source, environ, fetch, datetime.now(UTC))
    if isinstance(choice, Simulated) and choice.reason:
        say(f"{choice.reason}: showing a made-up race (SIMULATED)")
    if not isinstance(choice, Historical):
        return choice
    return await fetch_recording(choice, url, source, say)


async def fetch_recording(
    choice: Historical, url: str, source: str, say: Say
) -> Recorded | Simulated:
    """Download a session unless it was before; `auto` goes on with the simulator when it cannot."""
    folder = ROOT / ".cache" / "recordings" / str(choice.session_key)
    say(f"session {choice.session_key}: downloading from OpenF1 what {folder} lacks")
    async with httpx.AsyncClient(base_url=url, timeout=30.0) as client:
        history = History(client, Budget(), asyncio.sleep)
        try:
            await download(history, choice.session_key, folder, say)
        except DownloadError as error:
            if source != "auto":
                raise
            return Simulated(f"{error}")
    return Recorded(folder)


__all__ = ["Choice", "make_plan", "prepare", "read_speed", "simulator_environ"]
