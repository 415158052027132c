"""Ask the source, within the budget, for what is most overdue, and hand the rows to the intake."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from racetime_poller.door import Door, Tell
from racetime_poller.intake import Intake
from racetime_poller.race.rows import SessionRow
from racetime_poller.reception import Reception
from racetime_poller.requests import EndpointStats, Requests
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import Decoded
from racetime_poller.sources.openf1 import OpenF1, SourceError, TooMuch
from racetime_poller.sources.periods import ONLY_IN_RACES, SAMPLED
from racetime_poller.sources.push import Push
from racetime_poller.sources.schedule import RESYNC_SECONDS, Schedule
from racetime_poller.stages import Stages
from racetime_poller.windows import Windows

__all__ = ["AnotherSession", "EndpointStats", "Fetcher"]

WORKERS = 3
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
# Without these there is nothing to show; the others may come later, each after so many failures.
_NEEDED = frozenset({"drivers", "position", "laps"})
_FIRST_TRIES = 2
_MAX_FIRST_PAUSE_SECONDS = 15.0
# Who takes over waits no longer for positions, in wall-clock seconds.
_CARS_SECONDS = 1.5


class AnotherSession(Exception):
    """The source's latest session is another one now."""

    def __init__(self, session: SessionRow) -> None:
        super().__init__(f"session {session.session_key} is the latest now")
        self.session = session


