"""A reader of events is told of each that it wants, and of those that turned out untrue."""

import asyncio

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from made_up_log import ORIGIN_MILLIS, STEP_MILLIS

from racetime.v1.history_pb2 import (
    RACE_EVENT_KIND_FLAG,
    RACE_EVENT_KIND_OVERTAKE,
    RACE_EVENT_KIND_PIT_STOP,
)
from racetime.v1.race_service_pb2 import ResumePoint, WatchEventsRequest
from racetime.v1.race_state_pb2 import RaceState


def event(key: str, kind: int, driver: int | None = None, other: int | None = None) -> RaceState:
    state = RaceState()
    entry = state.events[key]
    entry.kind = kind
    if driver is not None:
        entry.driver_number = driver
    if other is not None:
        entry.other_driver_number = other
    return state


EVENTS = {
    "overtake/1": event("overtake/1", RACE_EVENT_KIND_OVERTAKE, 44, 1),
    "pit_stop/1": event("pit_stop/1", RACE_EVENT_KIND_PIT_STOP, 1),
    "flag/1": event("flag/1", RACE_EVENT_KIND_FLAG),
    "overtake/2": event("overtake/2", RACE_EVENT_KIND_OVERTAKE, 63, 16),
}


class Reader:
    """Keeps events by their ids, as the contract says."""

    def __init__(self, call) -> None:
        self.call, self.events, self.sequence = call, {}, 0

    async def read_until(self, sequence: int) -> None:
        async with asyncio.timeout(10):
            while self.sequence < sequence:
                message = await self.call.read()
                if message.HasField("session_key"):
                    self.events.clear()
                for key, one in message.events.items():
                    if one.ByteSize():
                        self.events[key] = one
                    else:
                        self.events.pop(key, None)
                self.sequence = message.sequence


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({}, set(EVENTS)),
        ({"kinds": [RACE_EVENT_KIND_OVERTAKE]}, {"overtake/1", "overtake/2"}),
        ({"driver_numbers": [1]}, {"overtake/1", "pit_stop/1", "flag/1"}),
        ({"kinds": [RACE_EVENT_KIND_PIT_STOP], "driver_numbers": [44]}, set()),
    ],
)
async def test_events_so_far_and_those_to_come_are_told_by_wish(service, writer, wish, told):
    states = list(EVENTS.values())
    for state in states[:2]:
        await writer.write_state(state)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    reader = Reader(service.stub.WatchEvents(WatchEventsRequest(**wish)))
    await reader.read_until(writer.sequence)
    assert set(reader.events) == told & {"overtake/1", "pit_stop/1"}
    for state in states[2:]:
        await writer.write_state(state)
    # One that every reader wants to hear of the end of.
    withdrawn = RaceState()
    withdrawn.events["overtake/9"].Clear()
    await writer.write_state(withdrawn)
    await reader.read_until(writer.sequence)
    assert set(reader.events) == told


async def test_an_event_that_turned_out_untrue_is_withdrawn_after_a_resume(service, writer):
    await writer.write_state(EVENTS["overtake/1"])
    at = writer.sequence
    untrue = RaceState()
    untrue.events["overtake/1"].Clear()
    await writer.write_state(untrue)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    after = ResumePoint(session_key=writer.session_key, log_revision=1, sequence=at)
    reader = Reader(service.stub.WatchEvents(WatchEventsRequest(after=after)))
    reader.events = {"overtake/1": EVENTS["overtake/1"].events["overtake/1"]}
    reader.sequence = at
    await reader.read_until(writer.sequence)
    assert reader.events == {}


async def test_events_of_a_replay_come_when_they_are_due(service, make_writer):
    writer = await make_writer(7).begin(live=False)
    await writer.write(10)
    await writer.keyframe()
    await writer.write(10)
    await writer.write_state(EVENTS["flag/1"])
    start = Timestamp()
    start.FromMilliseconds(ORIGIN_MILLIS + 15 * STEP_MILLIS)
    request = WatchEventsRequest(session_key=7, race_time=start, speed=10.0)
    reader = Reader(service.stub.WatchEvents(request))
    await reader.read_until(15)
    assert reader.events == {}
    await reader.read_until(writer.sequence)
    assert set(reader.events) == {"flag/1"}


async def test_a_kind_that_is_none_is_refused(service):
    call = service.stub.WatchEvents(WatchEventsRequest(kinds=[1, 99]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
