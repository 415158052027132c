"""One call, as its method sees it: the part of gRPC's context that the methods use."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable
from typing import Any, NoReturn

import grpc
from h2.stream import H2Stream

from racetime_api.http2.headers import BEGIN, Asked, Header, status, written
from racetime_api.http2.outflow import PREFIX_BYTES
from racetime_api.http2.way import Way

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Ended(grpc.aio.AbortError):
    """A call that ends with a status other than OK."""

    def __init__(
        self, code: grpc.StatusCode, details: str = "", metadata: Iterable[Any] = ()
    ) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.metadata = tuple(metadata)


class Call:
    """A call that runs; it is the context of its method."""

    def __init__(
        self, way: Way, stream: H2Stream, asked: Asked, peer: str, most_bytes: int
    ) -> None:
        self.stream = stream
        self.asked = asked
        # Whether the client has said all.
        self.is_asked = False
        self.has_begun = False
        self._code: grpc.StatusCode | None = None
        self._way = way
        self._peer = peer
        self._most_bytes = most_bytes
        self._came = bytearray()
        self._request: asyncio.Future[bytes | None] = way.loop.create_future()

    # What comes

    def take(self, data: bytes) -> None:
        """Take bytes of the request. What follows it is thrown away: all methods have one."""
        if self._request.done():
            return
        self._came += data
        if len(self._came) < PREFIX_BYTES:
            return
        size = int.from_bytes(self._came[1:PREFIX_BYTES], "big")
        if size > self._most_bytes:
            self._refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, f"a request of {size} bytes")
        elif len(self._came) >= PREFIX_BYTES + size:
            message = bytes(self._came[PREFIX_BYTES : PREFIX_BYTES + size])
            if self._came[0]:
                self._take_packed(message)
            else:
                self._request.set_result(message)
        if self._request.done():
            self._came.clear()

    def take_end(self) -> None:
        """Take note that the client has said all."""
        self.is_asked = True
        if not self._request.done():
            self._request.set_result(None)

    async def requests(self) -> AsyncIterator[bytes]:
        """Give the one request; none when it is cut off."""
        request = await self._request
        if request is not None:
            yield request

    def _take_packed(self, message: bytes) -> None:
        window_bits = _WINDOW_BITS.get(self.asked.encoding)
        if window_bits is None:
            self._refuse(grpc.StatusCode.UNIMPLEMENTED, "this compression is not known")
            return
        unpacking = zlib.decompressobj(window_bits)
        try:
            request = unpacking.decompress(message, self._most_bytes + 1)
        except zlib.error:
            self._refuse(grpc.StatusCode.INTERNAL, "a compressed request cannot be read")
            return
        if len(request) > self._most_bytes:
            self._refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "a request that unpacks to too much")
        else:
            self._request.set_result(request)

    def _refuse(self, code: grpc.StatusCode, details: str) -> None:
        self._request.set_exception(Ended(code, details))
        # It may be that nobody waits for it.
        self._request.exception()

    # What a method uses

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        """Give what the client, and who stands between, say beside the request."""
        return self.asked.metadata

    def peer(self) -> str:
        """Name who is connected, as gRPC does."""
        return self._peer

    async def send_initial_metadata(self, metadata: Iterable[tuple[str, str | bytes]]) -> None:
        """Tell the client that it is answered."""
        self._begin(written(metadata))

    async def write(self, data: bytes) -> None:
        """Send a message; return when it is on its way."""
        if not self.has_begun:
            self._begin([])
        taken = self._way.out.send(self, data)
        if taken is not None:
            await taken

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Any = ()
    ) -> NoReturn:
        """End the call with a status."""
        self._code = code
        raise Ended(code, details, trailing_metadata or ())

    def code(self) -> grpc.StatusCode | None:
        """Give the status with which the method ended the call."""
        return self._code

    # How it ends

    def end(self, code: int, details: str = "", metadata: Iterable[Any] = ()) -> None:
        """Tell the client how the call ended."""
        headers = status(code, details, metadata)
        whole = headers if self.has_begun else [*BEGIN, *headers]
        self._way.send_headers(self.stream.stream_id, whole, is_end=True)
        self.has_begun = True

    def _begin(self, headers: list[Header]) -> None:
        self.has_begun = True
        self._way.send_headers(self.stream.stream_id, [*BEGIN, *headers], is_end=False)
