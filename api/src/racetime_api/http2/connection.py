"""Serve gRPC calls over one connection of HTTP/2.

h2 knows the protocol: what comes goes through it, and what breaks the protocol ends the connection.
"""

import asyncio
import random
from typing import Protocol, cast
from urllib.parse import quote

import grpc
import structlog
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    PingReceived,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from hyperframe.frame import GoAwayFrame

from racetime_api.http2.call import Call, Ended
from racetime_api.http2.headers import Header, NotGrpc, asked, size_bytes
from racetime_api.http2.keepalive import Keepalive
from racetime_api.http2.methods import Methods
from racetime_api.http2.outflow import Outflow
from racetime_api.http2.running import Running
from racetime_api.http2.streams import LAST_STREAM, streams
from racetime_api.settings import Settings

# Answers that the protocol demands, while the peer does not read.
_MOST_UNREAD_BYTES = 262_144
# After the last word, for the peer to read it.
_CLOSE_SECONDS = 1.0
# The age of connections differs by so much, lest all come back at once.
_AGE_JITTER = 0.1
_PING, _GOING = b"racetime", b"going..."

log = structlog.get_logger()


class Home(Protocol):
    """Who keeps the connections."""

    def came(self, connection: "Connection") -> None:
        """Take note of a connection that is open."""

    def gone(self, connection: "Connection") -> None:
        """Take note that it is not any more."""


