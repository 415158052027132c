"""Take apart what comes over a connection: HTTP/1.1, gRPC-Web frames, server-sent events."""

from dataclasses import dataclass, field

FRAME_HEAD = 5
TRAILERS = 0x80
_BLANK = b"\r\n\r\n"


class BadAnswer(Exception):
    """The answer is not what was asked for."""


@dataclass
class Body:
    """The body of one streamed answer, out of the bytes of a connection."""

    ended: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _headed: bool = False
    _chunked: bool = True

    def take(self, data: bytes) -> bytes:
        """Take bytes of the connection; answer those of the body."""
        self._buffer += data
        if not self._headed and not self._take_head():
            return b""
        body = bytearray()
        while (chunk := self._take_chunk()) is not None:
            body += chunk
        return bytes(body)

    def _take_head(self) -> bool:
        end = self._buffer.find(_BLANK)
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + len(_BLANK)]
        status, *lines = head.split(b"\r\n")
        if status.split(b" ")[1:2] != [b"200"]:
            raise BadAnswer(status.decode(errors="replace"))
        if b"transfer-encoding: chunked" not in [line.lower() for line in lines]:
            raise BadAnswer("the answer is not streamed")
        self._headed = True
        return True

    def _take_chunk(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0 or self.ended:
            return None
        size = int(self._buffer[:end], 16)
        if len(self._buffer) < end + 2 + size + 2:
            return None
        chunk = bytes(self._buffer[end + 2 : end + 2 + size])
        del self._buffer[: end + 2 + size + 2]
        self.ended = size == 0
        return chunk


def take_frames(buffer: bytearray) -> list[bytes]:
    """Take the whole gRPC-Web messages off the front of a buffer; trailers are left out."""
    frames = []
    while len(buffer) >= FRAME_HEAD:
        size = int.from_bytes(buffer[1:FRAME_HEAD], "big")
        if len(buffer) < FRAME_HEAD + size:
            break
        if not buffer[0] & TRAILERS:
            frames.append(bytes(buffer[FRAME_HEAD : FRAME_HEAD + size]))
        del buffer[: FRAME_HEAD + size]
    return frames


def take_events(buffer: bytearray) -> list[bytes]:
    """Take the data of whole server-sent events off the front of a buffer."""
    events = []
    while (end := buffer.find(b"\n\n")) >= 0:
        events.append(bytes(buffer[len(b"data: ") : end]))
        del buffer[: end + 2]
    return events


def frame(message: bytes) -> bytes:
    """Put a message into a frame of gRPC."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def post(path: str, host: str, body: bytes) -> bytes:
    """Write a request of gRPC-Web."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/grpc-web+proto\r\n"
        f"x-grpc-web: 1\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, host: str) -> bytes:
    """Write a request for events."""
    accepted = "accept: text/event-stream\r\nconnection: close"
    return f"GET {path} HTTP/1.1\r\nhost: {host}\r\n{accepted}\r\n\r\n".encode()
