"""Record a session from OpenF1 into a folder, within the request budget.

Rows are kept as OpenF1 wrote them, one a line. Tables are small and read whole. Samples are read in
windows, positions and telemetry side by side, from the first lap on and then what was before it, so
that a recording can be played while it is made. Each window becomes a gzip member of its own at the
end of its file, and the manifest says how far the file is good: what was cut off is cut away and
asked again, all else is not.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from racetime_poller.asker import Asker
from racetime_poller.race.rows import SessionRow
from racetime_poller.recording_folder import RecordingFolder
from racetime_poller.sources.decode import decode
from racetime_poller.sources.errors import TooMuch
from racetime_simulator.manifest import FIRST_TABLES, read_manifest

RACES = ("Race", "Sprint")
# In the order of need. A simulator plays what has the first four, an import what has all of these.
_NEEDED = (
    *FIRST_TABLES,
    "race_control",
    "stints",
    "pit",
    "meetings",
    "session_result",
)
_NEEDED_IN_RACES = ("intervals",)
_REST = ("weather", "team_radio")
_REST_IN_RACES = ("starting_grid", "overtakes", "championship_drivers", "championship_teams")
_BY_MEETING = ("meetings", "starting_grid")
SAMPLED = ("location", "car_data")
# OpenF1 refuses windows that hold too much.
_WINDOW_MILLIS = 240_000
_LEAST_WINDOW_MILLIS = 15_000
# Where cars are until the tables are there.
_GLIMPSE_MILLIS = 60_000
# Cars are worth seeing on the way to the grid and after the flag.
_BEFORE_MILLIS = 300_000
_AFTER_MILLIS = 300_000
# Samples of the newest moments are still on their way.
_LAG_MILLIS = 10_000
# A session that is so long past its schedule, and told nothing new for so long, is over.
_OVERRUN_MILLIS = 3 * 3_600_000
_QUIET_MILLIS = 600_000
_LIVE_PAUSE_SECONDS = 30.0
_TABLES_SHARE = 0.1


def needed(session_name: str) -> list[str]:
    """Return the tables that a log of a session needs."""
    return [*_NEEDED, *(_NEEDED_IN_RACES if session_name in RACES else ())]


def has_needed(folder: Path) -> bool:
    """Tell whether a recording has the tables that a log needs."""
    manifest = read_manifest(folder)
    return manifest is not None and manifest.endpoints.keys() >= set(needed(manifest.session_name))


@dataclass(frozen=True, slots=True)
class Recorded:
    """How far a recording is."""

    folder: Path
    endpoint: str
    row_count: int
    share: float
    complete: bool = False


@dataclass(slots=True)
class Recorder:
    """Records one session."""

    asker: Asker
    folder: RecordingFolder
    session: SessionRow
    _window_millis: int = _WINDOW_MILLIS

    async def run(self) -> AsyncGenerator[Recorded]:
        """Record until the session is over and all of it is there. Raises SourceError.

        Tables of a recording that is complete are asked again: results change for hours.
        """
        again = self.folder.manifest.complete
        while True:
            is_over = self._is_over()
            for endpoint in self._tables():
                if again or not self.folder.is_complete(endpoint):
                    await self._table(endpoint, complete=is_over)
                    yield self._progress(endpoint)
                if endpoint == FIRST_TABLES[-1]:
                    await self._glimpse()
            # Of a session that has just ended only the tables tell.
            is_over = is_over or self._is_over()
            async for endpoint in self._samples(complete=is_over):
                yield self._progress(endpoint)
            if is_over:
                self.folder.finish()
                yield self._progress("", complete=True)
                return
            await asyncio.sleep(_LIVE_PAUSE_SECONDS / self.asker.clock.speed)

    def _tables(self) -> list[str]:
        name = self.session.session_name
        rest = [*_REST, *(_REST_IN_RACES if name in RACES else ())]
        # The session's own row was asked for to begin with.
        return [endpoint for endpoint in needed(name) if endpoint != "sessions"] + rest

    async def _table(self, endpoint: str, *, complete: bool) -> None:
        params: dict[str, str | int] = {"session_key": self.session.session_key}
        if endpoint in _BY_MEETING:
            params = {"meeting_key": self.session.meeting_key}
        rows = await self.asker.ask(endpoint, params)
        self.folder.write_table(endpoint, rows, complete=complete)

    async def _glimpse(self) -> None:
        """Read where the cars are first, so that who plays it sees them at once."""
        name, start = "location", self._span()[1]
        until = start + _GLIMPSE_MILLIS
        if self.folder.is_complete(name) or until > self.asker.clock.now() - _LAG_MILLIS:
            return
        if self.folder.covered_until(name, start) == start:
            await self._take(name, start, until)

    async def _samples(self, *, complete: bool) -> AsyncGenerator[str]:
        """Read windows until none is missing; yield of which endpoint each was."""
        begin, start, end = self._span()
        if not complete:
            end = min(end, self.asker.clock.now() - _LAG_MILLIS)
        for first, last in ((start, end), (begin, start)):
            while (missing := self._missing(first, last)) is not None:
                if await self._take(*missing):
                    yield missing[0]
        for endpoint in SAMPLED if complete else ():
            self.folder.complete(endpoint)

    def _missing(self, first: int, last: int) -> tuple[str, int, int] | None:
        """Return the window of a span that is to be read next; None when all are there."""
        reached = {
            endpoint: self.folder.covered_until(endpoint, first)
            for endpoint in SAMPLED
            if not self.folder.is_complete(endpoint)
        }
        endpoint = min(reached, key=lambda name: reached[name], default="")
        at = reached.get(endpoint, last)
        return (endpoint, at, min(at + self._window_millis, last)) if at < last else None

    async def _take(self, endpoint: str, begin: int, until: int) -> bool:
        """Read a window; return whether it was not too much at once."""
        try:
            rows = await self._window(endpoint, begin, until)
        except TooMuch:
            if self._window_millis <= _LEAST_WINDOW_MILLIS:
                raise
            self._window_millis //= 2
            return False
        self.folder.append(endpoint, rows, begin, until)
        return True

    async def _window(self, endpoint: str, begin: int, end: int) -> list[bytes]:
        # `date>` is at or after, `date<` at or before: neighbours must not share an instant.
        params: dict[str, str | int] = {
            "session_key": self.session.session_key,
            "date>": _instant(begin),
            "date<": _instant(end - 1),
        }
        return await self.asker.ask(endpoint, params, bulk=True)

    def _span(self) -> tuple[int, int, int]:
        """Return from when, from which start on and until when cars drive.

        By the laps, else by the schedule.
        """
        laps = decode("laps", self.folder.body("laps")).rows
        starts = [int(lap.date_start) for lap in laps if lap.date_start is not None]
        start = int(self.session.date_start)
        end = int(self.session.date_end or start + _OVERRUN_MILLIS)
        if starts:
            last = max(laps, key=lambda lap: lap.date_start or 0)
            start = min(starts)
            end = max(starts) + round((last.lap_duration or 120.0) * 1000)
        if not self._is_over():
            end = max(end, self.asker.clock.now())
        return start - _BEFORE_MILLIS, start, end + _AFTER_MILLIS

    def _is_over(self) -> bool:
        """Tell whether nothing more is to come: by the result, or long after the schedule."""
        now = self.asker.clock.now()
        start = int(self.session.date_start)
        end = int(self.session.date_end or start + _OVERRUN_MILLIS)
        if now > end + _OVERRUN_MILLIS:
            return True
        control = decode("race_control", self.folder.body("race_control")).rows
        newest = max((int(row.date) for row in control), default=None)
        has_result = bool(self.folder.body("session_result") != b"[]")
        return has_result and newest is not None and now - newest > _QUIET_MILLIS

    def _progress(self, endpoint: str, *, complete: bool = False) -> Recorded:
        tables = ["sessions", *self._tables()]
        known = sum(self.folder.has(table) for table in tables) / len(tables)
        begin, _, end = self._span()
        sampled = sum(map(self.folder.sampled_millis, SAMPLED)) / (len(SAMPLED) * (end - begin))
        share = _TABLES_SHARE * known + (1 - _TABLES_SHARE) * min(sampled, 0.999)
        return Recorded(
            self.folder.path,
            endpoint,
            self.folder.row_count,
            1.0 if complete else share,
            complete,
        )


async def record_session(
    asker: Asker, key: str | int, recordings: Path, out: Path | None = None
) -> AsyncGenerator[Recorded]:
    """Record a session. Raises SourceError and FolderError."""
    session, rows = await asker.sessions(key)
    folder = RecordingFolder.open(
        out or recordings / str(session.session_key),
        session.session_key,
        session.meeting_key,
        session.session_name,
    )
    folder.write_table("sessions", rows, complete=True)
    async with aclosing(Recorder(asker, folder, session).run()) as told:
        async for progress in told:
            yield progress


def _instant(millis: int) -> str:
    moment = datetime.fromtimestamp(millis / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03d}Z"
