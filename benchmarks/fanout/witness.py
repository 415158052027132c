"""Viewers that verify: each has a view, and a connection that it makes anew when it is cut."""

import asyncio
import socket
import time
from urllib.parse import urlsplit

from benchmarks.fanout.reader import Reader
from benchmarks.fanout.seen import EventsView, FloorView, RaceView, View
from benchmarks.fanout.wires import BadAnswer, frame, get, post

RETURN_SECONDS = 0.1
# A slow reader's own buffer, so that the other end notices soon.
SLOW_BUFFER_BYTES = 4_096


class Witness:
    """One viewer."""

    def __init__(self, url: str, view: View, *, slow: bool = False) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or 80, parts.path
        self.view = view
        self.began_at = 0.0
        self.cuts = 0
        self.refusals = 0
        # When each stream ended, and when the next one began to be read.
        self.cut_at: list[float] = []
        self._slow = slow
        self._reader: Reader | None = None
        self._closing = False
        self._returns: set[asyncio.Task[None]] = set()

    async def join(self) -> None:
        """Connect and ask."""
        loop = asyncio.get_running_loop()
        reader = Reader(self._request(), self._ended)
        self.began_at = self.began_at or reader.began_at
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        if self._slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER_BYTES)
        await loop.sock_connect(connection, (self._host, self._port))
        self._reader = reader
        await loop.create_connection(lambda: reader, sock=connection)

    def digest(self) -> None:
        """Take in what came."""
        if self._reader is None:
            return
        try:
            for at, data in self._reader.take():
                self.view.take(at, data)
        except BadAnswer:
            self.refusals += 1
            self._reader.close()

    def pause(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.pause()

    def resume(self) -> None:
        """Read on."""
        if self._reader is not None:
            self._reader.resume()

    def close(self) -> None:
        """Go for good."""
        self._closing = True
        if self._reader is not None:
            self._reader.close()

    def _request(self) -> bytes:
        host = f"{self._host}:{self._port}"
        if isinstance(self.view, EventsView):
            return get(self._path, host)
        body = self.view.request().SerializeToString() if isinstance(self.view, RaceView) else b""
        return post(self._path, host, frame(body))

    def _ended(self) -> None:
        if not self._closing:
            self.cuts += 1
            self.cut_at.append(time.time())
            self.digest()
            task = asyncio.get_running_loop().create_task(self._return())
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def _return(self) -> None:
        await asyncio.sleep(RETURN_SECONDS)
        if isinstance(self.view, RaceView):
            self.view.cut()
        try:
            await self.join()
        except OSError:
            self._ended()


def new_view(kind: str) -> View:
    """Answer the view of a kind of stage."""
    views: dict[str, type[View]] = {"floor": FloorView, "racetime": RaceView, "sse": EventsView}
    return views[kind]()


async def join_all(witnesses: list[Witness], seconds: float) -> None:
    """Let viewers join, evenly over so many seconds."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, witness in enumerate(witnesses):
            due = began + seconds * number / len(witnesses)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(witness.join())
