"""Send messages of many calls over one connection, as few writes.

One update goes to a thousand calls at one instant. Each of them costs a head of 14 bytes here; the
message is the same bytes object for all, and the whole burst is a handful of writes. What HTTP/2 is
beyond DATA frames is h2's; it keeps the windows too, which are only taken from here.
"""

import asyncio
from collections import deque
from struct import Struct
from typing import Protocol

from h2.connection import H2Connection
from h2.stream import H2Stream

# Head of a DATA frame (length in 16 and 8 bits, type, flags, stream) and of the message in it.
_HEAD = Struct(">HBBBIBI")
_FRAME = Struct(">HBBBI")
_PREFIX = Struct(">BI")
PREFIX_BYTES = _PREFIX.size
# A burst goes out in pieces of this size: who reads need not wait until all of it is written.
_PIECE_BYTES = 262_144
# Beyond this, of what the kernel does not take, calls wait.
HIGH_BYTES = 4_194_304


class Sender(Protocol):
    """What sends on a stream of its own."""

    stream: H2Stream


class Held:
    """The rest of a message that could not be sent at once; the bytes of it are shared."""

    __slots__ = ("is_cut", "pieces", "sender", "taken")

    def __init__(self, sender: Sender, data: bytes, taken: "asyncio.Future[None]") -> None:
        self.sender = sender
        self.pieces = [memoryview(_PREFIX.pack(0, len(data))), memoryview(data)]
        self.taken = taken
        # Whether some of it is on its way.
        self.is_cut = False


class Outflow:
    """What goes out over a connection."""

    def __init__(self, h2: H2Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._h2 = h2
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self._is_due = False
        self.is_paused = False
        # Whether a message went out since somebody last asked.
        self.has_sent = False
        # By stream: those that wait for their own window alone, and those that wait in turn for
        # the connection.
        self._narrow: dict[int, Held] = {}
        self._queue: deque[Held] = deque()

    def open(self, transport: asyncio.Transport) -> None:
        """Begin to write."""
        self._transport = transport
        transport.set_write_buffer_limits(HIGH_BYTES)

    def close(self) -> None:
        """Write no more."""
        self._transport = None

    def send(self, sender: Sender, data: bytes) -> "asyncio.Future[None] | None":
        """Send a message; answer what is to be awaited before the next one, if anything is."""
        stream, h2 = sender.stream, self._h2
        size = len(data) + PREFIX_BYTES
        if (
            size > stream.outbound_flow_control_window
            or size > h2.outbound_flow_control_window
            or size > h2.max_outbound_frame_size
            or self.is_paused
            or self._queue
        ):
            return self._hold(sender, data)
        stream.outbound_flow_control_window -= size
        h2.outbound_flow_control_window -= size
        head = _HEAD.pack(size >> 8, size & 0xFF, 0, 0, stream.stream_id, 0, len(data))
        self._parts += (head, data)
        self._size_bytes += size
        if self._size_bytes > _PIECE_BYTES:
            self.flush()
        elif not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._flush_due)
        return None

    def collect(self) -> int:
        """Take what h2 has to send; answer how many bytes that is."""
        data = self._h2.data_to_send()
        self.add(data)
        return len(data)

    def add(self, data: bytes) -> None:
        """Send bytes of the protocol's own."""
        if not data:
            return
        self._parts.append(data)
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._flush_due)

    def flush(self) -> None:
        """Write what there is."""
        parts, self._parts = self._parts, []
        if self._size_bytes:
            self.has_sent, self._size_bytes = True, 0
        if parts and self._transport is not None:
            self._transport.write(b"".join(parts))

    def _flush_due(self) -> None:
        self._is_due = False
        self.flush()

    def pause(self) -> None:
        """Hold messages back: the peer does not take what was sent."""
        self.is_paused = True

    def resume(self) -> None:
        """Go on."""
        self.is_paused = False
        self.pump()

    def forget(self, sender: Sender) -> bool:
        """Let go of what a sender still has to send; tell whether a message was cut in two."""
        held = self._narrow.pop(sender.stream.stream_id, None)
        if held is None:
            held = next((one for one in self._queue if one.sender is sender), None)
            if held is None:
                return False
            self._queue.remove(held)
        held.taken.cancel()
        return held.is_cut

    def widened(self, stream_id: int) -> None:
        """Go on with a stream that may send more; 0 is the connection."""
        held = self._narrow.pop(stream_id, None)
        if held is not None:
            self._queue.append(held)
        self.pump()

    def widened_all(self) -> None:
        """Go on with all: what all windows begin with was changed."""
        self._queue.extend(self._narrow.values())
        self._narrow.clear()
        self.pump()

    def pump(self) -> None:
        """Send what is held, in turn, as far as it may be sent."""
        while self._queue and not self.is_paused and self._h2.outbound_flow_control_window > 0:
            held = self._queue[0]
            self._send_some(held)
            if not held.pieces:
                self._queue.popleft()
                if not held.taken.done():
                    held.taken.set_result(None)
            elif held.sender.stream.outbound_flow_control_window <= 0:
                self._queue.popleft()
                self._narrow[held.sender.stream.stream_id] = held

    def _hold(self, sender: Sender, data: bytes) -> "asyncio.Future[None] | None":
        held = Held(sender, data, self._loop.create_future())
        self._queue.append(held)
        self.pump()
        return held.taken if held.pieces else None

    def _send_some(self, held: Held) -> None:
        """Send a frame's worth."""
        stream, h2, rest = held.sender.stream, self._h2, held.pieces[0]
        size = min(
            len(rest),
            h2.max_outbound_frame_size,
            stream.outbound_flow_control_window,
            h2.outbound_flow_control_window,
        )
        if size <= 0 and rest:
            return
        if size == len(rest):
            held.pieces.pop(0)
        else:
            held.pieces[0] = rest[size:]
        held.is_cut = True
        stream.outbound_flow_control_window -= size
        h2.outbound_flow_control_window -= size
        self._size_bytes += size
        self.add(_FRAME.pack(size >> 8, size & 0xFF, 0, 0, stream.stream_id) + rest[:size])
        if self._size_bytes > _PIECE_BYTES:
            self.flush()
