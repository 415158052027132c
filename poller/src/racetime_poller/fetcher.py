"""Ask the source, within the budget, for what is most overdue, and hand the rows to the intake."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from racetime_poller import metrics
from racetime_poller.intake import Intake
from racetime_poller.race.rows import SessionRow
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import Decoded, parse_instant
from racetime_poller.sources.openf1 import Locked, OpenF1, RateLimited, SourceError, TooMuch
from racetime_poller.sources.schedule import (
    AFTER_THE_FLAG_SECONDS,
    RESYNC_SECONDS,
    SAMPLED,
    Schedule,
)

log = structlog.get_logger()

WORKERS = 3
# How far before the newest row a window begins, in milliseconds: rows come late.
_OVERLAPS: Mapping[str, int] = {
    "location": 3_000,
    "car_data": 3_000,
    "intervals": 30_000,
    "position": 60_000,
    "race_control": 120_000,
    "weather": 120_000,
    "overtakes": 120_000,
    "team_radio": 120_000,
}
# OpenF1 answers 422 to longer windows of samples.
_MAX_WINDOW_MILLIS = 240_000
_MIN_WINDOW_MILLIS = 15_000
# A table that is too long to be read at once is read in slices of a session's day, or by driver
# where its rows have no date.
_SLICE_MILLIS = 1_800_000
_BEFORE_START_MILLIS = 2 * 3600 * 1000
_AFTER_START_MILLIS = 22 * 3600 * 1000
# How far back the first window reaches: a lap's worth of positions, to learn the circuit from.
_FIRST_WINDOWS: Mapping[str, int] = {"location": 180_000, "car_data": 10_000}
# What of the intervals is read again at a resync.
_INTERVALS_RESYNC_MILLIS = 300_000
_PAUSES_SECONDS = (2.0, 5.0, 15.0, 30.0)
_LOCKED_PAUSE_SECONDS = 15.0
# Laps of cars that long without a new one are read at the resyncs only.
_ACTIVE_MILLIS = 400_000
# Whole tables that are read before the first update, in this order.
FIRST_ENDPOINTS = (
    "drivers",
    "meetings",
    "position",
    "laps",
    "stints",
    "pit",
    "race_control",
    "weather",
    "starting_grid",
    "intervals",
    "overtakes",
    "session_result",
)
_ONLY_IN_RACES = frozenset({"intervals", "overtakes", "starting_grid"})
# Without these there is nothing to show; the others may come later, each after so many failures.
_NEEDED = frozenset({"drivers", "position", "laps"})
_FIRST_TRIES = 2
_MAX_FIRST_PAUSE_SECONDS = 15.0


class AnotherSession(Exception):
    """The source's latest session is another one now."""

    def __init__(self, session: SessionRow) -> None:
        super().__init__(f"session {session.session_key} is the latest now")
        self.session = session


@dataclass(slots=True)
class EndpointStats:
    """What operators ask of an endpoint."""

    requests: int = 0
    failures: int = 0
    last_failure: str = ""


