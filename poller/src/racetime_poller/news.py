"""When to publish: at once when something is new, yet not more often than readers want."""

import asyncio
import time
from dataclasses import dataclass, field

# Between two updates at least, when rows were pushed, in wall-clock seconds.
URGENT_GAP_SECONDS = 0.05
# Rows that are pushed come in a row, each by itself: those of one moment go into one update.
_GATHER_SECONDS = 0.01


@dataclass(slots=True)
class News:
    """Wakes who publishes.

    Whoever takes rows in calls `tell` (or hands it on as a callback) after each answer or message
    that brought something new:

    - `tell()` for rows that were asked for. They are published at once when the last update is a
      publish interval ago, else when it is.
    - `tell(urgent=True)` for rows that the source pushed. They are published 10 ms later, with all
      that comes meanwhile, and not within 50 ms of the last update: a pushed row is in Redis within
      60 ms and what drawing and writing take. It may be called for every single row.

    Call it after the rows are in the intake, from the event loop's own thread; it never waits.
    """

    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _urgent: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, *, urgent: bool = False) -> None:
        """Say that there is something new."""
        self._told.set()
        if urgent:
            self._urgent.set()

    async def wait(self, published_at: float, interval_seconds: float, idle_seconds: float) -> None:
        """Return when to publish next, after an update that was begun at an instant of
        `time.monotonic`; without news after an idle while."""
        idle = max(idle_seconds, interval_seconds)
        if await _is_set_by(self._told, published_at + idle):
            await _is_set_by(self._urgent, published_at + interval_seconds)
            if self._urgent.is_set():
                left = published_at + URGENT_GAP_SECONDS - time.monotonic()
                await asyncio.sleep(max(left, _GATHER_SECONDS))
        # What comes from now on is news of the next update: all before is in this one.
        self._told.clear()
        self._urgent.clear()


async def _is_set_by(event: asyncio.Event, deadline: float) -> bool:
    """Wait for an event until an instant of `time.monotonic`; tell whether it came."""
    left = deadline - time.monotonic()
    if left > 0 and not event.is_set():
        try:
            async with asyncio.timeout(left):
                await event.wait()
        except TimeoutError:
            pass
    return event.is_set()
