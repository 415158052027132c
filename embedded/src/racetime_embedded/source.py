"""Decide which race to show: what SOURCE asks for, and what can be had."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from racetime_embedded.errors import SourceError
from racetime_embedded.openf1 import Row
from racetime_embedded.recordings import is_recording

ALLOWED = (
    "auto, live, latest, simulator, a session key of OpenF1 (such as 9693), "
    "or a folder with a recording"
)
# OpenF1 must answer within this time, else `auto` goes offline.
REACH_SECONDS = 3.0


@dataclass(frozen=True)
class Live:
    """The session that is on, from OpenF1 with credentials."""


@dataclass(frozen=True)
class Simulated:
    """A made-up race; `reason` says why when it was not asked for."""

    reason: str = ""


@dataclass(frozen=True)
class Recorded:
    """A recording folder."""

    folder: Path


@dataclass(frozen=True)
class Historical:
    """A session of the past, to be recorded from OpenF1."""

    session_key: int
    # Whether OpenF1 has named it.
    known: bool = False


Choice = Live | Simulated | Recorded | Historical
# Fetches rows of an endpoint; raises httpx.HTTPError or TimeoutError when OpenF1 cannot be reached.
Fetch = Callable[[str, Mapping[str, str]], Awaitable[list[Row]]]


def has_credentials(environ: Mapping[str, str]) -> bool:
    """Say whether an account of OpenF1 is set."""
    return bool(environ.get("RACETIME_OPENF1_USERNAME") and environ.get("RACETIME_OPENF1_PASSWORD"))


async def choose(source: str, environ: Mapping[str, str], fetch: Fetch, now: datetime) -> Choice:
    """Turn SOURCE into what to run; raises SourceError saying what is allowed."""
    if source == "simulator":
        return Simulated()
    if source == "live":
        if not has_credentials(environ):
            raise SourceError(
                "SOURCE=live needs an account of OpenF1: set RACETIME_OPENF1_USERNAME and "
                "RACETIME_OPENF1_PASSWORD, or use SOURCE=latest or SOURCE=simulator"
            )
        return Live()
    if source == "latest":
        try:
            return Historical(await latest_race(fetch, now), known=True)
        except (httpx.HTTPError, TimeoutError) as error:
            raise SourceError(f"SOURCE=latest: OpenF1 did not answer ({tell(error)})") from error
    if source == "auto":
        return await choose_by_itself(environ, fetch, now)
    if re.fullmatch(r"[0-9]{1,9}", source):
        return Historical(int(source))
    return choose_folder(source)


async def check_session(key: int, fetch: Fetch, now: datetime) -> None:
    """Raise SourceError, which says why, when there is nothing of a session to be had."""
    try:
        rows = await fetch("sessions", {"session_key": str(key)})
    except (httpx.HTTPError, TimeoutError) as error:
        raise SourceError(f"SOURCE={key}: OpenF1 did not answer ({tell(error)})") from error
    if not rows:
        raise SourceError(f"SOURCE={key}: OpenF1 has no session {key}")
    if all(instant(row, "date_start") > now for row in rows):
        raise SourceError(f"SOURCE={key}: the session has not begun yet")


def choose_folder(source: str) -> Recorded:
    """Take SOURCE as a folder; raises SourceError when it is none."""
    folder = Path(source).expanduser()
    if not folder.is_dir():
        looks_like_path = "/" in source or source.startswith(("~", "."))
        what = "there is no such folder" if looks_like_path else "not known"
        raise SourceError(f"SOURCE={source}: {what}. Allowed: {ALLOWED}")
    if not is_recording(folder):
        raise SourceError(
            f"SOURCE={source}: the folder holds no recording (no sessions.json.gz or "
            f"sessions.jsonl.gz in it). Allowed: {ALLOWED}"
        )
    return Recorded(folder.resolve())


async def choose_by_itself(environ: Mapping[str, str], fetch: Fetch, now: datetime) -> Choice:
    """Live when a session is on and an account is set, else the latest race, else simulated."""
    try:
        if has_credentials(environ) and await is_session_on(fetch, now):
            return Live()
        return Historical(await latest_race(fetch, now), known=True)
    except (httpx.HTTPError, TimeoutError, SourceError) as error:
        return Simulated(f"OpenF1 cannot be used ({tell(error)})")


async def is_session_on(fetch: Fetch, now: datetime) -> bool:
    """Say whether the newest session is under way by its schedule."""
    rows = await fetch("sessions", {"session_key": "latest"})
    return any(instant(row, "date_start") <= now <= instant(row, "date_end") for row in rows)


async def latest_race(fetch: Fetch, now: datetime) -> int:
    """Find the newest race that has ended; raises SourceError when there is none."""
    for year in (now.year, now.year - 1):
        rows = await fetch("sessions", {"year": str(year), "session_name": "Race"})
        ended = [
            row
            for row in rows
            if not row.get("is_cancelled") and instant(row, "date_end") < now and key(row)
        ]
        if ended:
            return key(max(ended, key=lambda row: instant(row, "date_start")))
    raise SourceError("OpenF1 lists no race that has ended")


def key(row: Row) -> int:
    """Read the session key of a row; 0 when it has none."""
    value = row.get("session_key")
    return value if isinstance(value, int) else 0


def instant(row: Row, name: str) -> datetime:
    """Read a date of a row; a date that cannot be read lies in the far future."""
    try:
        moment = datetime.fromisoformat(str(row.get(name)))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def tell(error: Exception) -> str:
    """Say in one line what went wrong; some exceptions have no text."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
