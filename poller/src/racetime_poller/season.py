"""Read the season's schedule, and keep it where the api finds it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from racetime.v1.race_service_pb2 import GetScheduleResponse
from racetime.v1.session_pb2 import Session
from racetime_poller.encode import listed_session, timestamp
from racetime_poller.publisher import Publisher, PublishError, RedisError
from racetime_poller.race.plausible import fault
from racetime_poller.race.rows import SessionRow
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import OpenF1, SourceError

log = structlog.get_logger()

# Sessions are moved days before, seldom hours: two requests so often, in seconds of race time.
SEASON_SECONDS = 6 * 3600.0
# When the source or Redis did not answer.
RETRY_SECONDS = 600.0


@dataclass(slots=True)
class Season:
    """Asks for the sessions and meetings of the year, within the budget of all requests."""

    source: OpenF1
    clock: SourceClock
    take_turn: Callable[[], Awaitable[None]]
    publisher: Publisher

    async def run(self) -> None:
        """Read the schedule for ever."""
        while True:
            try:
                await self.publisher.set_schedule(await self._read())
                wait = SEASON_SECONDS
            except (SourceError, RedisError, PublishError) as error:
                log.info("poller.no_schedule", error=str(error))
                wait = RETRY_SECONDS
            await self.clock.sleep_through(wait)

    async def _read(self) -> GetScheduleResponse:
        now = self.clock.now()
        year = datetime.fromtimestamp(now // 1000, UTC).year
        await self.take_turn()
        sessions = await self.source.fetch("sessions", {"year": str(year)})
        await self.take_turn()
        meetings = await self.source.fetch("meetings", {"year": str(year)})
        names = {row.meeting_key: row.meeting_name for row in meetings.rows}
        return schedule(sessions.rows, names, now)


def schedule(
    rows: Iterable[SessionRow], meeting_names: Mapping[int, str], now: int
) -> GetScheduleResponse:
    """Return the sessions in their order; those with an impossible date are left out."""
    known = {row.session_key: row for row in rows if fault(row, row.date_start) is None}
    ordered = sorted(known.values(), key=lambda row: (row.date_start, row.session_key))
    sessions: list[Session] = [
        listed_session(row, meeting_names.get(row.meeting_key)) for row in ordered
    ]
    return GetScheduleResponse(sessions=sessions, as_of_time=timestamp(now))
