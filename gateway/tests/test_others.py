"""What others than the page may ask of the gateway: by origin, by address, by key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import httpx
import pytest
import pytest_asyncio
from google.rpc import error_details_pb2, status_pb2
from running_gateway import Gateway, start_gateway

from racetime.v1 import race_service_pb2, race_service_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRIEND, STRANGER = "https://pitwall.example", "https://pitwall.example.evil"
KEY, SMALL_KEY = "k" * 20, "s" * 20
SNAPSHOT, RPC = "/api/sessions/7/snapshot", "/racetime.v1.RaceService/GetSnapshot"
WEB = {"content-type": "application/grpc-web+proto"}
CALLS, WATCHES, EXHAUSTED = 12, 5, 8


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_gateway(
    tmp_path_factory: pytest.TempPathFactory, page_root: Path
) -> AsyncIterator[Gateway]:
    folder = tmp_path_factory.mktemp("others")
    keys = folder / "keys.toml"
    keys.write_text(
        f"[pitwall]\nkey = '{KEY}'\n[small]\nkey = '{SMALL_KEY}'\ncalls_per_minute = 3\n"
    )
    environ = {
        "RACETIME_GATEWAY_CORS_ORIGINS": f"{FRIEND}, http://localhost:5173",
        "RACETIME_GATEWAY_CALLS_PER_MINUTE": str(CALLS),
        "RACETIME_GATEWAY_WATCHES_PER_MINUTE": str(WATCHES),
        "RACETIME_GATEWAY_API_KEYS": str(keys),
    }
    async with start_gateway(folder, page_root, 1, environ) as started:
        yield started


@asynccontextmanager
async def client_at(gateway: Gateway, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client at an address of its own: 127.0.0.1 is not counted."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    base_url = str(gateway.http.base_url)
    async with httpx.AsyncClient(base_url=base_url, transport=transport, timeout=5) as client:
        yield client


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method}


@pytest.mark.parametrize("path", [RPC, SNAPSHOT, "/api/live/stream", "/api/health"])
async def test_a_page_on_the_list_may_ask_and_read_the_answer(open_gateway, path):
    asked = await open_gateway.http.request("OPTIONS", path, headers=preflight(FRIEND))
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == FRIEND
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "x-grpc-web" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in asked.headers
    for replica in open_gateway.replicas:
        for _ in range(3):
            replica.service.next_message.release()
    method, headers = ("POST", WEB) if path == RPC else ("GET", {})
    answer = await open_gateway.http.request(
        method,
        path,
        headers={**headers, "origin": FRIEND},
        content=b"\0\0\0\0\0" if path == RPC else None,
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "grpc-status" in answer.headers["access-control-expose-headers"]
    if path != RPC:
        # A cache must not hand it to a page elsewhere.
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", [STRANGER, "http://pitwall.example", "null", FRIEND.upper()])
@pytest.mark.parametrize("path", [RPC, SNAPSHOT])
async def test_a_page_elsewhere_may_not(open_gateway, origin, path):
    asked = await open_gateway.http.request("OPTIONS", path, headers=preflight(origin))
    assert "access-control-allow-origin" not in asked.headers
    answer = await open_gateway.http.get(SNAPSHOT, headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/racetime.ops.v1.OpsService/GetStatus"])
async def test_only_the_api_may_be_asked_from_elsewhere(open_gateway, path):
    asked = await open_gateway.http.request("OPTIONS", path, headers=preflight(FRIEND))
    assert asked.status_code in (404, 405)
    answer = await open_gateway.http.get(path, headers={"origin": FRIEND})
    assert "access-control-allow-origin" not in answer.headers


async def test_without_a_list_no_page_elsewhere_may_ask(gateway):
    asked = await gateway.http.request("OPTIONS", SNAPSHOT, headers=preflight(FRIEND))
    assert "access-control-allow-origin" not in asked.headers
    assert gateway.replicas[0].service.calls == []


async def test_an_address_that_asks_too_much_is_refused_and_others_are_not(open_gateway):
    async with (
        client_at(open_gateway, "127.0.0.2") as greedy,
        client_at(open_gateway, "127.0.0.3") as modest,
    ):
        answers = [await greedy.get(SNAPSHOT) for _ in range(2 * CALLS)]
        statuses = [answer.status_code for answer in answers]
        assert statuses[:CALLS] == [200] * CALLS
        assert set(statuses[CALLS:]) >= {429}
        refused = answers[statuses.index(429)]
        assert refused.json() == {"code": EXHAUSTED, "message": "too many requests"}
        assert refused.headers["retry-after"] == "1"
        assert (await modest.get(SNAPSHOT)).status_code == 200
        # To gRPC-Web the same refusal is a status of gRPC.
        web = [
            await greedy.post(RPC, headers={**WEB, "origin": FRIEND}, content=b"\0\0\0\0\0")
            for _ in range(CALLS)
        ]
        told = [answer for answer in web if answer.headers.get("grpc-status") == str(EXHAUSTED)]
        assert told
        assert told[0].headers["access-control-allow-origin"] == FRIEND
        # Health is not counted, nor is the page.
        for path in ("/api/health", "/"):
            assert {(await greedy.get(path)).status_code for _ in range(CALLS)} == {200}


async def test_who_asks_is_not_what_a_client_says_of_itself(open_gateway):
    async with client_at(open_gateway, "127.0.0.6") as client:
        statuses = set()
        for number in range(2 * CALLS):
            forwarded = {"x-forwarded-for": f"203.0.113.{number}"}
            statuses.add((await client.get(SNAPSHOT, headers=forwarded)).status_code)
        assert 429 in statuses


def retry_seconds(metadata) -> int:
    status = status_pb2.Status.FromString(dict(metadata)["grpc-status-details-bin"])
    (detail,) = status.details
    retry = error_details_pb2.RetryInfo()
    assert detail.Unpack(retry)
    assert status.code == EXHAUSTED
    return retry.retry_delay.ToSeconds()


async def test_behind_a_proxy_who_asks_is_what_the_proxy_says(tmp_path, page_root):
    environ = {
        "RACETIME_GATEWAY_TRUSTED_HOPS": "1",
        "RACETIME_GATEWAY_CALLS_PER_MINUTE": "3",
    }
    async with (
        start_gateway(tmp_path, page_root, 1, environ) as gateway,
        grpc.aio.insecure_channel(gateway.target) as channel,
    ):
        stub = race_service_pb2_grpc.RaceServiceStub(channel)

        async def code(address: str) -> grpc.StatusCode:
            return await ask(address).code()

        def ask(address: str):
            metadata = (("x-forwarded-for", address),)
            return stub.GetSnapshot(race_service_pb2.GetSnapshotRequest(), metadata=metadata)

        codes = [await code("203.0.113.7") for _ in range(6)]
        assert codes[:3] == [grpc.StatusCode.OK] * 3
        assert grpc.StatusCode.RESOURCE_EXHAUSTED in codes
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await asyncio.gather(*(ask("203.0.113.7") for _ in range(6)))
        assert retry_seconds(refused.value.trailing_metadata()) == 1
        assert await code("203.0.113.8") is grpc.StatusCode.OK
        for here in ("127.0.0.1", "::1"):
            assert {await code(here) for _ in range(6)} == {grpc.StatusCode.OK}
        # All of a household's or a provider's addresses of IPv6 are one.
        codes = [await code(f"2001:db8::{number}") for number in range(6)]
        assert grpc.StatusCode.RESOURCE_EXHAUSTED in codes


async def test_watches_are_counted_apart_from_calls(open_gateway):
    async with client_at(open_gateway, "127.0.0.4") as client:
        statuses = [(await client.get("/api/live/events")).status_code for _ in range(2 * WATCHES)]
        assert statuses[:WATCHES] == [200] * WATCHES
        assert 429 in statuses
        assert (await client.get(SNAPSHOT)).status_code == 200


async def test_who_shows_a_key_has_limits_of_its_own(open_gateway):
    async with client_at(open_gateway, "127.0.0.5") as client:

        async def statuses(count: int, **headers: str) -> set[int]:
            return {(await client.get(SNAPSHOT, headers=headers)).status_code for _ in range(count)}

        keyed = {"x-api-key": KEY}
        assert await statuses(3 * CALLS, **keyed) == {200}
        assert "x-api-key" not in open_gateway.replicas[0].service.metadata
        assert await statuses(8, **{"x-api-key": SMALL_KEY}) == {200, 429}
        # What is no key is counted by address.
        assert await statuses(2 * CALLS, **{"x-api-key": "x" * 20}) == {200, 429}
        assert 429 in await statuses(2)
        assert await statuses(2, **keyed) == {200}


async def test_the_replica_is_told_who_asks_and_nobody_can_pretend(open_gateway):
    service = open_gateway.replicas[0].service
    pretended = {"racetime-address": "203.0.113.7", "racetime-key": "small"}

    async def told(**more: str) -> tuple[object, object]:
        await client.get(SNAPSHOT, headers={**pretended, **more})
        return service.metadata.get("racetime-address"), service.metadata.get("racetime-key")

    async with client_at(open_gateway, "127.0.0.7") as client:
        assert await told() == ("127.0.0.7", None)
        assert await told(**{"x-api-key": "x" * 20}) == ("127.0.0.7", None)
        assert await told(**{"x-api-key": KEY}) == ("127.0.0.7", "pitwall")


async def test_a_deadline_of_the_client_ends_the_call_at_the_replica(open_gateway):
    service = open_gateway.replicas[0].service
    request = race_service_pb2.GetSnapshotRequest(session_key=408).SerializeToString()
    answer = await open_gateway.http.post(
        RPC,
        headers={**WEB, "grpc-timeout": "200m"},
        content=b"\0" + len(request).to_bytes(4, "big") + request,
    )
    assert answer.headers.get("grpc-status") == "4" or b"grpc-status:4" in answer.content
    await service.cancelled.acquire()
