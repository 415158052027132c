"""The port of gateways: frames, windows, ends, and who breaks the rules."""

import asyncio
import gzip
from contextlib import suppress
from dataclasses import replace

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc
from http2_client import WATCH, client, framed
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from made_up_log import ALL_LANES
from reading import Reader

from racetime.v1 import race_service_pb2 as messages
from racetime_api.http2 import headers
from racetime_api.http2.connection import Connection
from racetime_api.http2.methods import Methods
from racetime_api.settings import Settings

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize()
ALL = framed(messages.WatchRaceRequest(lanes=ALL_LANES))
OK, RESOURCE_EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE = "0", "8", "12", "14"
REFUSED_STREAM, ENHANCE_YOUR_CALM = 7, 11


@pytest.fixture
def way() -> str:
    """Ask by the port of gateways."""
    return "stream"


def merged(came) -> Reader:
    reader = Reader()
    for message in came:
        reader.take(message)
    return reader


@pytest.mark.parametrize("window_bytes", [1, 7, 100])
async def test_windows_smaller_than_a_message_cut_it_and_lose_nothing(
    service, writer, window_bytes
):
    async with client(service.address, window_bytes) as one:
        stream = one.ask(WATCH, ALL)
        await one.until(lambda: bool(one.messages(stream)))
        await writer.write(3)
        await one.until(lambda: merged(one.messages(stream)).sequence == 4)
        assert max(one.frames[stream]) <= window_bytes
        assert merged(one.messages(stream)).agrees_with(writer)


async def test_a_message_larger_than_a_frame_may_be_comes_in_several(service, writer):
    await writer.write(600)
    async with client(service.address, 2**20) as one:
        stream = one.ask(WATCH, ALL)
        await one.until(lambda: merged(one.messages(stream)).sequence == 601)
        assert max(one.frames[stream]) <= one.h2.max_inbound_frame_size
        assert len(one.data[stream]) > one.h2.max_inbound_frame_size
        assert merged(one.messages(stream)).agrees_with(writer)


async def test_who_grants_no_more_falls_behind_alone_and_ends_with_the_truth(service, writer):
    async with client(service.address, 2_000) as one:
        stalled, reading = one.ask(WATCH, ALL), one.ask(WATCH, ALL)
        one.stalled.add(stalled)
        await one.until(lambda: bool(one.messages(reading)) and bool(one.messages(stalled)))
        for _ in range(100):
            await writer.write()
            await one.until(lambda: merged(one.messages(reading)).sequence == writer.sequence)
        assert len(one.data[stalled]) == 2_000
        behind = len(one.messages(stalled))
        one.grant(stalled, 2**20)
        await one.until(lambda: merged(one.messages(stalled)).sequence == writer.sequence)
        # It held one message; all that came meanwhile was joined to one more.
        assert len(one.messages(stalled)) == behind + 2
        assert one.messages(stalled)[-1].HasField("first_sequence")
        assert merged(one.messages(stalled)).agrees_with(writer)
        assert service.count("updates_coalesced_total") > 10


async def test_a_window_for_all_is_shared_in_turn(service, writer):
    async with client(service.address, 2**20) as one:
        # What is left of the window of the connection: less than one message.
        first = one.ask(WATCH, ALL)
        await one.until(lambda: bool(one.messages(first)))
        streams = [first, *(one.ask(WATCH, ALL) for _ in range(20))]
        await one.until(lambda: all(one.messages(stream) for stream in streams))
        connection = next(iter(service.api.server.listener._connections))
        connection._h2.outbound_flow_control_window = 50
        await writer.write(3)
        await one.until(lambda: sum(len(one.data[s]) for s in streams) > 50)
        assert connection._h2.outbound_flow_control_window == 0
        one.h2.increment_flow_control_window(2**20)
        one.flush()
        await one.until(lambda: all(merged(one.messages(s)).sequence == 4 for s in streams))
        assert all(merged(one.messages(s)).agrees_with(writer) for s in streams)


async def test_a_window_that_all_streams_begin_with_may_change(service, writer):
    async with client(service.address, 10) as one:
        stream = one.ask(WATCH, ALL)
        one.stalled.add(stream)
        await one.until(lambda: len(one.data[stream]) == 10)
        one.h2.update_settings({4: 100_000})
        one.flush()
        await one.until(lambda: bool(one.messages(stream)))
        assert merged(one.messages(stream)).agrees_with(writer)


