"""Follow the source's session and publish it, while the lease is held."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from racetime.v1.update_record_pb2 import (
    FEED_CONDITION_ALIVE,
    FEED_CONDITION_DEAD,
    FEED_CONDITION_IDLE,
    FeedCondition,
    FeedStatus,
)
from racetime_poller import gauges, metrics
from racetime_poller.asker import Asker
from racetime_poller.broadcast import Broadcast, Kept
from racetime_poller.encode import timestamp
from racetime_poller.fetcher import AnotherSession, Fetcher
from racetime_poller.handover import Handover, Keeper
from racetime_poller.intake import Intake
from racetime_poller.lease import Lease
from racetime_poller.publisher import (
    Fenced,
    OutOfStep,
    Publisher,
    PublishError,
    RedisError,
    Refused,
)
from racetime_poller.race.plausible import fault
from racetime_poller.race.rows import SessionRow
from racetime_poller.race.views import SessionPhase
from racetime_poller.review import Review, Reviewer
from racetime_poller.scout import Scout
from racetime_poller.season import Season
from racetime_poller.settings import Settings
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.circuit_file import CircuitFiles
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import Locked, OpenF1, RateLimited, SourceError
from racetime_poller.sources.push import Push
from racetime_poller.sources.schedule import Schedule

log = structlog.get_logger()

_REPORT_SECONDS = 1.0
_RETRY_SECONDS = 1.0
# A log that was lost again before this is opened anew after longer and longer, in wall-clock
# seconds.
_STEADY_SECONDS = 60.0
_MAX_PAUSE_SECONDS = 30.0
# When something cannot be written for so long, the feed is dead for who reads it, in wall-clock
# seconds.
UNWRITTEN_SECONDS = 10.0
# A simulator may be started again at any time.
_CLOCK_SECONDS = 2.0
# A source that refuses to answer is left alone for so long, in seconds of race time.
_REFUSED_SECONDS = 15.0
# A source that has answered nothing for so long is dead, in wall-clock seconds.
DEAD_AFTER_SECONDS = 20.0
# While a session is on, some row comes at least so often, in seconds of race time; the weather
# alone comes each 60 s.
QUIET_SECONDS = 130.0


_ON = (SessionPhase.STARTED, SessionPhase.SUSPENDED)
_CONDITIONS = {
    FEED_CONDITION_ALIVE: "alive",
    FEED_CONDITION_DEAD: "dead",
    FEED_CONDITION_IDLE: "idle",
}


class Demoted(Exception):
    """The lease is held by another poller now."""


class AnotherClock(Exception):
    """The source's clock was set back, or is another one: what was read is of another race."""


