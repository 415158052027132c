"""Put the parts of the service together."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from racetime.traces import Tracer
from racetime_api.clients import Clients
from racetime_api.feed import Feed
from racetime_api.hub import Hub
from racetime_api.metrics import Metrics
from racetime_api.probes import Probes, answering
from racetime_api.reel import Reels
from racetime_api.rooms import RoomService
from racetime_api.server import Server
from racetime_api.service import RaceService
from racetime_api.settings import Settings
from racetime_api.store import open_store
from racetime_api.traces import Traced
from racetime_api.window import Bounds


@dataclass(frozen=True, slots=True)
class Api:
    """A service that runs."""

    hub: Hub
    server: Server
    settings: Settings
    rooms: RoomService
    probes: Probes

    async def drain(self) -> None:
        """Send the watchers away, and wait until they have gone or the time is over."""
        await self.probes.drain()
        self.rooms.drain()
        await self.server.drain(self.hub, self.settings.drain_seconds)


@asynccontextmanager
async def serving(
    settings: Settings, metrics: Metrics, tracer: Tracer | None = None
) -> AsyncIterator[Api]:
    """Run the service inside `async with`; raise PortTaken when it cannot listen."""
    async with (
        open_store(settings.redis_url) as store,
        Server(settings) as server,
        answering(settings.health_listen) as probes,
        asyncio.TaskGroup() as group,
    ):
        feed = Feed(store, metrics, Bounds(settings.window_updates, settings.window_bytes))
        hub = Hub(
            group,
            feed.follow,
            asyncio.get_running_loop().time,
            max_watchers=settings.max_watchers,
            linger_seconds=settings.linger_seconds,
        )
        clients = Clients(settings.watches_per_client)
        metrics.sessions.set_function(lambda: len(hub.channels))
        metrics.clients.set_function(lambda: clients.count)
        metrics.sequence.set_function(lambda: hub.live_sequence)
        metrics.connections.set_function(lambda: server.listener.count if server.listener else 0)
        service = RaceService(
            hub,
            store,
            metrics,
            time.time,
            reels=Reels(store, settings.reel_bytes),
            clients=clients,
            heartbeat_seconds=settings.heartbeat_seconds,
            poller_silence_seconds=settings.poller_silence_seconds,
        )
        rooms = RoomService(
            store,
            metrics,
            time.time,
            time.monotonic,
            clients=clients,
            heartbeat_seconds=settings.heartbeat_seconds,
        )
        handlers = [service.handlers(), rooms.handlers()]
        if tracer is not None:
            handlers = [Traced(one, tracer) for one in handlers]
        await server.start(*handlers)
        loops = [
            group.create_task(feed.follow_live(hub)),
            group.create_task(hub.sweep()),
            group.create_task(server.say_when_ready(hub.reached)),
            group.create_task(probes.say_when_ready(hub.reached)),
        ]
        yield Api(hub, server, settings, rooms, probes)
        await server.stop()
        for task in loops:
            task.cancel()
        hub.close()
