"""Read and write the headers of gRPC, as its protocol over HTTP/2 spells them. Pure."""

import base64
import binascii
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

Header = tuple[bytes, bytes]
Metadata = tuple[tuple[str, str | bytes], ...]

_UNIT_SECONDS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
# What of a message goes as it is: printable ASCII but for the per cent sign.
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
# Of HTTP/2 and of gRPC: no method sees them.
_OWN = frozenset({"te", "content-type", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding"})
_OVERHEAD_BYTES = 32

BEGIN: tuple[Header, ...] = (
    (b":status", b"200"),
    (b"content-type", b"application/grpc"),
    (b"grpc-accept-encoding", b"identity,deflate,gzip"),
)


class NotGrpc(Exception):
    """A request is none of gRPC's; its argument is the HTTP status to answer."""


class Asked(NamedTuple):
    """What the headers of a call say."""

    path: str
    metadata: Metadata
    timeout_seconds: float | None
    encoding: str


def asked(headers: Iterable[Header]) -> Asked:
    """Read the headers of a call; raise NotGrpc."""
    found = {name: value.decode("latin-1") for name, value in headers}
    if found.get(b":method") != "POST":
        raise NotGrpc("405")
    if not found.get(b"content-type", "").startswith("application/grpc"):
        raise NotGrpc("415")
    return Asked(
        found.get(b":path", ""),
        _metadata(headers),
        _seconds(found.get(b"grpc-timeout")),
        found.get(b"grpc-encoding", "identity"),
    )


def size_bytes(headers: Iterable[Header]) -> int:
    """Tell how large headers are, as HTTP/2 counts them."""
    return sum(len(name) + len(value) + _OVERHEAD_BYTES for name, value in headers)


def written(metadata: Iterable[tuple[str, str | bytes]]) -> list[Header]:
    """Write metadata."""
    headers = []
    for name, value in metadata:
        data = value.encode() if isinstance(value, str) else value
        if name.endswith("-bin"):
            data = base64.b64encode(data).rstrip(b"=")
        headers.append((name.encode(), data))
    return headers


def status(code: int, message: str, metadata: Iterable[tuple[str, str | bytes]]) -> list[Header]:
    """Write the end of a call."""
    headers = [(b"grpc-status", str(code).encode())]
    if message:
        headers.append((b"grpc-message", quote(message, safe=_PLAIN).encode()))
    return [*headers, *written(metadata)]


def _metadata(headers: Iterable[Header]) -> Metadata:
    metadata: list[tuple[str, str | bytes]] = []
    for raw, value in headers:
        name = raw.decode("latin-1")
        if name.startswith(":") or name in _OWN:
            continue
        if name.endswith("-bin"):
            metadata += ((name, part) for part in _unpacked(value))
        else:
            metadata.append((name, value.decode("latin-1")))
    return tuple(metadata)


def _unpacked(value: bytes) -> Iterable[bytes]:
    """Read binary values; what is none is left out."""
    for part in value.split(b","):
        try:
            yield base64.b64decode(part + b"=" * (-len(part) % 4), validate=True)
        except binascii.Error:
            continue


def _seconds(text: str | None) -> float | None:
    """Read a timeout; one that cannot be read is none."""
    if not text or len(text) > 9 or not text[:-1].isdecimal() or text[-1] not in _UNIT_SECONDS:
        return None
    return int(text[:-1]) * _UNIT_SECONDS[text[-1]]
