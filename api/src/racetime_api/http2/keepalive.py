"""Find out whether a peer is still there, and keep it from asking too often."""

import asyncio
from typing import Protocol

# Pings that come too early before the connection is ended.
_MOST_STRIKES = 2


class Line(Protocol):
    """What is kept alive."""

    loop: asyncio.AbstractEventLoop

    def ping(self) -> None:
        """Ask the peer for an answer."""

    def cut(self, why: str, *, is_calm: bool) -> None:
        """End at once."""


class Keepalive:
    """The pings of a connection, both ways."""

    def __init__(
        self, line: Line, seconds: float, timeout_seconds: float, client_seconds: float
    ) -> None:
        self._line = line
        self._seconds = seconds
        self._timeout_seconds = timeout_seconds
        self._client_seconds = client_seconds
        self._heard_at = line.loop.time()
        self._pinged_at: float | None = None
        self._asked_at = float("-inf")
        self._strikes = 0
        self._timer = line.loop.call_later(seconds, self._look)

    def heard(self) -> None:
        """Take note that something came."""
        self._heard_at = self._line.loop.time()
        self._pinged_at = None

    def asked(self, *, has_sent: bool) -> None:
        """Take note of a ping of the peer's; messages that were sent since the last excuse it."""
        now = self._line.loop.time()
        if has_sent:
            self._strikes = 0
        elif now - self._asked_at < self._client_seconds:
            self._strikes += 1
        self._asked_at = now
        if self._strikes > _MOST_STRIKES:
            self._line.cut("too_many_pings", is_calm=False)

    def end(self) -> None:
        """Stop looking."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._line.loop.time()
        wait = self._heard_at + self._seconds - now
        if self._pinged_at is not None:
            self._line.cut("ping_timeout", is_calm=True)
            return
        if wait <= 0:
            self._line.ping()
            self._pinged_at = now
            wait = self._timeout_seconds
        self._timer = self._line.loop.call_later(wait, self._look)
