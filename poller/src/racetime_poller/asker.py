"""Ask OpenF1 one thing after the other, within the budget, and again while what fails may heal."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from racetime_poller.race.rows import SessionRow
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import decode
from racetime_poller.sources.errors import Locked, RateLimited, SourceError, TooMuch
from racetime_poller.sources.openf1 import OpenF1

log = structlog.get_logger()

_PAUSES_SECONDS = (2.0, 5.0, 15.0, 30.0, 60.0)
# In a row; then it is told. What is recorded is kept, and the next call goes on from there.
_MOST_FAILURES = 12


class NoSession(SourceError):
    """OpenF1 knows no such session."""


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

    async def sessions(self, key: str | int) -> tuple[SessionRow, list[bytes]]:
        """Return the row of a session, `latest` included, read and as written.

        Raises SourceError.
        """
        rows = await self.ask("sessions", {"session_key": key})
        found = decode("sessions", b"[" + b",".join(rows) + b"]").rows
        if not found:
            raise NoSession(f"OpenF1 has no session {key}")
        return found[-1], rows

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
