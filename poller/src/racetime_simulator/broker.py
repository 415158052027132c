"""An MQTT broker of the simulator's own, which publishes as OpenF1's does: QoS 0, nothing kept."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BaseContext
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from racetime_simulator.clock import RaceClock
from racetime_simulator.instants import to_micros
from racetime_simulator.push import PushFeed

_LISTENER = "simulator"
# How often what has come to be seen is published, in wall-clock seconds.
_PERIOD_SECONDS = 0.02
_MOST_BEHIND_SECONDS = 60.0

Admits = Callable[[str, str], bool]
"""Tells whether a username and a password may connect."""


class Gate(BaseAuthPlugin):  # type: ignore[misc]
    """Asks who may connect; the broker makes one of its own from its configuration."""

    def __init__(self, context: BaseContext) -> None:
        """Let nobody in until told whom."""
        super().__init__(context)
        self.admits: Admits = lambda username, password: False

    async def authenticate(self, *, session: Session) -> bool | None:
        """Return whether a session may connect."""
        session.is_anonymous = True
        return self.admits(session.username or "", session.password or "")


@dataclass
class PushBroker:
    """A broker that listens, and what it publishes."""

    feed: PushFeed
    clock: RaceClock
    admits: Admits
    port: int = 0
    connections: int = 0
    _broker: Any = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _published_to: int = 0

    async def run(self) -> None:
        """Publish for ever what comes to be seen from now on."""
        self._published_to = to_micros(self.clock.now())
        while True:
            await self.publish()
            await asyncio.sleep(_PERIOD_SECONDS)

    async def publish(self) -> None:
        """Publish what has come to be seen since the last time."""
        now = to_micros(self.clock.now())
        after, self._published_to = self._published_to, now
        if self.is_down():
            self._drop_connections()
        for topic, body in self.feed.between(after, now):
            if self._writers:
                await self._broker.internal_message_broadcast(topic, body, 0)

    def is_down(self) -> bool:
        """Return whether connections are dropped and refused now."""
        return self.feed.faults.active("mqtt_disconnect", to_micros(self.clock.now()))

    def _drop_connections(self) -> None:
        for writer in list(self._writers):
            self.feed.faults.count("mqtt_disconnect")
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down():
            writer.transport.abort()
            return
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._broker.external_connected(
                StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER
            )
        except asyncio.CancelledError:
            # The broker ends; what asyncio makes of a handler that is cancelled is an error.
            return
        finally:
            self._writers.discard(writer)
            writer.close()


@asynccontextmanager
async def serve_push(
    feed: PushFeed,
    clock: RaceClock,
    admits: Admits,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[PushBroker]:
    """Listen until left; port 0 picks a free one. What is listened for is published by `run`."""
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    broker = Broker(
        {
            "listeners": {"default": {"type": "external"}, _LISTENER: {"type": "external"}},
            "plugins": {f"{Gate.__module__}.{Gate.__name__}": {}},
        }
    )
    gate = broker.plugins_manager.get_plugin(Gate.__name__)
    pushing = PushBroker(feed, clock, admits, _broker=broker)
    gate.admits = pushing.admits
    await broker.start()
    server = await asyncio.start_server(pushing._connected, host, port, ssl=tls)
    pushing.port = server.sockets[0].getsockname()[1]
    try:
        yield pushing
    finally:
        server.close()
        pushing._drop_connections()
        await broker.shutdown()
