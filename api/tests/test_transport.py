"""Bounds of connections, TLS and deadlines, by both ports: gRPC's own server, and ours."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from made_up_log import ALL_LANES, canonical
from reading import WAYS

from racetime import keys
from racetime.client import Race, watch
from racetime.v1 import race_service_pb2 as messages
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime_api.api import serving
from racetime_api.metrics import Metrics
from racetime_api.settings import Settings, SettingsError
from racetime_api.transport import options


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Ask by each port."""
    return str(request.param)


async def test_watches_outlive_the_age_of_their_connections_without_a_gap(open_service, writer):
    ages = {"max_connection_age_seconds": 0.4, "connection_grace_seconds": 0.2}
    async with open_service(**ages) as service, asyncio.timeout(30):
        first = watch(service.address, lanes=ALL_LANES)
        second = watch(service.address, lanes=ALL_LANES)

        def resumed() -> float:
            outcomes = ("update", "in_step")
            return sum(service.count("watches_begun_total", outcome=one) for one in outcomes)

        async with aclosing(first), aclosing(second):
            races = [await anext(first), await anext(second)]
            while resumed() < 4:
                await writer.write()
                for watched, race in ((first, races[0]), (second, races[1])):
                    while race.sequence < writer.sequence:
                        await anext(watched)
            assert all(_holds(race, writer) for race in races)
        assert service.count("watches_begun_total", outcome="new") == 2
        assert service.count("watches_begun_total", outcome="snapshot") == 0


def _holds(race: Race, writer: Any) -> bool:
    offset = writer.race_offset_millis
    return canonical(race.state, offset) == canonical(writer.truth, offset)


async def test_a_call_beyond_the_streams_of_a_connection_waits_for_one_to_end(open_service, writer):
    async with open_service(max_concurrent_streams=2) as service:
        readers = [service.watch() for _ in range(2)]
        for reader in readers:
            await reader.read()
        waiting = service.watch()
        await writer.write()
        await readers[0].read_until(2)
        assert service.api.hub.watchers == 2
        readers[1].call.cancel()
        assert (await waiting.read()).WhichOneof("body") == "snapshot"


@pytest.mark.parametrize(
    ("request_", "metadata"),
    [
        (messages.GetSnapshotRequest(driver_numbers=[44] * 70_000), ()),
        (messages.GetSnapshotRequest(), (("bomb", "x" * 40_000),)),
    ],
    ids=["message", "metadata"],
)
async def test_what_is_too_large_is_refused(service, writer, request_, metadata):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.stub.GetSnapshot(request_, metadata=metadata)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("method", ["GetSnapshot", "WatchRace"])
@pytest.mark.parametrize(
    ("sent", "fault"), [([], "is missing or cut off"), ([b"\xff\xff"], "is no Get|is no Watch")]
)
async def test_a_call_without_a_whole_request_is_refused(service, writer, method, sent, fault):
    async with grpc.aio.insecure_channel(service.address) as channel:
        call = channel.stream_unary(f"/racetime.v1.RaceService/{method}")
        with pytest.raises(grpc.aio.AioRpcError, match=fault) as refused:
            await call(iter(sent), timeout=5)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert service.count("requests_refused_total", reason="ERROR_REASON_INVALID_REQUEST") == 1


PING, GOAWAY = 6, 7
ACK = 1
ENHANCE_YOUR_CALM = 11