async def test_a_refusal_carries_its_details(service, writer):
    async with client(service.address) as one:
        stream = one.ask(WATCH, framed(messages.WatchRaceRequest(session_key=404)))
        await one.until(lambda: stream in one.ended)
        told = dict(
            headers.asked(
                [
                    (b":method", b"POST"),
                    (b"content-type", b"application/grpc"),
                    *(
                        (n.encode(), v.encode())
                        for n, v in one.headers[stream].items()
                        if n.endswith("-bin")
                    ),
                ]
            ).metadata
        )
        status = Status.FromString(told["grpc-status-details-bin"])
        info = ErrorInfo()
        assert status.details[0].Unpack(info)
        assert info.reason == "ERROR_REASON_SESSION_NOT_FOUND"
        assert one.headers[stream]["grpc-status"] == "5"
        assert one.headers[stream]["grpc-message"] == "session 404 has no log"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"method": "GET"}, {":status": "405"}),
        ({"content_type": "text/plain"}, {":status": "415"}),
        ({"path": "/racetime.v1.RaceService/Nothing"}, {"grpc-status": UNIMPLEMENTED}),
        ({"path": "/grpc.reflection.v1.ServerReflection/X"}, {"grpc-status": UNIMPLEMENTED}),
        ({"headers": [("bomb", "x" * 40_000)]}, {"grpc-status": RESOURCE_EXHAUSTED}),
        ({"headers": [("grpc-encoding", "snappy")]}, {"grpc-status": UNIMPLEMENTED}),
    ],
)
async def test_what_is_no_call_of_ours_is_refused(service, writer, asked, answer):
    body = framed(b"", packed=True) if "grpc-encoding" in str(asked) else ALL
    async with client(service.address) as one:
        stream = one.ask(**{"path": WATCH, "body": body} | asked)
        await one.until(lambda: stream in one.ended)
        assert answer.items() <= one.headers[stream].items()


@pytest.mark.parametrize(
    ("packed", "status"),
    [
        (gzip.compress(messages.GetSnapshotRequest().SerializeToString()), OK),
        (gzip.compress(bytes(1_000_000)), RESOURCE_EXHAUSTED),
        (b"no gzip", "13"),
    ],
    ids=["sound", "bomb", "broken"],
)
async def test_requests_may_be_compressed(service, writer, packed, status):
    async with client(service.address) as one:
        path = "/racetime.v1.RaceService/GetSnapshot"
        stream = one.ask(path, framed(packed, packed=True), [("grpc-encoding", "gzip")])
        await one.until(lambda: stream in one.ended)
        assert one.headers[stream]["grpc-status"] == status


async def test_going_away_is_said_first_and_calls_end_in_their_time(open_service, writer):
    async with open_service(drain_seconds=0.2) as service, client(service.address) as one:
        stream = one.ask(WATCH, ALL)
        await one.until(lambda: bool(one.messages(stream)))
        late = one.ask(WATCH, None)
        await one.until(lambda: service.api.hub.watchers == 1)
        async with asyncio.TaskGroup() as group:
            group.create_task(service.api.drain())
            await one.until(lambda: one.messages(stream)[-1].HasField("draining"))
            await one.until(lambda: stream in one.ended)
        assert one.headers[stream]["grpc-status"] == OK
        stopping = asyncio.create_task(service.api.server.stop())
        # h2 takes the first farewell for the last word: the rest is read as bytes.
        rest = await one.until_closed()
        await stopping
        assert rest.count(b"\x00\x00\x08\x07\x00") >= 1
        assert late not in one.ended


