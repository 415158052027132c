"""Ask the source, one request at a time within the budget, and count what comes of it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from racetime_poller import metrics
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import Decoded
from racetime_poller.sources.openf1 import (
    Locked,
    OpenF1,
    RateLimited,
    SourceError,
    TokenRefused,
)
from racetime_poller.spans import span
from racetime_poller.windows import Params

log = structlog.get_logger()

_PAUSES_SECONDS = (2.0, 5.0, 15.0, 30.0)
# Who is not let in asks gently, until he is.
_LOCKED_PAUSES_SECONDS = (15.0, 15.0, 30.0, 60.0)


@dataclass(slots=True)
class EndpointStats:
    """What operators ask of an endpoint."""

    requests: int = 0
    failures: int = 0
    last_failure: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, when, and what came; the instant is in seconds of race time."""

    params: Params
    asked_at: float
    decoded: Decoded


@dataclass(slots=True)
class Requests:
    """Makes requests; after a failure it leaves alone what is to be left alone."""

    source: OpenF1
    budget: Budget
    clock: SourceClock
    stats: dict[str, EndpointStats] = field(default_factory=dict)
    # Failures in a row, by endpoint, but for those that are the whole source's.
    failures: Counter[str] = field(default_factory=Counter)
    # When the source last answered, or pushed, in seconds of race time.
    answered_at: float | None = None
    is_answering: bool = False
    _pauses: int = 0
    _locked: int = 0

    async def until_turn(self) -> None:
        """Wait until a request may be made."""
        while (wait := self.budget.wait_seconds()) > 0:
            await self.clock.sleep(wait)

    async def take_turn(self) -> None:
        """Wait until a request may be made, and count it."""
        await self.until_turn()
        self.budget.spend()

    async def ask(self, endpoint: str, params: Callable[[], Params], *, bulk: bool) -> Answer:
        """Ask an endpoint once, or once more with another token. Raises SourceError."""
        try:
            try:
                return await self._ask(endpoint, params, bulk=bulk)
            except TokenRefused:
                return await self._ask(endpoint, params, bulk=bulk)
        except SourceError as error:
            self._failed(endpoint, error)
            raise

    async def _ask(self, endpoint: str, params: Callable[[], Params], *, bulk: bool) -> Answer:
        stats = self.stats.setdefault(endpoint, EndpointStats())
        await self.source.log_in()
        await self.take_turn()
        stats.requests += 1
        asked, asked_at = params(), self.clock.seconds()
        with span("poller.fetch", endpoint=endpoint, bulk=bulk):
            decoded = await self.source.fetch(endpoint, asked, bulk=bulk)
        self._answered(endpoint)
        return Answer(asked, asked_at, decoded)

    def _answered(self, endpoint: str) -> None:
        self.stats[endpoint].last_failure = ""
        self.failures[endpoint] = 0
        self._pauses = self._locked = 0
        self.is_answering = True
        self.answered_at = self.clock.seconds()
        metrics.REQUESTS.labels(endpoint, "ok").inc()

    def _failed(self, endpoint: str, error: SourceError) -> None:
        stats = self.stats[endpoint]
        stats.failures += 1
        self.is_answering = False
        stats.last_failure = f"{type(error).__name__}: {error}"[:200]
        metrics.REQUESTS.labels(endpoint, type(error).__name__.lower()).inc()
        if isinstance(error, RateLimited):
            step = min(self._pauses, len(_PAUSES_SECONDS) - 1)
            pause = error.retry_after_seconds or _PAUSES_SECONDS[step] * random.uniform(1, 1.3)
            self._pauses += 1
            self.budget.pause(pause)
        elif isinstance(error, Locked):
            step = min(self._locked, len(_LOCKED_PAUSES_SECONDS) - 1)
            self._locked += 1
            self.budget.pause(_LOCKED_PAUSES_SECONDS[step])
        else:
            self.failures[endpoint] += 1
        log.warning("poller.request_failed", endpoint=endpoint, error=stats.last_failure)
