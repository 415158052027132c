"""A way to a port that can be made long."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from racetime_embedded.ports import HOST


@dataclass
class Way:
    """Passes bytes on to a port; what comes back takes so many seconds."""

    target: int
    port: int = 0
    seconds: float = 0.0

    async def serve(self, ready: threading.Event, left: asyncio.Event) -> None:
        """Serve until left."""
        server = await asyncio.start_server(self._connected, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await left.wait()
        server.close()

    async def _connected(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far, forth = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(self._pump(near, forth, False), self._pump(far, writer, True))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_late: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while data := await reader.read(65536):
                if is_late and self.seconds:
                    loop.call_later(self.seconds, writer.write, data)
                else:
                    writer.write(data)
        writer.transport.abort()


@contextmanager
def delayed(target: int) -> Iterator[Way]:
    """Serve a way to a port inside `with`."""
    way, ready, left = Way(target), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        await way.serve(ready, left)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    ready.wait()
    try:
        yield way
    finally:
        loop.call_soon_threadsafe(left.set)
        thread.join()
        loop.close()
