"""Listen for connections of HTTP/2 and serve gRPC over them: the way of gateways, whose few
connections carry thousands of watches."""

import asyncio
import socket
import ssl
from contextlib import suppress

import grpc

from racetime_api.http2.connection import Connection
from racetime_api.http2.methods import Methods
from racetime_api.settings import Settings

# After a restart all come back at once.
_BACKLOG = 4096
# A connection that has got no further by then is cut.
_HANDSHAKE_SECONDS = 10.0


class Listener:
    """A server of gRPC; its port is taken as soon as it is made."""

    def __init__(self, settings: Settings, listen: str, tls: ssl.SSLContext | None) -> None:
        """Take the port; raise OSError when it cannot be had."""
        host, _, port = listen.rpartition(":")
        host = host.strip("[]")
        is_ipv6 = ":" in host
        self._socket = socket.create_server(
            (host, int(port)),
            family=socket.AF_INET6 if is_ipv6 else socket.AF_INET,
            backlog=_BACKLOG,
            dualstack_ipv6=is_ipv6 and host == "::",
        )
        self.port: int = self._socket.getsockname()[1]
        self._settings = settings
        self._tls = tls
        self._connections: set[Connection] = set()
        self._is_empty = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def count(self) -> int:
        """Connections that are open."""
        return len(self._connections)

    async def start(self, *handlers: grpc.GenericRpcHandler) -> None:
        """Serve the methods of handlers."""
        methods = Methods(handlers)

        self._is_empty.set()
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(methods, self._settings, self),
            sock=self._socket,
            ssl=self._tls,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if self._tls else None,
            backlog=_BACKLOG,
        )

    async def stop(self, seconds: float) -> None:
        """Take no more, and end what still runs after a while."""
        if self._server is None:
            self._socket.close()
            return
        self._server.close()
        for connection in list(self._connections):
            connection.go()
        await self._empty_within(seconds)
        for connection in list(self._connections):
            connection.end()
        await self._empty_within(seconds)

    def came(self, connection: Connection) -> None:
        """Take note of a connection that is open."""
        self._connections.add(connection)
        self._is_empty.clear()

    def gone(self, connection: Connection) -> None:
        """Take note that it is not any more."""
        self._connections.discard(connection)
        if not self._connections:
            self._is_empty.set()

    async def _empty_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_empty.wait()
