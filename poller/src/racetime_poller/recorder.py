"""Record a session from OpenF1 into a folder, within the request budget.

Rows are kept as OpenF1 wrote them, one a line. Tables are small and read whole. Samples are read in
windows; each window becomes a gzip member of its own at the end of its file, and the manifest says
how far the file is good: what was cut off is cut away and asked again, all else is not.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from racetime_poller.race.rows import SessionRow
from racetime_poller.recording_folder import RecordingFolder
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import decode
from racetime_poller.sources.errors import Locked, RateLimited, SourceError, TooMuch
from racetime_poller.sources.openf1 import OpenF1

log = structlog.get_logger()

_BY_SESSION = (
    "drivers",
    "position",
    "laps",
    "stints",
    "pit",
    "race_control",
    "weather",
    "team_radio",
    "session_result",
)
_IN_RACES = ("intervals", "overtakes", "championship_drivers", "championship_teams")
_BY_MEETING = ("meetings", "starting_grid")
SAMPLED = ("location", "car_data")
# OpenF1 refuses windows that hold too much.
_WINDOW_MILLIS = 240_000
_LEAST_WINDOW_MILLIS = 15_000
# Cars are worth seeing on the way to the grid and after the flag.
_BEFORE_MILLIS = 300_000
_AFTER_MILLIS = 300_000
# Samples of the newest moments are still on their way.
_LAG_MILLIS = 10_000
# A session that is so long past its schedule, and told nothing new for so long, is over.
_OVERRUN_MILLIS = 3 * 3_600_000
_QUIET_MILLIS = 600_000
_LIVE_PAUSE_SECONDS = 30.0
_PAUSES_SECONDS = (2.0, 5.0, 15.0, 30.0, 60.0)
# In a row; then it is told. What is recorded is kept, and the next call goes on from there.
_MOST_FAILURES = 12


class NoSession(SourceError):
    """OpenF1 knows no such session."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How far a recording is."""

    folder: Path
    endpoint: str
    row_count: int
    share: float
    complete: bool = False


@dataclass(slots=True)
class Asker:
    """Asks one thing after the other, within the budget, and again while what fails may heal."""

    source: OpenF1
    budget: Budget
    clock: SourceClock
    # So much of each minute is left to others who share the budget.
    left: int = 0
    _failures: int = 0

    async def ask(
        self, endpoint: str, params: Mapping[str, str | int], *, bulk: bool = False
    ) -> list[bytes]:
        """Return rows as they are written.

        Raises TooMuch, Locked, and any SourceError after many failures in a row.
        """
        while True:
            await self._turn()
            try:
                rows = await self.source.fetch_raw(endpoint, params, bulk=bulk)
            except (TooMuch, Locked):
                raise
            except SourceError as error:
                if self._failures >= _MOST_FAILURES:
                    raise
                log.warning("recorder.failed", endpoint=endpoint, error=str(error))
                await self._pause(error)
            else:
                self._failures = 0
                return list(rows)

    async def session(self, key: str | int) -> SessionRow:
        """Return the row of a session, `latest` included. Raises SourceError."""
        rows = await self.ask("sessions", {"session_key": key})
        found = decode("sessions", b"[" + b",".join(rows) + b"]").rows
        if not found:
            raise NoSession(f"OpenF1 has no session {key}")
        row: SessionRow = found[-1]
        return row

    async def _turn(self) -> None:
        wait = self._wait_seconds()
        while wait > 0:
            await asyncio.sleep(wait / self.clock.speed)
            wait = self._wait_seconds()
        self.budget.spend()

    def _wait_seconds(self) -> float:
        if self.budget.available <= self.left:
            return max(1.0, self.budget.wait_seconds())
        return self.budget.wait_seconds()

    async def _pause(self, error: SourceError) -> None:
        pause = _PAUSES_SECONDS[min(self._failures, len(_PAUSES_SECONDS) - 1)]
        if isinstance(error, RateLimited):
            pause = error.retry_after_seconds or pause
            self.budget.pause(pause)
        self._failures += 1
        await asyncio.sleep(pause / self.clock.speed)


