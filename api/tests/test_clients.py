"""One client cannot take all the watches, whatever it says of itself."""

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, QuotaFailure, RetryInfo
from google.rpc.status_pb2 import Status

from racetime.v1.race_service_pb2 import WatchRaceRequest
from racetime.v1.room_service_pb2 import CreateRoomRequest, Playhead, WatchRoomRequest
from racetime.v1.room_service_pb2_grpc import RoomServiceStub
from racetime_api.clients import client_of

HERE = "ipv4:127.0.0.1:50000"
ADDRESS = "racetime-address"


@pytest.mark.parametrize(
    ("metadata", "peer", "client"),
    [
        ({ADDRESS: "203.0.113.7"}, HERE, "address 203.0.113.7"),
        ({ADDRESS: "2001:db8:1:2:3::4"}, HERE, "address 2001:db8:1:2::/64"),
        ({ADDRESS: "::ffff:203.0.113.7"}, HERE, "address 203.0.113.7"),
        ({ADDRESS: "203.0.113.7", "racetime-key": "pitwall"}, HERE, "key pitwall"),
        # Who came without a gateway.
        ({}, "ipv4:203.0.113.7:50000", "address 203.0.113.7"),
        ({}, "ipv6:%5B2001:db8::1%5D:50000", "address 2001:db8::/64"),
        # This machine, and what is no address.
        ({}, HERE, None),
        ({}, "ipv6:%5B::1%5D:50000", None),
        ({ADDRESS: "::ffff:127.0.0.1"}, HERE, None),
        ({ADDRESS: "127.0.0.9"}, "ipv4:203.0.113.7:50000", None),
        ({ADDRESS: "nonsense"}, HERE, None),
        ({}, "unix:/run/racetime.sock", None),
    ],
)
def test_a_client_is_an_address_or_a_key(metadata, peer, client):
    assert client_of(metadata, peer) == client


def watch(service, **metadata: str):
    said = tuple((f"racetime-{name}", value) for name, value in metadata.items())
    return service.stub.WatchRace(WatchRaceRequest(), metadata=said)


async def refusal(call) -> Status:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call.read()
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    return Status.FromString(dict(refused.value.trailing_metadata())["grpc-status-details-bin"])


async def test_a_client_with_too_many_watches_is_refused_until_it_ends_one(open_service, writer):
    async with open_service(watches_per_client=2) as service:
        first, second = (watch(service, address="203.0.113.7") for _ in range(2))
        for call in (first, second, watch(service, address="203.0.113.8")):
            assert (await call.read()).HasField("snapshot")
        status = await refusal(watch(service, address="203.0.113.7"))
        info, quota, retry = ErrorInfo(), QuotaFailure(), RetryInfo()
        assert [d.Unpack(m) for d, m in zip(status.details, (info, quota, retry), strict=True)]
        assert info.reason == "ERROR_REASON_TOO_MANY_WATCHES"
        assert quota.violations[0].subject == "address 203.0.113.7"
        assert 5 <= retry.retry_delay.ToSeconds() <= 10
        assert service.count("requests_refused_total", reason=info.reason) == 1
        assert service.count("clients") == 2
        first.cancel()
        await service.until(lambda: service.api.hub.watchers == 2)
        assert (await watch(service, address="203.0.113.7").read()).HasField("snapshot")


async def test_a_watch_of_a_room_counts_as_one(open_service, writer):
    async with open_service(watches_per_client=1) as service:
        async with grpc.aio.insecure_channel(service.address) as channel:
            rooms = RoomServiceStub(channel)
            made = await rooms.CreateRoom(CreateRoomRequest(playhead=Playhead(delay_millis=0)))
            said = ((ADDRESS, "203.0.113.7"),)
            room = rooms.WatchRoom(WatchRoomRequest(code=made.room.code), metadata=said)
            assert (await room.read()).room.revision == 1
            status = await refusal(watch(service, address="203.0.113.7"))
            assert "has the 1 watches" in status.message
            room.cancel()
        await service.until(lambda: service.count("clients") == 0)
        assert (await watch(service, address="203.0.113.7").read()).HasField("snapshot")


async def test_a_key_has_ten_times_as_many_watches(open_service, writer):
    async with open_service(watches_per_client=1) as service:
        calls = [watch(service, address="203.0.113.7", key="pitwall") for _ in range(10)]
        for call in calls:
            assert (await call.read()).HasField("snapshot")
        status = await refusal(watch(service, address="203.0.113.7", key="pitwall"))
        assert "key pitwall has the 10 watches" in status.message


async def test_without_a_bound_and_from_this_machine_nobody_is_counted(open_service, writer):
    async with open_service(watches_per_client=0) as service:
        for _ in range(3):
            assert (await watch(service, address="203.0.113.7").read()).HasField("snapshot")
    async with open_service(watches_per_client=1) as service:
        for _ in range(3):
            assert (await watch(service).read()).HasField("snapshot")
        assert service.count("clients") == 0