@dataclass(slots=True)
class Fetcher:
    """Follows one session; `latest` makes it end with AnotherSession when the source moves on.

    Where there is a `push`, that brings the rows, and requests fill in for it.
    """

    source: OpenF1
    budget: Budget
    clock: SourceClock
    intake: Intake
    schedule: Schedule
    latest: bool
    on_news: Tell
    push: Push | None = None
    # Whether the intake knows what was before, from who led before.
    warm: bool = False
    synced: asyncio.Event = field(default_factory=asyncio.Event)
    requests: Requests = field(init=False)
    door: Door = field(init=False)
    windows: Windows = field(init=False)
    stages: Stages = field(init=False)
    reception: Reception | None = field(init=False, default=None)
    _whole_at: dict[str, float] = field(default_factory=dict)
    _cars_seen: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.requests = Requests(self.source, self.budget, self.clock)
        self.door = Door(self.intake, self.clock, self.on_news)
        self.windows = Windows(self.intake, self.clock, self.latest)
        self.stages = Stages(self.schedule, self.intake, self.clock)
        if self.push is not None:
            self.reception = Reception(
                self.push, self.door, self.windows, self.schedule, self.clock, self._heard
            )

    @property
    def stats(self) -> dict[str, EndpointStats]:
        """What operators ask, by endpoint."""
        return self.requests.stats

    @property
    def answered_at(self) -> float | None:
        """When the source last answered, or pushed, in seconds of race time."""
        return self.requests.answered_at

    @property
    def news_at(self) -> float | None:
        """When the newest news came, in seconds of race time."""
        return self.door.news_at

    async def run(self) -> None:
        """Read everything once, then follow for ever. Raises AnotherSession.

        Who is warm follows at once, what is asked most often first.
        """
        self.stages.follow()
        if not self.warm:
            await self._read_everything()
            self._begin()
        async with asyncio.TaskGroup() as group:
            if self.warm:
                group.create_task(self._see_cars())
            for _ in range(WORKERS):
                group.create_task(self._work())
            if self.reception is not None:
                group.create_task(self.reception.run())

    def _begin(self) -> None:
        self.synced.set()
        self.on_news()

    async def _see_cars(self) -> None:
        """Begin when the cars were seen: what they do rests on it. Nobody waits long for them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CARS_SECONDS):
                await self._cars_seen.wait()
        self._begin()

    async def _read_everything(self) -> None:
        missing = [
            endpoint
            for endpoint in FIRST_ENDPOINTS
            if self.intake.race.is_race or endpoint not in ONLY_IN_RACES
        ]
        pause = 1.0
        while missing:
            for endpoint in missing:
                await self._ask(endpoint, whole=True)
                failures = self.requests.failures[endpoint]
                self.schedule.done(endpoint, self.clock.seconds(), failures=failures)
            missing = [endpoint for endpoint in missing if self._is_awaited(endpoint)]
            if missing:
                await asyncio.sleep(pause / self.clock.speed)
                pause = min(2 * pause, _MAX_FIRST_PAUSE_SECONDS)

    def _is_awaited(self, endpoint: str) -> bool:
        given_up = endpoint not in _NEEDED and self.requests.failures[endpoint] >= _FIRST_TRIES
        return endpoint not in self._whole_at and not given_up

    async def _work(self) -> None:
        while True:
            await self.source.log_in()
            await self.requests.until_turn()
            # From here on nothing is awaited: the turn is still there when it is spent.
            endpoint = self._next()
            if endpoint is None:
                left = self.schedule.next_due() - self.clock.seconds()
                await self.clock.sleep(min(max(left, 0.01), 1.0))
                continue
            done = await self._ask(endpoint, whole=self._is_resync_due(endpoint))
            failures = 0 if done else max(1, self.requests.failures[endpoint])
            self.schedule.done(endpoint, self.clock.seconds(), failures=failures)

    def _next(self) -> str | None:
        for table in self.stages.follow():
            self._whole_at.pop(table, None)
        if self.reception is not None:
            self.reception.judge(self.intake.phase)
        now = self.clock.seconds()
        endpoint = self.schedule.take(now)
        if endpoint is None:
            self._note_rest(now)
        return endpoint

    def _note_rest(self, now: float) -> None:
        # A source that is not asked for a while is not silent.
        if self.schedule.resting and self.requests.is_answering:
            self.requests.answered_at = now

    def _heard(self) -> None:
        self.requests.answered_at = self.clock.seconds()

    async def take_turn(self) -> None:
        """Wait until a request may be made, and count it."""
        await self.requests.take_turn()

    async def _ask(self, endpoint: str, *, whole: bool) -> bool:
        """Ask an endpoint once; return whether it answered."""
        try:
            answer = await self.requests.ask(
                endpoint, lambda: self.windows.params(endpoint, whole=whole), bulk=whole
            )
        except TooMuch:
            return await self._ask_for_less(endpoint)
        except SourceError:
            return False
        if whole:
            self._whole_at[endpoint] = self.clock.seconds()
        self._take_in(endpoint, answer.decoded, answer.asked_at)
        self.windows.answered(endpoint, answer.params)
        if endpoint == "location":
            self._cars_seen.set()
        return True

    async def _ask_for_less(self, endpoint: str) -> bool:
        if endpoint in SAMPLED:
            self.windows.shorten()
            return False
        return await self._ask_in_slices(endpoint)

    async def _ask_in_slices(self, endpoint: str) -> bool:
        """Read a table that is too long to be read at once."""
        slices = self.windows.slices(endpoint)
        for params in slices:
            try:
                answer = await self.requests.ask(endpoint, partial(dict, params), bulk=True)
            except SourceError:
                return False
            self._take_in(endpoint, answer.decoded, answer.asked_at)
        if slices:
            self._whole_at[endpoint] = self.clock.seconds()
        return bool(slices)

    def _take_in(self, endpoint: str, decoded: Decoded, asked_at: float | None = None) -> None:
        if endpoint == "sessions" and self.latest:
            self._check_latest(decoded)
        before = self.intake.freshness.newest.get(endpoint, 0)
        news = self.door.answer(endpoint, decoded, asked_at)
        self.schedule.brought(endpoint, news=news)
        if endpoint == "race_control" and news:
            self.stages.hear(row for row in decoded.rows if row.date > before)
        elif endpoint == "laps" and news:
            self.stages.see(decoded.rows)

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
