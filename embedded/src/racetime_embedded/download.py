"""Download a session of the past from OpenF1 into a recording folder."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from racetime_embedded.errors import SourceError
from racetime_embedded.openf1 import Row, TooMuch

# In the order of need. Those of a window each are large and come last.
SESSION_ENDPOINTS = (
    "drivers",
    "position",
    "laps",
    "stints",
    "pit",
    "race_control",
    "weather",
    "team_radio",
    "session_result",
    "championship_drivers",
    "championship_teams",
)
RACE_ENDPOINTS = ("intervals", "overtakes")
MEETING_ENDPOINTS = ("meetings", "starting_grid")
WINDOWED_ENDPOINTS = ("location", "car_data")
# OpenF1 refuses answers that are too large; five minutes of 22 cars pass.
WINDOW = timedelta(minutes=5)
SMALLEST_WINDOW = timedelta(seconds=30)
# Cars are worth seeing on the grid and on the lap after the flag.
LEAD_IN = timedelta(minutes=5)
LEAD_OUT = timedelta(minutes=5)


class Rows(Protocol):
    """Where rows come from."""

    async def rows(self, endpoint: str, filters: dict[str, str]) -> list[Row]:
        """Fetch rows of an endpoint."""
        ...


async def download(source: Rows, key: int, folder: Path, say: Callable[[str], None]) -> None:
    """Fetch all that OpenF1 has of a session. Files that are there already are kept."""
    session = await fetch_session(source, key, folder)
    by_session = {"session_key": str(key)}
    racing = RACE_ENDPOINTS if session.get("session_type") == "Race" else ()
    for endpoint in (*SESSION_ENDPOINTS, *racing):
        if not is_there(folder, endpoint):
            rows = await source.rows(endpoint, by_session)
            write(folder, endpoint, rows)
            say(f"{endpoint}: {len(rows)} rows")
    for endpoint in MEETING_ENDPOINTS:
        if not is_there(folder, endpoint):
            rows = await source.rows(endpoint, {"meeting_key": str(session.get("meeting_key"))})
            write(folder, endpoint, rows)
    for endpoint in WINDOWED_ENDPOINTS:
        if not is_there(folder, endpoint):
            await download_windows(source, key, session, endpoint, folder, say)


async def fetch_session(source: Rows, key: int, folder: Path) -> Row:
    """Fetch the session's own row, or take it from the folder."""
    if is_there(folder, "sessions"):
        rows = read(folder, "sessions")
    else:
        rows = await source.rows("sessions", {"session_key": str(key)})
        if rows:
            write(folder, "sessions", rows)
    if not rows:
        raise SourceError(f"OpenF1 has no session {key}")
    return rows[0]


async def download_windows(
    source: Rows,
    key: int,
    session: Row,
    endpoint: str,
    folder: Path,
    say: Callable[[str], None],
) -> None:
    """Fetch a large endpoint window by window."""
    rows: list[Row] = []
    windows = list(split_windows(*span(session, read(folder, "laps"))))
    for number, (start, end) in enumerate(windows, 1):
        rows += await fetch_window(source, key, endpoint, start, end)
        say(f"{endpoint}: {number} of {len(windows)} windows, {len(rows)} rows")
    write(folder, endpoint, rows)


async def fetch_window(
    source: Rows, key: int, endpoint: str, start: datetime, end: datetime
) -> list[Row]:
    """Fetch one window, halving it when OpenF1 finds it too large."""
    # OpenF1 reads the key `date>` as >= and `date<` as <=: neighbours share an instant.
    filters = {"session_key": str(key), "date>": iso(start), "date<": iso(end)}
    try:
        return await source.rows(endpoint, filters)
    except TooMuch:
        if end - start <= SMALLEST_WINDOW:
            raise
    middle = start + (end - start) / 2
    first = await fetch_window(source, key, endpoint, start, middle)
    return first + await fetch_window(source, key, endpoint, middle, end)


def span(session: Row, laps: list[Row]) -> tuple[datetime, datetime]:
    """Find from when to when cars drive: by the laps, else by the schedule."""
    starts = [moment for row in laps if (moment := moment_of(row.get("date_start")))]
    if starts:
        return min(starts) - LEAD_IN, max(starts) + LEAD_OUT
    start, end = moment_of(session.get("date_start")), moment_of(session.get("date_end"))
    if start is None or end is None or end <= start:
        raise SourceError("OpenF1 does not say when the session was")
    return start - LEAD_IN, end + LEAD_OUT


def split_windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut a time span into windows."""
    while start < end:
        yield start, min(start + WINDOW, end)
        start += WINDOW


def moment_of(value: object) -> datetime | None:
    """Read a date of OpenF1; None when it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """Write an instant as OpenF1 reads it best."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def path(folder: Path, endpoint: str) -> Path:
    """Answer the file of an endpoint."""
    return folder / f"{endpoint}.jsonl.gz"


def is_there(folder: Path, endpoint: str) -> bool:
    """Say whether an endpoint was downloaded before."""
    return path(folder, endpoint).is_file()


def read(folder: Path, endpoint: str) -> list[Row]:
    """Read the rows of an endpoint."""
    with gzip.open(path(folder, endpoint), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(folder: Path, endpoint: str, rows: list[Row]) -> None:
    """Write the rows of an endpoint by date, each once; the file appears whole or not at all."""
    once = {json.dumps(row, sort_keys=True): row for row in rows}
    in_order = sorted(once.values(), key=lambda row: str(row.get("date") or ""))
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{endpoint}.partial"
    with gzip.open(partial, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in in_order)
    partial.replace(path(folder, endpoint))
