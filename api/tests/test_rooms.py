"""Who joins a room is where the room is, and hears when it moves."""

import asyncio

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from racetime import keys
from racetime.v1.room_service_pb2 import (
    CreateRoomRequest,
    Playhead,
    SetPlayheadRequest,
    WatchRoomRequest,
)
from racetime.v1.room_service_pb2_grpc import RoomServiceStub


@pytest.fixture
async def rooms(service):
    async with grpc.aio.insecure_channel(service.address) as channel:
        yield RoomServiceStub(channel)


async def read(call):
    async with asyncio.timeout(10):
        message = await call.read()
    assert message is not grpc.aio.EOF
    return message


def reason_of(error: grpc.aio.AioRpcError) -> str:
    info = ErrorInfo()
    assert rpc_status.from_call(error).details[0].Unpack(info)
    return info.reason


async def test_those_who_joined_hear_of_each_move(service, rooms, redis):
    made = await rooms.CreateRoom(CreateRoomRequest(playhead=Playhead(delay_millis=37_000)))
    code = made.room.code
    watch = rooms.WatchRoom(WatchRoomRequest(code=code.lower()))
    first = await read(watch)
    assert (first.room.code, first.room.revision) == (code, 1)
    assert first.room.playhead.delay_millis == 37_000
    assert first.server_time.seconds - first.room.playhead.as_of_time.seconds in (0, 1)

    at = Timestamp(seconds=1_742_101_923)
    moved = Playhead(session_key=9693, race_time=at, paused=True)
    request = SetPlayheadRequest(code=code, key=made.key, playhead=moved)
    assert (await rooms.SetPlayhead(request)).room.revision == 2
    second = await read(watch)
    assert second.room.revision == 2
    assert second.room.playhead.race_time == at
    assert second.room.playhead.paused
    assert 0 < await redis.ttl(keys.room(code)) <= 12 * 3600


async def test_the_maker_alone_sets_the_playhead_unless_control_is_shared(rooms):
    own = (await rooms.CreateRoom(CreateRoomRequest())).room
    shared = (await rooms.CreateRoom(CreateRoomRequest(shared_control=True))).room
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rooms.SetPlayhead(SetPlayheadRequest(code=own.code, key="guessed"))
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert reason_of(refused.value) == "ERROR_REASON_WRONG_KEY"
    answer = await rooms.SetPlayhead(SetPlayheadRequest(code=shared.code))
    assert answer.room.revision == 2


@pytest.mark.parametrize("code", ["", "QQQQQQ", "../..", "1" * 500])
async def test_a_room_that_is_not_there_is_told_plainly(rooms, code):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await read(rooms.WatchRoom(WatchRoomRequest(code=code)))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert reason_of(refused.value) == "ERROR_REASON_ROOM_NOT_FOUND"


@pytest.mark.parametrize(
    ("playhead", "field"),
    [
        (Playhead(delay_millis=-1), "playhead.delay_millis"),
        (Playhead(speed=2.0), "playhead.speed"),
        (Playhead(race_time=Timestamp(), speed=100.0), "playhead.speed"),
        (Playhead(session_key=0), "playhead.session_key"),
        (Playhead(paused=True), "playhead.paused"),
    ],
)
async def test_a_place_where_nobody_can_be_is_refused_by_name(rooms, playhead, field):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rooms.CreateRoom(CreateRoomRequest(playhead=playhead))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details().startswith(f"{field} ")


async def test_rooms_are_made_no_faster_than_people_make_them(rooms):
    refusals = []
    for _ in range(40):
        try:
            await rooms.CreateRoom(CreateRoomRequest())
        except grpc.aio.AioRpcError as error:
            refusals.append(error.code())
    assert refusals
    assert set(refusals) == {grpc.StatusCode.RESOURCE_EXHAUSTED}


async def test_a_room_that_ends_ends_the_watch_and_a_drain_sends_it_away(service, rooms, redis):
    made = await rooms.CreateRoom(CreateRoomRequest())
    over = rooms.WatchRoom(WatchRoomRequest(code=made.room.code))
    await read(over)
    await redis.delete(keys.room(made.room.code))
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await read(over)
    assert ended.value.code() == grpc.StatusCode.NOT_FOUND

    made = await rooms.CreateRoom(CreateRoomRequest())
    going = rooms.WatchRoom(WatchRoomRequest(code=made.room.code))
    await read(going)
    service.api.rooms.drain()
    with pytest.raises(grpc.aio.AioRpcError) as sent:
        await read(going)
    assert reason_of(sent.value) == "ERROR_REASON_DRAINING"
