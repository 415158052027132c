"""A client of HTTP/2 that decides itself when it reads, and what it grants the server."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import StreamClosedError
from h2.settings import SettingCodes

from racetime.v1.race_service_pb2 import WatchRaceResponse

WATCH = "/racetime.v1.RaceService/WatchRace"


def framed(message: Any, *, packed: bool = False) -> bytes:
    data = message if isinstance(message, bytes) else message.SerializeToString()
    return bytes([packed]) + len(data).to_bytes(4, "big") + data


class Client:
    """One connection; what came is kept by stream."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, window_bytes: int
    ) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.reader, self.writer = reader, writer
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window_bytes})
        self.h2.increment_flow_control_window(2**30)
        # Streams whose window stays as it is.
        self.stalled: set[int] = set()
        self.data: defaultdict[int, bytearray] = defaultdict(bytearray)
        self.headers: defaultdict[int, dict[str, str]] = defaultdict(dict)
        self.frames: defaultdict[int, list[int]] = defaultdict(list)
        self.ended: set[int] = set()
        self.resets: dict[int, int] = {}
        self.farewells: list[ConnectionTerminated] = []
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def ask(
        self,
        path: str,
        body: bytes | None,
        headers: Iterable[tuple[str, str]] = (),
        method: str = "POST",
        content_type: str = "application/grpc",
    ) -> int:
        """Begin a call; with a body it has said all."""
        stream_id = self.h2.get_next_available_stream_id()
        own = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "me")]
        own += [("content-type", content_type), ("te", "trailers"), *headers]
        self.h2.send_headers(stream_id, own)
        if body is not None:
            self.h2.send_data(stream_id, body, end_stream=True)
        self.flush()
        return int(stream_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Read until something is so."""
        async with asyncio.timeout(10):
            while not condition():
                data = await self.reader.read(65_536)
                assert data, "the server has closed the connection"
                for event in self.h2.receive_data(data):
                    self._take(event)
                self.flush()

    async def until_closed(self) -> bytes:
        """Read to the end of the connection."""
        async with asyncio.timeout(10):
            with suppress(ConnectionError):
                return await self.reader.read()
            return b""

    def grant(self, stream_id: int, size_bytes: int) -> None:
        self.stalled.discard(stream_id)
        self.h2.increment_flow_control_window(size_bytes, stream_id)
        self.flush()

    def messages(self, stream_id: int) -> list[WatchRaceResponse]:
        """Give the whole messages that a stream has brought."""
        data, found = bytes(self.data[stream_id]), []
        while len(data) >= 5 and len(data) >= (end := 5 + int.from_bytes(data[1:5], "big")):
            found.append(WatchRaceResponse.FromString(data[5:end]))
            data = data[end:]
        return found

    def _take(self, event: Event) -> None:
        if isinstance(event, ResponseReceived | TrailersReceived):
            self.headers[event.stream_id].update(dict(event.headers))
        elif isinstance(event, DataReceived):
            self.data[event.stream_id] += event.data
            self.frames[event.stream_id].append(len(event.data))
            if event.stream_id not in self.stalled and event.data:
                with suppress(StreamClosedError):
                    self.h2.increment_flow_control_window(len(event.data), event.stream_id)
        elif isinstance(event, StreamEnded):
            self.ended.add(event.stream_id)
        elif isinstance(event, StreamReset):
            self.resets[event.stream_id] = event.error_code
        elif isinstance(event, ConnectionTerminated):
            self.farewells.append(event)


@asynccontextmanager
async def client(address: str, window_bytes: int = 65_535) -> AsyncIterator[Client]:
    """Connect."""
    reader, writer = await asyncio.open_connection(*address.split(":"))
    try:
        yield Client(reader, writer, window_bytes)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