async def test_health_is_told_at_this_port_as_well(service, writer):
    async with grpc.aio.insecure_channel(service.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await stub.Check(health_pb2.HealthCheckRequest(service="nothing"))
        assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


def bomb() -> bytes:
    """Headers without end, in pieces."""
    parts = [HeadersFrame(1, data=b"\x00\x01a\x7f\xff\xff").serialize()]
    parts += [ContinuationFrame(1, data=b"a" * 16_000).serialize() for _ in range(70)]
    return b"".join(parts)


HOSTILE = {
    "no preface": b"GET / HTTP/1.1\r\nhost: me\r\n\r\n",
    "data of no stream": PREFACE + DataFrame(1, data=b"x").serialize(),
    "a frame too large": PREFACE + b"\x00\x50\x00\x00\x00\x00\x00\x00\x01" + bytes(0x5000),
    "no increment": PREFACE + b"\x00\x00\x04\x08\x00\x00\x00\x00\x00" + bytes(4),
    "a window too large": PREFACE
    + 2 * WindowUpdateFrame(0, window_increment=2**31 - 1).serialize(),
    "no headers": PREFACE + HeadersFrame(1, data=b"\xff" * 9, flags=["END_HEADERS"]).serialize(),
    "an even stream": PREFACE + HeadersFrame(2, data=b"\x82", flags=["END_HEADERS"]).serialize(),
    "settings cut off": PREFACE + b"\x00\x00\x05\x04\x00\x00\x00\x00\x00" + bytes(5),
    "a push": PREFACE
    + PushPromiseFrame(1, promised_stream_id=2, flags=["END_HEADERS"]).serialize(),
    "a bomb of headers": PREFACE + bomb(),
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE.keys())
async def test_who_breaks_the_protocol_is_cut_and_others_do_not_notice(service, writer, sent):
    beside = service.watch()
    await beside.read()
    reader, broken = await asyncio.open_connection(*service.address.split(":"))
    broken.write(sent)
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            await reader.read()
    broken.close()
    await writer.write()
    await beside.read_until(2)
    assert beside.agrees_with(writer, (1, 2))


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    noise=st.lists(
        st.binary(max_size=60)
        | st.builds(
            lambda kind, flags, stream, body: (
                len(body).to_bytes(3, "big")
                + bytes([kind, flags])
                + stream.to_bytes(4, "big")
                + body
            ),
            st.integers(0, 10),
            st.integers(0, 255),
            st.integers(0, 9),
            st.binary(max_size=40),
        ),
        max_size=12,
    )
)
async def test_noise_ends_a_connection_at_worst(noise):
    """Frames and bytes that mean nothing, straight into a connection."""
    connection = Connection(Methods(()), Settings(), Home())
    transport = Transport()
    connection.connection_made(transport)
    connection.data_received(PREFACE)
    for part in noise:
        connection.data_received(part)
    connection.connection_lost(None)
    await asyncio.sleep(0)


class Home:
    """Keeps connections."""

    def came(self, connection):
        self.connection = connection

    def gone(self, connection):
        assert self.connection is connection


class Transport(asyncio.Transport):
    """Takes what is written, and tells when it is cut."""

    def __init__(self):
        super().__init__()
        self.written = bytearray()
        self.is_aborted = False

    def get_extra_info(self, name, default=None):
        return default

    def set_write_buffer_limits(self, high=None, low=None):
        self.high = high

    def write(self, data):
        self.written += data

    def close(self):
        pass

    def abort(self):
        self.is_aborted = True


async def test_who_pings_without_reading_is_cut(settings):
    connection = Connection(Methods(()), replace(settings, client_ping_seconds=1e-9), Home())
    transport = Transport()
    connection.connection_made(transport)
    connection.data_received(PREFACE)
    connection.pause_writing()
    pings = PingFrame(0, opaque_data=b"12345678").serialize() * 1_000
    for _ in range(20):
        connection.data_received(pings)
    assert transport.is_aborted
    connection.connection_lost(None)


async def test_calls_that_are_reset_at_once_leave_nothing(service, writer):
    async with client(service.address) as one:
        for _ in range(300):
            stream = one.ask(WATCH, ALL)
            one.h2.reset_stream(stream)
        one.flush()
        last = one.ask(WATCH, ALL)
        await one.until(lambda: bool(one.messages(last)))
        await service.until(lambda: service.api.hub.watchers == 1)
        assert merged(one.messages(last)).agrees_with(writer)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1S", 1.0),
        ("250m", 0.25),
        ("2H", 7200.0),
        ("99999999n", 0.099999999),
        ("", None),
        ("S", None),
        ("-1S", None),
        ("1X", None),
        ("123456789S", None),
        ("1.5S", None),
    ],
)
def test_timeouts_are_read(text, seconds):
    asked = headers.asked(
        [
            (b":method", b"POST"),
            (b"content-type", b"application/grpc+proto"),
            (b"grpc-timeout", text.encode()),
        ]
    )
    assert asked.timeout_seconds == pytest.approx(seconds)


def test_messages_and_binary_values_are_written_as_grpc_does():
    end = dict(headers.status(5, "100 % wörld\n", [("a-bin", b"\x00\xff"), ("b", "c")]))
    assert end == {
        b"grpc-status": b"5",
        b"grpc-message": b"100 %25 w%C3%B6rld%0A",
        b"a-bin": b"AP8",
        b"b": b"c",
    }
