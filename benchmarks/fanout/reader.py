"""A connection of a witness: it keeps what came and when, and takes it apart later.

While the load runs a witness does next to nothing, so that hundreds of them in one process do not
measure themselves.
"""

import asyncio
import time
from collections.abc import Callable

from benchmarks.fanout.wires import Body


class Reader(asyncio.Protocol):
    """One connection and one request on it."""

    def __init__(self, request: bytes, ended: Callable[[], None] = lambda: None) -> None:
        self.began_at = time.time()
        self.ended = False
        self._request = request
        self._tell_end = ended
        self._came: list[tuple[float, bytes]] = []
        self._body = Body()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self._came.append((time.time(), data))

    def connection_lost(self, _error: Exception | None) -> None:
        """Take note of the end."""
        self.ended = True
        self._tell_end()

    def pause(self) -> None:
        """Stop reading."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """Go."""
        if self._transport is not None:
            self._transport.abort()

    def take(self) -> list[tuple[float, bytes]]:
        """Answer what came of the body since the last call, with when."""
        came, self._came = self._came, []
        return [(at, body) for at, data in came if (body := self._body.take(data))]