@dataclass(slots=True)
class Fetcher:
    """Follows one session; `latest` makes it end with AnotherSession when the source moves on."""

    source: OpenF1
    budget: Budget
    clock: SourceClock
    intake: Intake
    schedule: Schedule
    latest: bool
    on_news: Callable[[], None]
    synced: asyncio.Event = field(default_factory=asyncio.Event)
    stats: dict[str, EndpointStats] = field(default_factory=dict)
    answered_at: float | None = None
    news_at: float | None = None
    _failures: Counter[str] = field(default_factory=Counter)
    _whole_at: dict[str, float] = field(default_factory=dict)
    _walked: dict[str, int] = field(default_factory=dict)
    _window_millis: int = _MAX_WINDOW_MILLIS
    _is_answering: bool = False
    _pauses: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Read everything once, then follow for ever. Raises AnotherSession."""
        self._note_periods()
        await self._read_everything()
        self.synced.set()
        self.on_news()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work())

    def _note_periods(self) -> None:
        for endpoint, period in self.schedule.periods.items():
            self.intake.freshness.polled[endpoint] = int(period * 1000)

    async def _read_everything(self) -> None:
        missing = [
            endpoint
            for endpoint in FIRST_ENDPOINTS
            if self.intake.race.is_race or endpoint not in _ONLY_IN_RACES
        ]
        pause = 1.0
        while missing:
            for endpoint in missing:
                await self._ask(endpoint, whole=True)
                failures = self._failures[endpoint]
                self.schedule.done(endpoint, self.clock.seconds(), failures=failures)
            missing = [endpoint for endpoint in missing if self._is_awaited(endpoint)]
            if missing:
                await asyncio.sleep(pause / self.clock.speed)
                pause = min(2 * pause, _MAX_FIRST_PAUSE_SECONDS)

    def _is_awaited(self, endpoint: str) -> bool:
        given_up = endpoint not in _NEEDED and self._failures[endpoint] >= _FIRST_TRIES
        return endpoint not in self._whole_at and not given_up

    async def _work(self) -> None:
        while True:
            now = self.clock.seconds()
            self._follow_phase()
            endpoint = self.schedule.take(now)
            if endpoint is None:
                self._note_rest(now)
                await self._sleep(min(max(self.schedule.next_due() - now, 0.01), 1.0))
                continue
            done = await self._ask(endpoint, whole=self._is_resync_due(endpoint))
            failures = 0 if done else max(1, self._failures[endpoint])
            self.schedule.done(endpoint, self.clock.seconds(), failures=failures)

    def _follow_phase(self) -> None:
        phase = self.intake.phase
        if phase is SessionPhase.FINISHED and "session_result" not in self.schedule.periods:
            for table in ("session_result", "position", "laps", "pit", "stints"):
                self._whole_at.pop(table, None)
            self.schedule.add("session_result", AFTER_THE_FLAG_SECONDS)
        elif phase is SessionPhase.ENDED and not self.schedule.resting:
            self.schedule.add("session_result", AFTER_THE_FLAG_SECONDS)
            self.schedule.rest()

    def _note_rest(self, now: float) -> None:
        # A source that is not asked for a while is not silent.
        if self.schedule.resting and self._is_answering:
            self.answered_at = now

    async def _sleep(self, race_seconds: float) -> None:
        await asyncio.sleep(min(race_seconds / self.clock.speed, 1.0))

    async def _await_turn(self) -> None:
        async with self._turn:
            while (wait := self.budget.wait_seconds()) > 0:
                await self._sleep(wait)
            self.budget.spend()
            metrics.BUDGET.set(self.budget.available)

    async def _ask(self, endpoint: str, *, whole: bool) -> bool:
        """Ask an endpoint once; return whether it answered."""
        await self._await_turn()
        stats = self.stats.setdefault(endpoint, EndpointStats())
        stats.requests += 1
        params = self._params(endpoint, whole=whole)
        try:
            decoded = await self.source.fetch(endpoint, params, bulk=whole)
        except SourceError as error:
            self._failed(endpoint, stats, error)
            return isinstance(error, TooMuch) and await self._ask_for_less(endpoint)
        self._answered(endpoint, stats)
        self._step_over(endpoint, params)
        if whole:
            self._whole_at[endpoint] = self.clock.seconds()
        self._take_in(endpoint, decoded)
        return True

    async def _ask_for_less(self, endpoint: str) -> bool:
        if endpoint in SAMPLED:
            self._window_millis = max(self._window_millis // 2, _MIN_WINDOW_MILLIS)
            return False
        return await self._ask_in_slices(endpoint)

    async def _ask_in_slices(self, endpoint: str) -> bool:
        """Read a table that is too long to be read at once."""
        slices = self._slices(endpoint)
        for params in slices:
            await self._await_turn()
            try:
                decoded = await self.source.fetch(endpoint, params, bulk=True)
            except SourceError as error:
                self._failed(endpoint, self.stats[endpoint], error)
                return False
            self._take_in(endpoint, decoded)
        if slices:
            self._answered(endpoint, self.stats[endpoint])
            self._whole_at[endpoint] = self.clock.seconds()
        return bool(slices)

    def _slices(self, endpoint: str) -> Sequence[Mapping[str, str | int]]:
        race = self.intake.race
        if endpoint not in _OVERLAPS:
            return [self._key() | {"driver_number": number} for number in sorted(race.drivers)]
        start = int(race.session.date_start)
        end = min(self.clock.now(), start + _AFTER_START_MILLIS)
        return [
            self._key() | {"date>": _iso(begin), "date<": _iso(begin + _SLICE_MILLIS)}
            for begin in range(start - _BEFORE_START_MILLIS, end, _SLICE_MILLIS)
        ]

    def _answered(self, endpoint: str, stats: EndpointStats) -> None:
        stats.last_failure = ""
        self._failures[endpoint] = 0
        self._pauses = 0
        self._is_answering = True
        self.answered_at = self.clock.seconds()
        metrics.REQUESTS.labels(endpoint, "ok").inc()

    def _failed(self, endpoint: str, stats: EndpointStats, error: SourceError) -> None:
        stats.failures += 1
        self._is_answering = False
        stats.last_failure = f"{type(error).__name__}: {error}"[:200]
        metrics.REQUESTS.labels(endpoint, type(error).__name__.lower()).inc()
        if isinstance(error, RateLimited):
            step = min(self._pauses, len(_PAUSES_SECONDS) - 1)
            pause = error.retry_after_seconds or _PAUSES_SECONDS[step] * random.uniform(1, 1.3)
            self._pauses += 1
            self.budget.pause(pause)
        elif isinstance(error, Locked):
            self.budget.pause(_LOCKED_PAUSE_SECONDS)
        else:
            self._failures[endpoint] += 1
        log.warning("poller.request_failed", endpoint=endpoint, error=stats.last_failure)

    def _take_in(self, endpoint: str, decoded: Decoded) -> None:
        if endpoint == "sessions" and self.latest:
            self._check_latest(decoded)
        aside = self.intake.set_aside.copy()
        self.intake.speed = self.clock.speed
        news = self.intake.apply(endpoint, decoded, self.clock.now())
        metrics.ROWS.labels(endpoint).inc(len(decoded.rows))
        for (name, reason), count in (self.intake.set_aside - aside).items():
            metrics.SET_ASIDE.labels(name, reason).inc(count)
        if not news:
            return
        self.news_at = self.clock.seconds()
        if endpoint == "race_control":
            # A flag changes the order and the gaps: look at once.
            self.schedule.hurry("position")
            self.schedule.hurry("intervals")
        self.on_news()

    def _check_latest(self, decoded: Decoded) -> None:
        mine = self.intake.race.session
        for row in decoded.rows:
            newer = row.session_key != mine.session_key and row.date_start >= mine.date_start
            if isinstance(row, SessionRow) and newer:
                raise AnotherSession(row)

    def _is_resync_due(self, endpoint: str) -> bool:
        if endpoint in SAMPLED or endpoint == "sessions":
            return False
        read_at = self._whole_at.get(endpoint)
        return read_at is None or self.clock.seconds() - read_at > RESYNC_SECONDS

    def _key(self) -> dict[str, str | int]:
        return {"session_key": self.intake.race.session.session_key}

    def _params(self, endpoint: str, *, whole: bool) -> dict[str, str | int]:
        session = self.intake.race.session
        if endpoint == "sessions":
            return {"session_key": "latest"} if self.latest else self._key()
        if endpoint in ("meetings", "starting_grid"):
            return {"meeting_key": session.meeting_key}
        if endpoint == "laps" and not whole:
            return self._key() | {"lap_number>": self._first_open_lap()}
        if endpoint in SAMPLED:
            return self._key() | self._sample_window(endpoint)
        newest = self.intake.freshness.newest.get(endpoint)
        if endpoint == "intervals" and whole and newest is not None:
            return self._key() | {"date>": _iso(newest - _INTERVALS_RESYNC_MILLIS)}
        if whole or newest is None or endpoint not in _OVERLAPS:
            return self._key()
        return self._key() | {"date>": _iso(newest - _OVERLAPS[endpoint])}

    def _sample_window(self, endpoint: str) -> dict[str, str | int]:
        now = self.clock.now()
        newest = self.intake.freshness.newest.get(endpoint, now - _FIRST_WINDOWS[endpoint])
        start = max(newest, self._walked.get(endpoint, 0)) - _OVERLAPS[endpoint]
        window: dict[str, str | int] = {"date>": _iso(start)}
        if now - start > self._window_millis:
            # After an outage the hole is walked through in slices.
            window["date<"] = _iso(start + self._window_millis)
        return window

    def _step_over(self, endpoint: str, params: Mapping[str, str | int]) -> None:
        """Go on behind a slice that was answered, were it with nothing."""
        if endpoint in SAMPLED and "date<" in params:
            self._walked[endpoint] = parse_instant(str(params["date<"]))

    def _first_open_lap(self) -> int:
        """Return the lap before the one that the slowest car still running is on."""
        now = self.clock.now()
        open_laps = [
            max(laps)
            for laps in self.intake.race.laps.values()
            if laps and now - (laps[max(laps)].date_start or 0) < _ACTIVE_MILLIS
        ]
        return max(1, min(open_laps, default=1) - 1)


def _iso(millis: int) -> str:
    """Write an instant as OpenF1 reads it."""
    seconds, rest = divmod(millis, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