class Http2:
    """A connection of HTTP/2, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.send(4)

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.writer.write(len(payload).to_bytes(3, "big") + bytes([kind, 0, 0, 0, 0, 0]) + payload)

    async def read(self, *kinds: int) -> tuple[int, int, bytes]:
        """Give kind, flags and payload of the next frame of these kinds; EOFError at the end."""
        while True:
            head = await self.reader.readexactly(9)
            payload = await self.reader.readexactly(int.from_bytes(head[:3], "big"))
            if head[3] in kinds:
                return head[3], head[4], payload


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Http2]:
    reader, writer = await asyncio.open_connection(*address.split(":"))
    try:
        async with asyncio.timeout(10):
            yield Http2(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_client_that_is_silent_is_pinged_and_then_cut(open_service):
    silence = {"keepalive_seconds": 0.1, "keepalive_timeout_seconds": 0.1}
    async with open_service(**silence) as service, connected(service.address) as client:
        kind, flags, _ = await client.read(PING)
        assert (kind, flags) == (PING, 0)
        _, _, farewell = await client.read(GOAWAY)
        assert b"ping_timeout" in farewell


@pytest.mark.parametrize(
    ("seconds", "is_calm"), [(0.000001, True), (60.0, False)], ids=["permitted", "too often"]
)
async def test_a_client_may_ping_without_calls_as_often_as_it_is_permitted(
    open_service, seconds, is_calm
):
    bound = {"client_ping_seconds": seconds}
    async with open_service(**bound) as service, connected(service.address) as client:
        answers = []
        for number in range(20):
            client.send(PING, number.to_bytes(8, "big"))
            kind, flags, payload = await client.read(PING, GOAWAY)
            answers.append((kind, flags))
            if kind == GOAWAY:
                break
        assert (set(answers) == {(PING, ACK)}) is is_calm
        assert is_calm or int.from_bytes(payload[4:8], "big") == ENHANCE_YOUR_CALM


async def test_a_deadline_ends_a_call_at_the_server_as_well(open_service, make_writer, redis):
    # A log whose head is lost: the call waits for it, as long as the client does.
    await make_writer(7).begin(live=False)
    await redis.delete(keys.head(7))
    async with open_service() as service:
        with pytest.raises(grpc.aio.AioRpcError) as late:
            await service.stub.GetSnapshot(messages.GetSnapshotRequest(session_key=7), timeout=0.3)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await service.until(lambda: service.api.hub.channels[7].holders == 0)


def test_the_bounds_are_settings_that_are_printed():
    settings = Settings.from_env(
        {
            "RACETIME_API_MAX_CONNECTION_AGE_SECONDS": "0",
            "RACETIME_API_KEEPALIVE_SECONDS": "20",
            "RACETIME_API_MAX_CONCURRENT_STREAMS": "7",
        }
    )
    told = dict(options(settings))
    assert told["grpc.keepalive_time_ms"] == 20_000
    assert told["grpc.max_concurrent_streams"] == 7
    assert told["grpc.max_connection_age_ms"] == 2**31 - 1
    assert json.dumps(settings.shown())
    assert settings.shown()["keepalive_seconds"] == 20
    with pytest.raises(SettingsError, match="KEEPALIVE_SECONDS must be above zero"):
        Settings.from_env({"RACETIME_API_KEEPALIVE_SECONDS": "0"})


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of an authority, of a server and a client it vouches for, and of a stranger."""
    folder = tmp_path_factory.mktemp("pki")
    authority = trustme.CA()
    files = {"ca": folder / "ca.pem"}
    authority.cert_pem.write_to_path(str(files["ca"]))
    for name, issuer in (("server", authority), ("client", authority), ("other", trustme.CA())):
        leaf = issuer.issue_cert("localhost")
        files[name] = folder / f"{name}.pem"
        files[f"{name}_key"] = folder / f"{name}.key"
        leaf.cert_chain_pems[0].write_to_path(str(files[name]))
        leaf.private_key_pem.write_to_path(str(files[f"{name}_key"]))
    return files


def tls(pki: dict[str, Path]) -> dict[str, str]:
    return {
        "tls_cert": str(pki["server"]),
        "tls_key": str(pki["server_key"]),
        "tls_client_ca": str(pki["ca"]),
    }


async def ask(address: str, credentials: grpc.ChannelCredentials | None) -> Any:
    target = f"localhost:{address.rpartition(':')[2]}"
    channel = (
        grpc.aio.insecure_channel(target)
        if credentials is None
        else grpc.aio.secure_channel(target, credentials)
    )
    async with channel:
        return await RaceServiceStub(channel).ListSessions(
            messages.ListSessionsRequest(), timeout=5
        )


async def test_only_who_the_authority_vouches_for_is_answered(settings, writer, pki, way):
    def shown(name: str) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(
            pki["ca"].read_bytes(), pki[f"{name}_key"].read_bytes(), pki[name].read_bytes()
        )

    async with serving(replace(settings, **tls(pki)), Metrics()) as api:
        listener = api.server.listener
        address = f"localhost:{listener.port if way == 'stream' else api.server.port}"
        assert (await ask(address, shown("client"))).sessions
        nobody = grpc.ssl_channel_credentials(pki["ca"].read_bytes())
        for credentials in (None, nobody, shown("other")):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(address, credentials)
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tls_key": ""}, "RACETIME_API_TLS_KEY is missing"),
        ({"tls_cert": "nowhere.pem"}, "RACETIME_API_TLS_CERT: cannot use nowhere.pem"),
        ({"tls_client_ca": __file__}, "RACETIME_API_TLS_CLIENT_CA: cannot use"),
    ],
)
async def test_tls_that_cannot_be_is_an_error_of_the_settings(settings, pki, changes, fault):
    with pytest.raises(SettingsError, match=fault):
        async with serving(replace(settings, **(tls(pki) | changes)), Metrics()):
            pass


async def test_watches_are_counted_by_kind_with_their_first_state_and_their_lag(service, writer):
    live, delayed = service.watch(), service.watch(delay_millis=5_000)
    await live.read()
    await delayed.read()
    assert service.count("watchers", kind="live") == 1
    assert service.count("watchers", kind="delayed") == 1
    await writer.write(3)
    await live.read_until(4)
    await service.until(lambda: service.count("watcher_lag_seconds_count") > 0)
    await service.until(lambda: service.count("join_latency_seconds_count") == 2)
    delayed.call.cancel()
    await service.until(lambda: service.count("watchers", kind="delayed") == 0)
    assert service.count("watchers", kind="live") == 1