class Connection(asyncio.Protocol):
    """A connection with its calls."""

    def __init__(self, methods: Methods, settings: Settings, home: Home) -> None:
        self.loop = asyncio.get_running_loop()
        self._h2 = streams(settings)
        self.out = Outflow(self._h2, self.loop)
        self._running = Running(self, methods)
        self._settings = settings
        self._home = home
        self._timers: list[asyncio.TimerHandle] = []
        self._is_going = False
        self._is_cut = False
        self._unread_bytes = 0
        self._peer = ""

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # uvloop's is none by its class.
        self._transport = cast(asyncio.Transport, transport)
        self._peer = _peer(transport.get_extra_info("peername"))
        settings = self._settings
        self._keepalive = Keepalive(
            self,
            settings.keepalive_seconds,
            settings.keepalive_timeout_seconds,
            settings.client_ping_seconds,
        )
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._transport.abort()
            return
        self._home.came(self)
        self.out.open(self._transport)
        self._h2.initiate_connection()
        self.out.collect()
        if age_seconds := settings.max_connection_age_seconds:
            age_seconds *= random.uniform(1 - _AGE_JITTER, 1 + _AGE_JITTER)
            self._timers.append(self.loop.call_later(age_seconds, self._retire))

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._is_cut:
            return
        self._keepalive.heard()
        try:
            for event in self._h2.receive_data(data):
                if not self._is_cut:
                    self._take(event)
        except ProtocolError as error:
            log.info("api.connection_broken", peer=self._peer, error=str(error))
            self.out.collect()
            self.close()
            return
        self._unread_bytes += self.out.collect()
        if not self.out.is_paused:
            self._unread_bytes = 0
        elif self._unread_bytes > _MOST_UNREAD_BYTES:
            self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """End all calls."""
        self._is_cut = True
        self._keepalive.end()
        self.out.close()
        for timer in self._timers:
            timer.cancel()
        self._running.drop_all()
        self._home.gone(self)

    def pause_writing(self) -> None:
        """Hold messages back."""
        self.out.pause()

    def resume_writing(self) -> None:
        """Go on."""
        self.out.resume()

    # What h2 tells

    def _take(self, event: Event) -> None:
        if isinstance(event, WindowUpdated):
            self.out.widened(event.stream_id)
        elif isinstance(event, RequestReceived):
            self._begin(event.stream_id, event.headers)
        elif isinstance(event, DataReceived):
            self._take_data(event)
        elif isinstance(event, StreamEnded):
            if call := self._running.find(event.stream_id):
                call.take_end()
        elif isinstance(event, StreamReset):
            self._running.drop(event.stream_id)
        elif isinstance(event, RemoteSettingsChanged):
            # Told that they are known before they are made use of.
            self.out.collect()
            self.out.widened_all()
        elif isinstance(event, PingReceived):
            self._keepalive.asked(has_sent=self.out.has_sent)
            self.out.has_sent = False
        elif isinstance(event, PingAckReceived):
            if event.ping_data == _GOING:
                self._go_now()
        elif isinstance(event, ConnectionTerminated):
            self.close()

    def _begin(self, stream_id: int, headers: list[Header]) -> None:
        stream = self._h2.streams.get(stream_id)
        if stream is None or stream.closed:
            # It was reset in the same breath.
            return
        if self._is_going:
            self.reset(stream_id, ErrorCodes.REFUSED_STREAM)
            return
        try:
            told = asked(headers)
        except NotGrpc as error:
            self._h2.send_headers(stream_id, [(b":status", str(error).encode())], end_stream=True)
            return
        fault = None
        if size_bytes(headers) > self._settings.max_metadata_bytes:
            fault = Ended(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much metadata")
        most_bytes = self._settings.max_request_bytes
        self._running.begin(Call(self, stream, told, self._peer, most_bytes), fault)

    def _take_data(self, event: DataReceived) -> None:
        if length := event.flow_controlled_length:
            self._h2.acknowledge_received_data(length, event.stream_id)
        if call := self._running.find(event.stream_id):
            call.take(event.data)

    # What calls tell

    def send_headers(self, stream_id: int, headers: list[Header], *, is_end: bool) -> None:
        """Send headers or trailers."""
        self._h2.send_headers(stream_id, headers, end_stream=is_end)
        self.out.collect()

    def reset(self, stream_id: int, code: ErrorCodes) -> None:
        """End a stream without more words."""
        self._h2.reset_stream(stream_id, code)
        self.out.collect()

    def call_ended(self) -> None:
        """Go, where that was the last call."""
        if self._is_going and not self._running:
            self.close()

    # The end

    def go(self) -> None:
        """Have the peer open new calls elsewhere; those that are on their way are taken."""
        if not self._is_cut and not self._is_going:
            self._say_goodbye(LAST_STREAM, ErrorCodes.NO_ERROR)
            # What was sent before the peer knew comes before the answer.
            self._h2.ping(_GOING)
            self.out.collect()

    def _go_now(self) -> None:
        self._is_going = True
        self._say_goodbye(self._h2.highest_inbound_stream_id, ErrorCodes.NO_ERROR)
        self.call_ended()

    def _retire(self) -> None:
        self.go()
        grace_seconds = self._settings.connection_grace_seconds
        self._timers.append(self.loop.call_later(grace_seconds, self.end))

    def end(self) -> None:
        """End all calls, and go."""
        self._is_going = True
        if self._running:
            self._running.end_all()
        else:
            self.close()

    def cut(self, why: str, *, is_calm: bool) -> None:
        """End at once, saying why."""
        code = ErrorCodes.NO_ERROR if is_calm else ErrorCodes.ENHANCE_YOUR_CALM
        self._say_goodbye(self._h2.highest_inbound_stream_id, code, why.encode())
        self.close()

    def ping(self) -> None:
        """Ask the peer for an answer."""
        self._h2.ping(_PING)
        self.out.collect()

    def close(self) -> None:
        """Go, once the peer has read what was sent, and soon in any case."""
        if not self._is_cut:
            self._is_cut = True
            self.out.flush()
            self.out.close()
            self._running.drop_all()
            self._transport.close()
            self.loop.call_later(_CLOSE_SECONDS, self._transport.abort)

    def _say_goodbye(self, last_stream: int, code: ErrorCodes, why: bytes = b"") -> None:
        # h2 sends nothing more after a farewell of its own.
        frame = GoAwayFrame(last_stream_id=last_stream, error_code=code, additional_data=why)
        self.out.add(frame.serialize())


def _peer(address: object) -> str:
    """Name a peer as gRPC does."""
    if not isinstance(address, tuple):
        return "unix:"
    host, port = address[:2]
    return f"ipv6:{quote(f'[{host}]')}:{port}" if ":" in host else f"ipv4:{host}:{port}"
