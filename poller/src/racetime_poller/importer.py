"""Build the whole log of a recorded session, as fast as it can."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Set
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from redis.asyncio import Redis

from racetime import keys
from racetime_poller.broadcast import Broadcast
from racetime_poller.import_log import ImportLog, ImportRefused
from racetime_poller.intake import Intake
from racetime_poller.publisher import Publisher
from racetime_poller.race.views import SessionPhase
from racetime_poller.recorded import Recorded
from racetime_poller.sources.schedule import PERIODS

# There is an update for each second of the race in which rows came or cars may be on track.
STEP_MILLIS = 1_000
# It has a picture, but where nothing came except samples and what changes all the time, which a
# poller asks for no more often: then every other one has.
_SELDOM_MILLIS = 2_000
_SAMPLED = frozenset({"location", "car_data"})
_OFTEN = _SAMPLED | {"intervals", "laps", "stints", "weather"}
# Before and after that there is a picture when rows came, and every so often.
_QUIET_MILLIS = 30_000
# No row of a session is older; what is, such as the list of drivers, is there at the beginning.
_BEFORE_MILLIS = 2 * 3_600_000
_ACTIVE = frozenset({SessionPhase.STARTED, SessionPhase.SUSPENDED})
_KEYFRAME_SECONDS = 30
# A circuit file that does not come is done without.
_FILE_SECONDS = 2.0
# Rows come by the hundred thousand, and none of them is part of a cycle.
_GC_THRESHOLD = 100_000
# Progress is told, and others have their turn, every so many pictures.
_REPORT_EVERY = 50


Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    session_key: int
    row_count: int
    share: float
    sequence: int
    complete: bool = False


@dataclass(slots=True)
class RecordedClock:
    """The clock of a session that is played as fast as it goes; moved by the importer."""

    at: int
    speed: float = 1.0
    provenance: str = "replay"

    def now(self) -> int:
        """Return the race's now in epoch milliseconds."""
        return self.at


@dataclass(slots=True)
class Importer:
    """Plays a recording into a log."""

    recorded: Recorded
    log: ImportLog
    # Fetches the circuit file that the meeting names; None leaves it.
    fetch: Fetch | None = None
    clock: RecordedClock = field(init=False)
    broadcast: Broadcast = field(init=False)

    def __post_init__(self) -> None:
        self.clock = RecordedClock(self.recorded.started_at - _BEFORE_MILLIS)
        intake = Intake.of(self.recorded.session)
        intake.freshness.polled.update(
            {endpoint: int(period * 1000) for endpoint, period in PERIODS["local"].items()}
        )
        self.broadcast = Broadcast(
            cast(Publisher, self.log),
            intake,
            cast(Any, self.clock),
            STEP_MILLIS,
            _KEYFRAME_SECONDS,
        )

    async def run(self) -> AsyncGenerator[Progress]:
        """Build the log and tell of it; the last word is that it is complete.

        Raises ImportRefused and redis.RedisError; what was built so far is forgotten then.
        """
        thresholds = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD, *thresholds[1:])
        try:
            self._take()
            await self.broadcast.open()
            await self._fetch_circuit_file()
            pictures = drawn_at = 0
            while (at := self._next_at()) is not None:
                self.clock.at = at
                news = self._take()
                if news <= _OFTEN and news & _SAMPLED and at < drawn_at + _SELDOM_MILLIS:
                    await self.broadcast.publish_samples()
                    continue
                drawn_at = at
                await self.broadcast.circuits.improve()
                await self.broadcast.publish_once()
                pictures += 1
                if pictures % _REPORT_EVERY == 0:
                    await asyncio.sleep(0)
                    yield self._progress()
            await self.log.complete()
            yield self._progress(complete=True)
        finally:
            gc.set_threshold(*thresholds)
            gc.unfreeze()
            await self.log.discard()

    async def _fetch_circuit_file(self) -> None:
        """Fetch what is known of the circuit; it may be taken in only before the race goes on."""
        if self.fetch is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FILE_SECONDS):
                    await self.broadcast.circuits.fetch_file(self.fetch)

    def _take(self) -> Set[str]:
        """Take in what came to be seen; return of which endpoints there was something new."""
        intake, now = self.broadcast.intake, self.clock.at
        return {
            endpoint
            for endpoint, decoded in self.recorded.until(now)
            if intake.apply(endpoint, decoded, now)
        }

    def _next_at(self) -> int | None:
        """Return when to draw the next picture; None when there is nothing more to tell."""
        row_at = self.recorded.next_at()
        if row_at is None:
            return None
        after = self.clock.at + STEP_MILLIS
        if self.broadcast.intake.phase in _ACTIVE:
            return after
        # On the beat of whole steps, so that rows of one second come in one update.
        steps = max(0, -(-(row_at - after) // STEP_MILLIS))
        return after + min(steps * STEP_MILLIS, _QUIET_MILLIS - STEP_MILLIS)

    def _progress(self, *, complete: bool = False) -> Progress:
        begun = self.recorded.started_at
        length = max(1, self.recorded.ended_at - begun)
        share = min(max((self.clock.at - begun) / length, 0.0), 0.999)
        return Progress(
            self.recorded.session.session_key,
            self.recorded.row_count,
            1.0 if complete else share,
            self.log.sequence,
            complete,
        )


async def import_recording(
    redis: Redis, recorded: Recorded, fetch: Fetch | None = None, *, unless_there: bool = False
) -> AsyncGenerator[Progress]:
    """Import a recording; not where there is a log, where that is asked for.

    Raises ImportRefused and redis.RedisError.
    """
    key = recorded.session.session_key
    if unless_there and await redis.exists(keys.meta(key)):
        return
    live = await redis.get(keys.LIVE)
    if live is not None and live == str(key).encode():
        raise ImportRefused(f"session {key} is live: its poller writes the log")
    importer = Importer(recorded, ImportLog(redis, key, Publisher(redis)), fetch)
    async with aclosing(importer.run()) as told:
        async for progress in told:
            yield progress
