"""Turn what was asked for into a plan of processes; one records a session of the past."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from racetime_embedded import openf1
from racetime_embedded.errors import SourceError
from racetime_embedded.openf1 import Locked, Row
from racetime_embedded.parts import ROOT, Plan
from racetime_embedded.ports import Ports
from racetime_embedded.recordings import is_complete, is_recording
from racetime_embedded.source import (
    REACH_SECONDS,
    Choice,
    Fetch,
    Historical,
    Live,
    Recorded,
    Simulated,
    check_session,
    choose,
    has_credentials,
)
from racetime_embedded.tls import gateway_tls

OPENF1_URL = "https://api.openf1.org"
# What a recorder that has just begun is given to fetch what a race is shown by, within the budget.
WAIT_SECONDS = 120
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
    plan = Plan(ports, run_folder, redis_url, gateway=gateway_tls(environ, run_folder / "tls"))
    if isinstance(choice, Live):
        poller = {"RACETIME_OPENF1_TIER": environ.get("RACETIME_OPENF1_TIER", "sponsor")}
        return replace(plan, poller=poller)
    folder = choice.folder if isinstance(choice, Recorded) else None
    simulator = simulator_environ(folder, speed)
    if not isinstance(choice, Historical):
        return replace(plan, simulator=simulator)
    recorder = recorder_environ(choice.session_key, environ)
    simulator |= simulator_environ(Path(recorder["RACETIME_RECORDER_FOLDER"]), speed)
    simulator["RACETIME_SIMULATOR_WAIT_SECONDS"] = str(WAIT_SECONDS)
    return replace(plan, simulator=simulator, recorder=recorder)


def simulator_environ(folder: Path | None, speed: float) -> dict[str, str]:
    """Answer the simulator's settings for a recording, or for a made-up race."""
    settings = {"RACETIME_SIMULATOR_SPEED": f"{speed:g}"}
    if folder is not None:
        settings["RACETIME_SIMULATOR_RECORDING"] = str(folder)
    return settings


def recorder_environ(session_key: int, environ: Mapping[str, str]) -> dict[str, str]:
    """Answer what a recorder is to record, and where."""
    return {
        "RACETIME_RECORDER_SESSION": str(session_key),
        "RACETIME_RECORDER_FOLDER": str(recording_folder(session_key, environ)),
    }


def recording_folder(session_key: int, environ: Mapping[str, str]) -> Path:
    """Answer where the recording of a session is, or will be."""
    recordings = environ.get("RACETIME_POLLER_RECORDINGS") or ROOT / ".cache" / "recordings"
    return Path(recordings).expanduser().resolve() / str(session_key)


async def prepare(source: str, environ: Mapping[str, str], say: Say) -> Choice:
    """Choose the race; one of the past that is not at hand must be known to OpenF1."""
    url = environ.get("RACETIME_OPENF1_URL") or OPENF1_URL
    async with httpx.AsyncClient(base_url=url, timeout=REACH_SECONDS) as client:

        async def fetch(endpoint: str, filters: Mapping[str, str]) -> list[Row]:
            async with asyncio.timeout(REACH_SECONDS):
                return await openf1.fetch(client, endpoint, filters)

        choice = await choose(source, environ, fetch, datetime.now(UTC))
        if isinstance(choice, Historical):
            return await find_recording(choice, environ, fetch, say)
    if isinstance(choice, Simulated) and choice.reason:
        say(f"{choice.reason}: showing a made-up race (SIMULATED)")
    return choice


async def find_recording(
    choice: Historical, environ: Mapping[str, str], fetch: Fetch, say: Say
) -> Historical | Recorded:
    """Answer the recording of a session where it is complete; raises SourceError without any."""
    folder = recording_folder(choice.session_key, environ)
    if is_complete(folder):
        return Recorded(folder)
    if not choice.known and not is_recording(folder):
        try:
            await check_session(choice.session_key, fetch, datetime.now(UTC))
        except Locked as error:
            # The recorder logs in.
            if not has_credentials(environ):
                raise SourceError(f"SOURCE={choice.session_key}: {error}") from error
    say(f"session {choice.session_key}: recording from OpenF1 what {folder} lacks, while it plays")
    return choice


__all__ = ["Choice", "make_plan", "prepare", "read_speed", "simulator_environ"]
