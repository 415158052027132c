"""A way to a port that a test can cut, make a black hole, and heal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_PROBE_SECONDS = 0.02


@dataclass
class Proxy:
    """Passes bytes on to a port, unless it is cut (nobody answers) or a black hole (what is sent
    arrives when it is healed, as packets do that are sent again).

    While nobody listens on the port, nobody does here.
    """

    target: int
    port: int = 0
    _server: asyncio.Server | None = None
    _deaf: asyncio.Event = field(default_factory=asyncio.Event)
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _is_cut: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve until left."""
        self._open.set()
        await self._listen()
        following = asyncio.create_task(self._follow_target())
        try:
            yield
        finally:
            following.cancel()
            self._close()
            self.cut()
            self._open.set()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _follow_target(self) -> None:
        """Stop listening when the target was found not to, until it does again."""
        while True:
            await self._deaf.wait()
            self._close()
            while not await self._is_heard():  # noqa: ASYNC110  nobody tells when it does
                await asyncio.sleep(_PROBE_SECONDS)
            self._deaf.clear()
            await self._listen()

    async def _is_heard(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            return False
        writer.transport.abort()
        return True

    def cut(self) -> None:
        """Close all connections, and each that is made from now on."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def swallow(self) -> None:
        """Hold back all bytes."""
        self._open.clear()

    def heal(self) -> None:
        """Let through what was held back and all that comes."""
        self._is_cut = False
        self._open.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            back, forth = await asyncio.open_connection(HOST, self.target)
        except OSError:
            self._deaf.set()
            writer.transport.abort()
            return
        both = {writer, forth}
        self._writers |= both
        try:
            await asyncio.gather(self._pump(reader, forth), self._pump(back, writer))
        finally:
            self._writers -= both
            for one in both:
                one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
