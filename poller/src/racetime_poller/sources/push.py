"""Keep the connection by which OpenF1 pushes: with a token that is good, again and again."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from racetime_poller.sources.account import TOKEN_RENEWAL_SECONDS, Account
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.hearing import Hearing
from racetime_poller.sources.mqtt import Connect, PushError, PushRefused
from racetime_poller.sources.periods import PUSHED

log = structlog.get_logger()

TOPICS = tuple(f"v1/{endpoint}" for endpoint in PUSHED)
# Until the next attempt, in seconds of race time: the last one for good.
_PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
# A connection that lasted for so long was a good one: what follows is the first failure again.
_STEADY_SECONDS = 60.0
# Sent as password where no account is given: a broker of our own asks for none.
_NO_TOKEN = "none"

# Endpoint and body of each message that has come meanwhile.
Batch = Sequence[tuple[str, bytes]]


class Listener(Protocol):
    """Whom the messages are for."""

    def on_connected(self) -> None:
        """Take note that messages come from now on: what was told before them must be asked for."""

    def on_messages(self, batch: Batch) -> None:
        """Take messages in."""


@dataclass(slots=True)
class Push:
    """A connection that is kept, and the facts of it that operators ask for."""

    connect: Connect
    address: str
    account: Account
    clock: SourceClock
    hearing: Hearing = field(default_factory=Hearing)
    message_count: int = 0
    reconnect_count: int = 0
    last_failure: str = ""
    silent_endpoints: tuple[str, ...] = ()
    _connections: int = 0
    _failures: int = 0
    _refused: str | None = field(default=None, repr=False)

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self.hearing.since is not None

    @property
    def connected_seconds(self) -> float | None:
        """For how long the connection has stood, by the wall; None when it does not."""
        since = self.hearing.since
        return None if since is None else (self.clock.seconds() - since) / self.clock.speed

    async def run(self, listener: Listener) -> None:
        """Listen for ever."""
        while True:
            begun = self.clock.seconds()
            try:
                await self._listen(listener)
                continue
            except PushRefused as error:
                self._refused = self.account.text
                self.last_failure = f"refused: {error}"
            except PushError as error:
                self.last_failure = str(error)
            finally:
                self.hearing.disconnected()
            if self.clock.seconds() - begun > _STEADY_SECONDS:
                self._failures = 0
            log.warning("poller.push_lost", address=self.address, error=self.last_failure)
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """Return how long to wait after a failure, in wall-clock seconds."""
        pause = _PAUSES_SECONDS[min(self._failures, len(_PAUSES_SECONDS) - 1)]
        self._failures += 1
        return pause * random.uniform(0.8, 1.2) / self.clock.speed

    async def _listen(self, listener: Listener) -> None:
        """Listen until the token grows old. Raises PushError."""
        token = await self._token()
        lasts = TOKEN_RENEWAL_SECONDS - (self.account.token_age_seconds or 0.0)
        try:
            async with (
                asyncio.timeout(max(lasts, 1.0) / self.clock.speed) as life,
                self.connect(token, TOPICS) as messages,
            ):
                self._connected(listener)
                async for batch in messages:
                    self._receive(batch, listener)
        except TimeoutError as error:
            if not life.expired():
                raise PushError("timed out") from error
            # Time for a connection with a fresh token; one of our own broker needs none.
            log.info("poller.push_renewed", address=self.address)
            return
        raise PushError("the broker has closed the connection")

    async def _token(self) -> str:
        self.account.speed = self.clock.speed
        token = await self.account.token(instead_of=self._refused)
        self._refused = None
        if token is None and self.account.is_given:
            raise PushError(f"no token: {self.account.last_failure}")
        return token or _NO_TOKEN

    def _connected(self, listener: Listener) -> None:
        self._connections += 1
        self.reconnect_count = self._connections - 1
        self.hearing.connected(self.clock.seconds())
        log.info("poller.push_connected", address=self.address)
        listener.on_connected()

    def _receive(self, batch: Batch, listener: Listener) -> None:
        now = self.clock.seconds()
        self.message_count += len(batch)
        named = [(topic.rpartition("/")[2], body) for topic, body in batch]
        for endpoint, _ in named:
            self.hearing.hear(endpoint, now)
        listener.on_messages(named)
