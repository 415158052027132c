"""A broker without a network, for virtual time: it publishes what the simulator's feed tells."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from world import World

from racetime_poller.poller import Poller
from racetime_poller.sources.mqtt import Messages, PushError, PushRefused
from racetime_poller.sources.push import Push
from racetime_simulator.instants import to_micros
from racetime_simulator.push import PushFeed

# How often it publishes, in race time.
_PERIOD_SECONDS = 0.25
Batch = Sequence[tuple[str, bytes]]


@dataclass
class InProcessBroker:
    """Publishes to whom is connected what comes to be seen."""

    world: World
    feed: PushFeed = field(init=False)
    refuses: bool = False
    # Endpoints of which it publishes nothing.
    mute: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)
    _queues: list[asyncio.Queue[Batch | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.feed = PushFeed(self.world.archive, self.world.faults)

    def attach(self, poller: Poller) -> Push:
        """Let a poller that was only just begun listen."""
        push = Push(self.connect, "mqtt://here", poller.source.account, poller.clock)
        poller.push = push
        return push

    @asynccontextmanager
    async def connect(self, token: str, topics: Sequence[str]) -> AsyncIterator[Messages]:
        """Connect as MQTT does."""
        self.tokens.append(token)
        if self.refuses:
            raise PushRefused("not authorised")
        if self._is_down():
            self.world.faults.count("mqtt_disconnect")
            raise PushError("connection refused")
        queue: asyncio.Queue[Batch | None] = asyncio.Queue()
        self._queues.append(queue)
        try:
            yield self._read(queue, frozenset(topics))
        finally:
            self._queues.remove(queue)

    async def _read(self, queue: asyncio.Queue[Batch | None], topics: frozenset[str]) -> Messages:
        while (batch := await queue.get()) is not None:
            yield [one for one in batch if one[0] in topics]
        raise PushError("connection lost")

    def _is_down(self) -> bool:
        return self.world.faults.active("mqtt_disconnect", self._now())

    def _now(self) -> int:
        return to_micros(self.world.clock.now())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish until left."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        published_to = self._now()
        while True:
            await asyncio.sleep(_PERIOD_SECONDS / self.world.speed)
            after, published_to = published_to, self._now()
            batch = [
                (topic, body)
                for topic, body in self.feed.between(after, published_to)
                if topic.removeprefix("v1/") not in self.mute
            ]
            for queue in list(self._queues):
                queue.put_nowait(None if self._is_down() else batch)