@dataclass(slots=True)
class Recorder:
    """Records one session."""

    asker: Asker
    folder: RecordingFolder
    session: SessionRow
    _window_millis: int = _WINDOW_MILLIS

    async def run(self) -> AsyncGenerator[Recorded]:
        """Record until the session is over and all of it is there. Raises SourceError."""
        while True:
            is_over = self._is_over()
            for endpoint in self._tables():
                if not self.folder.is_complete(endpoint):
                    await self._table(endpoint, complete=is_over)
                    yield self._progress(endpoint, 0.1)
            for endpoint in SAMPLED:
                async for share in self._samples(endpoint, complete=is_over):
                    begin = 0.1 + 0.45 * SAMPLED.index(endpoint)
                    yield self._progress(endpoint, begin + 0.45 * share)
            if is_over:
                self.folder.finish()
                yield self._progress("", 1.0, complete=True)
                return
            await asyncio.sleep(_LIVE_PAUSE_SECONDS / self.asker.clock.speed)

    def _tables(self) -> list[str]:
        racing = _IN_RACES if self.session.session_name in ("Race", "Sprint") else ()
        return ["sessions", *_BY_MEETING, *_BY_SESSION, *racing]

    async def _table(self, endpoint: str, *, complete: bool) -> None:
        params: dict[str, str | int] = {"session_key": self.session.session_key}
        if endpoint in _BY_MEETING:
            params = {"meeting_key": self.session.meeting_key}
        rows = await self.asker.ask(endpoint, params)
        self.folder.write_table(endpoint, rows, complete=complete)

    async def _samples(self, endpoint: str, *, complete: bool) -> AsyncGenerator[float]:
        begin, end = self._span()
        if not complete:
            end = min(end, self.asker.clock.now() - _LAG_MILLIS)
        at = self.folder.until(endpoint) or begin
        while at < end and not self.folder.is_complete(endpoint):
            stop = min(at + self._window_millis, end)
            try:
                rows = await self._window(endpoint, at, stop)
            except TooMuch:
                if self._window_millis <= _LEAST_WINDOW_MILLIS:
                    raise
                self._window_millis //= 2
                continue
            self.folder.append(endpoint, rows, stop)
            at = stop
            yield (at - begin) / (end - begin)
        if complete:
            self.folder.complete(endpoint)

    async def _window(self, endpoint: str, begin: int, end: int) -> list[bytes]:
        # `date>` is at or after, `date<` at or before: neighbours must not share an instant.
        params: dict[str, str | int] = {
            "session_key": self.session.session_key,
            "date>": _instant(begin),
            "date<": _instant(end - 1),
        }
        return await self.asker.ask(endpoint, params, bulk=True)

    def _span(self) -> tuple[int, int]:
        """Return from when to when cars drive: by the laps, else by the schedule."""
        laps = decode("laps", self.folder.body("laps")).rows
        starts = [int(lap.date_start) for lap in laps if lap.date_start is not None]
        begin = int(self.session.date_start)
        end = int(self.session.date_end or begin + _OVERRUN_MILLIS)
        if starts:
            last = max(laps, key=lambda lap: lap.date_start or 0)
            begin = min(starts)
            end = max(starts) + round((last.lap_duration or 120.0) * 1000)
        if not self._is_over():
            end = max(end, self.asker.clock.now())
        return begin - _BEFORE_MILLIS, end + _AFTER_MILLIS

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

    def _progress(self, endpoint: str, share: float, *, complete: bool = False) -> Recorded:
        rows = self.folder.row_count
        return Recorded(self.folder.path, endpoint, rows, share, complete)


def _instant(millis: int) -> str:
    moment = datetime.fromtimestamp(millis / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03d}Z"
