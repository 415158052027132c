"""What calls need of their connection."""

import asyncio
from typing import Protocol

from h2.errors import ErrorCodes

from racetime_api.http2.headers import Header
from racetime_api.http2.outflow import Outflow


class Way(Protocol):
    """A connection, as its calls see it."""

    loop: asyncio.AbstractEventLoop
    out: Outflow

    def send_headers(self, stream_id: int, headers: list[Header], *, is_end: bool) -> None:
        """Send headers or trailers."""

    def reset(self, stream_id: int, code: ErrorCodes) -> None:
        """End a stream without more words."""

    def call_ended(self) -> None:
        """Take note that there is a call less."""
