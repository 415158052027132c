"""Look out for the next session: it becomes the live one when there are rows of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle

import structlog

from racetime_poller.fetcher import AnotherSession
from racetime_poller.race.calendar import EARLY_MILLIS, LATE_MILLIS, candidates, lives
from racetime_poller.race.plausible import fault
from racetime_poller.race.rows import SessionRow
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import OpenF1, SourceError

log = structlog.get_logger()

# One request so often while another session is due, in seconds of race time.
LOOK_SECONDS = 60.0
# The schedule is read again so often.
SCHEDULE_SECONDS = 300.0
# What there is of a session early: its rows begin an hour before a race, minutes before others.
_SIGNS = ("race_control", "position", "laps")


@dataclass(slots=True)
class Scout:
    """Asks, within the budget of all requests, whether the next session has begun."""

    source: OpenF1
    clock: SourceClock
    take_turn: Callable[[], Awaitable[None]]
    # The session that is followed, as it is known now.
    following: Callable[[], SessionRow]
    _sessions: Sequence[SessionRow] = ()
    _read_at: float | None = None

    async def run(self) -> None:
        """Look for ever. Raises AnotherSession."""
        signs = cycle(_SIGNS)
        while True:
            try:
                await self._read_schedule()
                await self._look(next(signs))
            except SourceError as error:
                # Who is not let in, too, keeps what there is.
                log.info("poller.no_look_ahead", error=str(error))
            await self.clock.sleep_through(LOOK_SECONDS)

    async def _read_schedule(self) -> None:
        now = self.clock.seconds()
        if self._read_at is not None and now - self._read_at < SCHEDULE_SECONDS:
            return
        at = self.clock.now()
        window = {"date_start>": _iso(at - LATE_MILLIS), "date_start<": _iso(at + EARLY_MILLIS)}
        await self.take_turn()
        decoded = await self.source.fetch("sessions", window)
        self._read_at = now
        self._sessions = [row for row in decoded.rows if fault(row, row.date_start) is None]

    async def _look(self, sign: str) -> None:
        """Ask for one sign of life of each session that may be next."""
        now = self.clock.now()
        for session in candidates(self._sessions, self.following(), now):
            await self.take_turn()
            decoded = await self.source.fetch(sign, {"session_key": session.session_key})
            if lives(session, decoded.rows, self.clock.now()):
                raise AnotherSession(session)


def _iso(millis: int) -> str:
    return f"{datetime.fromtimestamp(millis // 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"
