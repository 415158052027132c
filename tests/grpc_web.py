"""Watch by gRPC-Web, as a browser does, and with little work: HTTP/1.1 and frames by hand."""

import asyncio
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

from racetime.v1.race_service_pb2 import WatchRaceRequest

METHOD = "/racetime.v1.RaceService/WatchRace"
_FRAME_HEAD = 5
_TRAILERS = 0x80


async def watch(url: str, request: WatchRaceRequest) -> AsyncGenerator[bytes]:
    """Give the messages of a watch on a connection of one's own, until the stream ends.

    Raises OSError or EOFError where it cannot be, or is cut off.
    """
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(_asked(address.netloc, request))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(head.partition(b"\r\n")[0].decode())
        buffer = bytearray()
        # What is refused at once has no body.
        while b"transfer-encoding: chunked" in head and (chunk := await _chunk(reader)):
            buffer += chunk
            for frame in take_frames(buffer):
                yield frame
    finally:
        writer.transport.abort()


def take_frames(buffer: bytearray) -> list[bytes]:
    """Take the whole messages off the front of a buffer; trailers are left out."""
    frames = []
    while len(buffer) >= _FRAME_HEAD:
        size = int.from_bytes(buffer[1:_FRAME_HEAD], "big")
        if len(buffer) < _FRAME_HEAD + size:
            break
        if not buffer[0] & _TRAILERS:
            frames.append(bytes(buffer[_FRAME_HEAD : _FRAME_HEAD + size]))
        del buffer[: _FRAME_HEAD + size]
    return frames


def _asked(host: str, request: WatchRaceRequest) -> bytes:
    body = request.SerializeToString()
    content = b"\0" + len(body).to_bytes(4, "big") + body
    head = (
        f"POST {METHOD} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/grpc-web+proto\r\n"
        f"x-grpc-web: 1\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    size = int(await reader.readuntil(b"\r\n"), 16)
    return (await reader.readexactly(size + 2))[:-2]
