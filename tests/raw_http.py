"""HTTP by hand, for what no well-behaved client says."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

SECONDS = 15.0
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4
CANCEL = 8


def connect(port: int) -> socket.socket:
    """Open a connection to this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side ends the connection."""
    received = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def exchange(port: int, said: bytes) -> bytes:
    """Say something, as far as it is listened to, and hear the head of the answer."""
    with connect(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(said)
        received = b""
        with suppress(ConnectionError):
            while b"\r\n\r\n" not in received and (chunk := connection.recv(65536)):
                received += chunk
        return received


def status(answer: bytes) -> int:
    """Read the status of an answer of HTTP/1.1; 0 where the connection was only cut."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


class Http2:
    """A connection of HTTP/2 without TLS, frame by frame."""

    def __init__(self, port: int) -> None:
        self._socket = connect(port)
        self._file = self._socket.makefile("rb")
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", frame(SETTINGS))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._socket.close()

    def send(self, *said: bytes) -> None:
        """Send frames, as far as the other side takes them."""
        with suppress(ConnectionError):
            self._socket.sendall(b"".join(said))

    def frames(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Give kind, flags, stream and payload of each frame, until the connection ends."""
        with suppress(ConnectionError):
            while len(head := self._file.read(9)) == 9:
                payload = self._file.read(int.from_bytes(head[:3], "big"))
                yield head[3], head[4], int.from_bytes(head[5:9], "big"), payload


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 0) -> bytes:
    """Write a frame."""
    length = len(payload).to_bytes(3, "big")
    return length + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def fields(headers: Iterable[tuple[str, str]]) -> bytes:
    """Write headers as HPACK does without a table."""
    return b"".join(
        b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in headers
    )


def grpc_call(stream: int, path: str) -> bytes:
    """Write the frames of a call of gRPC with an empty request."""
    headers = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ]
    return frame(HEADERS, fields(headers), END_HEADERS, stream) + frame(
        DATA, b"\0\0\0\0\0", END_STREAM, stream
    )