@dataclass(slots=True)
class Poller:
    """One poller: waits for the lease, then follows session after session."""

    settings: Settings
    source: OpenF1
    clock: SourceClock
    budget: Budget
    publisher: Publisher
    lease: Lease
    # Reads a simulator's clock again and returns; None for the wall clock.
    read_clock: Callable[[], Awaitable[object]] | None = None
    # Brings rows where it is set; requests fill in for it.
    push: Push | None = None
    # Fetches the circuit files that meetings name; None leaves them.
    circuit_files: CircuitFiles | None = None
    # Builds the log of a session that is over anew; None for nobody.
    rebuild: Callable[[int], Awaitable[None]] | None = None
    # Whether the season's schedule is read and kept.
    keeps_season: bool = True
    # What is planned for sessions that are over, by their keys.
    reviews: dict[int, Review] = field(default_factory=dict)
    following: tuple[Fetcher, Broadcast] | None = None
    _lead: asyncio.Event = field(default_factory=asyncio.Event)
    # Epoch of the lease with which this poller leads.
    _term: int = 0
    _losses: int = 0
    _kept: Kept = field(default_factory=Kept)
    _answered: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Run for ever."""
        # Who cannot ask Redis does not know whether a standby asks the source by now.
        self.budget.is_barred = lambda: self.lease.is_doubtful
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_lease())
            group.create_task(self._follow_for_ever())
            group.create_task(self._report())
            if self.read_clock is not None:
                group.create_task(self._keep_time(self.read_clock))

    async def _keep_time(self, read_clock: Callable[[], Awaitable[object]]) -> None:
        while True:
            await asyncio.sleep(_CLOCK_SECONDS)
            await read_clock()

    async def _keep_lease(self) -> None:
        known: tuple[bool, int] | None = None
        while True:
            try:
                held = await self.lease.renew()
            except RedisError as error:
                log.warning("poller.lease_unknown", error=str(error))
                await asyncio.sleep(self.lease.millis / 3000)
                continue
            if (held, self.lease.epoch) != known:
                known = held, self.lease.epoch
                log.info("poller.lease", held=held, holder=self.lease.holder, epoch=known[1])
            if held:
                self._term = self.publisher.epoch = self.lease.epoch
            (self._lead.set if held else self._lead.clear)()
            metrics.LEADER.set(held)
            metrics.LEASE_EPOCH.set(self.lease.epoch)
            await asyncio.sleep(self.lease.wait_seconds)

    async def _follow_for_ever(self) -> None:
        session: SessionRow | None = None
        while True:
            await self._lead.wait()
            # While it asks for the session the lease may pass to another poller.
            term, begun = self._term, time.monotonic()
            handover = None
            try:
                if session is None and (handover := await self._handed_over()) is not None:
                    session = handover.race.session
                session = session or await self._find_session()
                await self._follow(session, term, handover)
            except* AnotherSession as group:
                session = _first(group, AnotherSession).session
                log.info("poller.session_changed", session_key=session.session_key)
            except* (Fenced, Demoted) as group:
                session = None
                self._kept.unwritten_since = self._kept.left = None
                self._lead.clear()
                log.warning("poller.demoted", reason=str(group.exceptions[0]))
                await self._surpass(group)
            except* AnotherClock:
                session = None
                log.warning("poller.clock_changed", speed=self.clock.speed)
            except* (OutOfStep, Refused) as group:
                log.error("poller.log_opened_anew", reason=str(_first(group, PublishError)))
                await asyncio.sleep(self._log_pause_seconds(time.monotonic() - begun))
            except* (SourceError, RedisError) as group:
                log.warning("poller.not_following", error=str(group.exceptions[0]))
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                self.following = None

    def _log_pause_seconds(self, followed_seconds: float) -> float:
        """Tell how long to wait before a log is opened anew: each time all is read again."""
        self._losses = 0 if followed_seconds > _STEADY_SECONDS else self._losses + 1
        return float(min(_RETRY_SECONDS * 2**self._losses, _MAX_PAUSE_SECONDS))

    async def _surpass(self, group: BaseExceptionGroup[Exception]) -> None:
        """Where the lease was lost but not the logs, its terms go on after theirs."""
        fenced = group.subgroup(Fenced)
        if fenced is None:
            return
        try:
            await self.lease.surpass(_first(fenced, Fenced).epoch)
        except RedisError as error:
            log.warning("poller.lease_unknown", error=str(error))

    async def _handed_over(self) -> Handover | None:
        """Return what the poller that led before knew; None where it is of no use here."""
        found = Handover.read(await self.publisher.handed_over())
        settings = self.settings
        if found is None or not found.is_of(settings.session, settings.openf1_url, self.clock):
            return None
        return found

    async def _find_session(self) -> SessionRow:
        """Ask for the session to follow. Raises SourceError when there is none."""
        key = self.settings.session
        # A login is a request too.
        self.source.speed = self.clock.speed
        self.source.take_turns(self._take_turn)
        await self.source.log_in()
        await self._take_turn()
        try:
            decoded = await self.source.fetch("sessions", {"session_key": key})
        except RateLimited as error:
            self.budget.pause(error.retry_after_seconds or _REFUSED_SECONDS)
            raise
        except Locked:
            self.budget.pause(_REFUSED_SECONDS)
            raise
        rows: list[SessionRow] = [
            row
            for row in decoded.rows
            if key in ("latest", str(row.session_key)) and fault(row, row.date_start) is None
        ]
        if not rows:
            raise SourceError(f"the source knows no session {key}")
        self._answered = time.monotonic()
        return max(rows, key=lambda row: row.date_start)

    async def _take_turn(self) -> None:
        while (wait := self.budget.wait_seconds()) > 0:
            await self.clock.sleep(wait)
        self.budget.spend()

    async def _follow(
        self, session: SessionRow, term: int, handover: Handover | None = None
    ) -> None:
        changes = self.clock.changes
        self.source.speed = self.clock.speed
        intake = Intake.of(session, self.clock.total_laps.get(str(session.session_key)))
        publisher = replace(self.publisher, epoch=term)
        broadcast = Broadcast(
            publisher,
            intake,
            self.clock,
            self.settings.publish_interval_millis,
            self.settings.keyframe_interval_seconds,
            self._kept,
            Keeper(publisher, self.settings.openf1_url, self.clock, self.budget),
        )
        tier = self.settings.openf1_tier
        schedule = Schedule.of(tier, is_race=intake.race.is_race, speed=self.clock.speed)
        fetcher = Fetcher(
            self.source,
            self.budget,
            self.clock,
            intake,
            schedule,
            # Which session is next is the scout's to find: `latest` follows the schedule alone.
            False,
            broadcast.news.tell,
            self.push,
        )
        self.source.take_turns(fetcher.take_turn)
        self.following = fetcher, broadcast
        log.info("poller.following", session_key=session.session_key, name=session.session_name)
        await broadcast.open()
        if handover is not None and handover.fits(broadcast.sequence, broadcast.log_revision):
            handover.restore(intake, self.budget, self.clock)
            fetcher.warm = True
            log.info("poller.taken_over", sequence=broadcast.sequence)
        async with asyncio.TaskGroup() as group:
            group.create_task(fetcher.run())
            group.create_task(self._after(fetcher.synced, broadcast.run()))
            group.create_task(self._watch(term, changes))
            group.create_task(self._watch_log(broadcast))
            if self.circuit_files is not None:
                group.create_task(broadcast.circuits.fetch_file(self.circuit_files.fetch))
            if self.settings.keep_sessions:
                group.create_task(self._drop_oldest(broadcast))
            if self.settings.session == "latest":
                group.create_task(self._look_ahead(fetcher))
                group.create_task(self._after(fetcher.synced, self._reviewer(fetcher, term).run()))
                if self.keeps_season:
                    season = Season(self.source, self.clock, fetcher.take_turn, publisher)
                    group.create_task(self._after(fetcher.synced, season.run()))

    async def _drop_oldest(self, broadcast: Broadcast) -> None:
        """Make room once the session is the live one."""
        await broadcast.named_live.wait()
        try:
            dropped = await broadcast.publisher.drop_oldest(self.settings.keep_sessions)
        except RedisError as error:
            log.warning("poller.logs_not_dropped", error=str(error))
            return
        if dropped:
            log.info("poller.logs_dropped", session_keys=dropped)

    async def _look_ahead(self, fetcher: Fetcher) -> None:
        await fetcher.synced.wait()
        take_turn = fetcher.take_turn
        await Scout(self.source, self.clock, take_turn, lambda: fetcher.intake.race.session).run()

    def _reviewer(self, fetcher: Fetcher, term: int) -> Reviewer:
        left = self.budget.tier.sustained // 2
        return Reviewer(
            replace(self.publisher, epoch=term),
            Asker(self.source, self.budget, self.clock, left),
            lambda: fetcher.intake.race.session,
            lambda: fetcher.intake.phase in _ON,
            self.rebuild,
            self.reviews,
        )

    async def _after(self, event: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
        try:
            await event.wait()
        except asyncio.CancelledError:
            work.close()
            raise
        await work

    async def _watch(self, term: int, changes: int) -> None:
        """End what is followed when the term is over or the clock is another one."""
        while True:
            if not self._lead.is_set() or self._term != term:
                raise Demoted(f"term {term} is over; {self.lease.holder} holds {self.lease.epoch}")
            if self.clock.changes != changes:
                raise AnotherClock
            await asyncio.sleep(0.1)

    async def _watch_log(self, broadcast: Broadcast) -> None:
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            try:
                await broadcast.check()
            except RedisError as error:
                log.warning("poller.log_unknown", error=str(error))

    async def _report(self) -> None:
        while True:
            if self._lead.is_set():
                status = self.feed_status()
                self._tell(status)
                try:
                    await self.publisher.set_feed(status)
                except (RedisError, PublishError) as error:
                    log.warning("poller.report_failed", error=str(error))
            else:
                gauges.forget_feed()
            await asyncio.sleep(_REPORT_SECONDS)

    def _tell(self, status: FeedStatus) -> None:
        gauges.tell_feed(_CONDITIONS[status.condition])
        gauges.tell_budget(self.budget)
        if self.following is None:
            gauges.forget_following()
        else:
            gauges.tell_following(*self.following)

    def feed_status(self) -> FeedStatus:
        """Tell how the feed is now."""
        now = time.time()
        status = FeedStatus(condition=self._condition())
        status.reported_time.CopyFrom(timestamp(int(now * 1000)))
        if self.following is None:
            return status
        fetcher, broadcast = self.following
        status.session_key = broadcast.session_key
        if fetcher.news_at is not None:
            age = (self.clock.seconds() - fetcher.news_at) / self.clock.speed
            status.newest_row_time.CopyFrom(timestamp(int((now - age) * 1000)))
        return status

    def _condition(self) -> FeedCondition.ValueType:
        fetcher = self.following[0] if self.following else None
        if fetcher and fetcher.answered_at is not None:
            silent = (self.clock.seconds() - fetcher.answered_at) / self.clock.speed
            self._answered = time.monotonic() - silent
        if time.monotonic() - self._answered > DEAD_AFTER_SECONDS:
            return FEED_CONDITION_DEAD
        if self._kept.unwritten_seconds() > UNWRITTEN_SECONDS:
            return FEED_CONDITION_DEAD
        if fetcher is None or fetcher.intake.phase not in _ON:
            return FEED_CONDITION_IDLE
        quiet = self.clock.seconds() - (fetcher.news_at or 0.0)
        longest = QUIET_SECONDS
        if fetcher.intake.phase is SessionPhase.SUSPENDED:
            # Nothing may come but the weather, as often as it is asked.
            longest = max(longest, 2 * fetcher.schedule.pace("weather"))
        if quiet > max(longest, DEAD_AFTER_SECONDS * self.clock.speed):
            return FEED_CONDITION_DEAD
        return FEED_CONDITION_ALIVE


def _first(group: BaseExceptionGroup[Any], kind: type[Any]) -> Any:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            return _first(error, kind)
        if isinstance(error, kind):
            return error
    raise group
