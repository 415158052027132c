"""What a reader of a watch may rely on, through a real server and a real Redis."""

import asyncio
from itertools import combinations
from typing import Any

import grpc
import pytest

from racetime.v1.race_service_pb2 import ResumePoint
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
)

LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY)
SUBSETS = [subset for size in range(1, 5) for subset in combinations(LANES, size)]


def resume(writer: Any, at: int, **changes: int) -> ResumePoint:
    point = {
        "session_key": writer.session_key,
        "log_revision": writer.log_revision,
        "sequence": at,
    }
    return ResumePoint(**point | changes)


@pytest.mark.parametrize("lanes", SUBSETS)
async def test_a_joiner_ends_with_the_truth_of_its_lanes(service, writer, lanes):
    await writer.write(30, keyframe_every=10)
    await writer.write(3)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    reader = service.watch(lanes=lanes)
    first = await reader.read()
    assert first.WhichOneof("body") == "snapshot"
    assert (first.session_key, first.log_revision, first.sequence) == (9693, 1, writer.sequence)
    assert reader.agrees_with(writer, lanes)
    await writer.write(7, keyframe_every=5)
    async with asyncio.timeout(5):
        while not reader.agrees_with(writer, lanes):
            await reader.read()


async def test_lanes_default_to_timing_and_motion(service, writer):
    reader = service.watch()
    await reader.read()
    assert reader.agrees_with(writer, (LANE_TIMING, LANE_MOTION))


async def test_telemetry_comes_of_the_chosen_drivers_only(service, writer):
    await writer.write(9)
    reader = service.watch(lanes=[LANE_TELEMETRY], driver_numbers=[44])
    await reader.read()
    await writer.write(6)
    async with asyncio.timeout(5):
        while not reader.agrees_with(writer, [LANE_TELEMETRY], drivers=[44]):
            await reader.read()
    assert {batch.driver_number for batch in reader.state.telemetry} == {44}


async def test_a_reader_resumes_with_updates_only(service, writer):
    await writer.write(60)
    reader = service.watch(lanes=LANES)
    await reader.read()
    reader.call.cancel()
    await writer.write(12, keyframe_every=5)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    again = service.watch(lanes=LANES, after=resume(writer, reader.sequence))
    reader.call, reader.kinds = again.call, []
    await reader.read_until(writer.sequence)
    assert set(reader.kinds) == {"update"}
    assert reader.agrees_with(writer)
    assert service.count("watches_begun_total", outcome="update") == 1


async def test_a_reader_in_step_gets_no_snapshot(service, writer):
    await service.watch().read()
    reader = service.watch(after=resume(writer, writer.sequence))
    message = await reader.read()
    assert message.WhichOneof("body") == "heartbeat"
    assert message.sequence == writer.sequence
    await writer.write()
    assert (await reader.read()).WhichOneof("body") == "update"


@pytest.mark.parametrize(
    "changes", [{"sequence": 99}, {"log_revision": 2}, {"session_key": 1}, {"log_revision": 0}]
)
async def test_a_resume_point_of_something_else_gets_a_snapshot(service, writer, changes):
    await service.watch().read()
    reader = service.watch(after=resume(writer, 1, **changes))
    assert (await reader.read()).WhichOneof("body") == "snapshot"
    assert service.count("watches_begun_total", outcome="snapshot") == 1


async def test_a_resume_point_that_has_left_the_window_gets_a_snapshot(open_service, writer):
    async with open_service(window_updates=5) as service:
        await service.watch().read()
        await writer.write(40, keyframe_every=10)
        await service.until(lambda: service.api.hub.live.window.newest.sequence == 41)
        reader = service.watch(lanes=LANES, after=resume(writer, 3))
        assert (await reader.read()).WhichOneof("body") == "snapshot"
        assert reader.agrees_with(writer)


async def test_a_reader_goes_on_at_another_replica_without_a_snapshot(open_service, writer):
    async with open_service() as first:
        await writer.write(20, keyframe_every=10)
        reader = first.watch(lanes=LANES)
        await reader.read()
    await writer.write(5, keyframe_every=10)
    async with open_service() as second:
        reader.call = second.watch(lanes=LANES, after=resume(writer, reader.sequence)).call
        await reader.read_until(writer.sequence)
        assert reader.kinds == ["snapshot", "update"]
        assert reader.agrees_with(writer)


async def test_a_new_replica_serves_resumes_from_before_the_newest_keyframe(open_service, writer):
    await writer.write(5)
    await writer.keyframe()
    await writer.write(5)
    await writer.keyframe()
    async with open_service() as service:
        reader = service.watch(lanes=LANES, after=resume(writer, 8))
        assert (await reader.read()).WhichOneof("body") == "update"
        assert reader.sequence == writer.sequence


async def test_updates_within_the_shortest_interval_are_joined(service, writer):
    await writer.write(60)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == 61)
    reader = service.watch(lanes=LANES, min_interval_millis=300)
    await reader.read()
    await writer.write(30)
    await reader.read_until(writer.sequence)
    assert len(reader.kinds) < 6
    assert reader.agrees_with(writer)
    await service.until(lambda: service.count("updates_coalesced_total") > 20)


async def test_an_update_of_other_lanes_only_is_not_sent_but_told_by_a_heartbeat(
    open_service, writer
):
    async with open_service(heartbeat_seconds=0.3) as service:
        reader = service.watch(lanes=[LANE_HISTORY])
        await reader.read()
        await writer.write(1)  # sequence 2 holds no lap
        message = await reader.read()
        assert message.WhichOneof("body") == "heartbeat"
        await reader.read_kind("heartbeat")
        assert reader.sequence == 2
        assert message.heartbeat.period_millis == 300
        await writer.write(1)  # sequence 3 does
        await reader.read_kind("update")
        assert reader.agrees_with(writer, [LANE_HISTORY])


async def test_a_heartbeat_does_not_tell_of_updates_that_are_held_back(open_service, writer):
    async with open_service(heartbeat_seconds=0.05) as service:
        reader = service.watch(min_interval_millis=400)
        await reader.read()
        await writer.write()
        await reader.read_until(2)
        await writer.write()
        message = await reader.read_kind("heartbeat")
        assert message.sequence == 2
        await reader.read_kind("update")
        assert reader.sequence == 3


async def test_a_watch_without_a_live_session_waits_for_one(open_service, make_writer):
    async with open_service(heartbeat_seconds=0.1) as service:
        reader = service.watch()
        assert (await reader.read()).WhichOneof("body") == "heartbeat"
        writer = await make_writer().begin()
        await reader.read_kind("snapshot")
        assert reader.session_key == writer.session_key


async def test_a_live_watch_follows_when_the_session_changes(service, writer, make_writer):
    reader = service.watch(lanes=LANES)
    await reader.read()
    other = await make_writer(9694).begin()
    change = await reader.read_kind("session_change")
    assert change.session_change.previous_session_key == writer.session_key
    assert change.session_change.session_key == other.session_key
    assert (await reader.read_kind("snapshot")).session_key == other.session_key
    await other.write(3)
    await reader.read_until(4)
    assert reader.agrees_with(other)


async def test_a_named_session_is_watched_though_another_is_live(service, writer, make_writer):
    other = await make_writer(9694).begin(live=False)
    reader = service.watch(session_key=other.session_key, lanes=LANES)
    await reader.read()
    await other.write(3)
    await reader.read_until(4)
    assert reader.agrees_with(other)


async def test_a_session_that_nobody_watches_is_dropped_after_a_while(
    open_service, writer, make_writer
):
    other = await make_writer(9694).begin(live=False)
    async with open_service(linger_seconds=0.01) as service:
        reader = service.watch(session_key=other.session_key)
        await reader.read()
        reader.call.cancel()
        await service.until(lambda: list(service.api.hub.channels) == [writer.session_key])


async def test_a_log_that_is_built_again_is_sent_whole(service, writer, make_writer):
    await writer.write(20)
    reader = service.watch(lanes=LANES)
    await reader.read()
    again = await make_writer(log_revision=2).begin()
    await again.write(3)
    while reader.log_revision != 2:
        await reader.read_kind("snapshot")
    await reader.read_until(4)
    assert reader.agrees_with(again)


async def test_a_client_that_leaves_frees_its_watcher_at_once(service, writer):
    readers = [service.watch() for _ in range(5)]
    for reader in readers:
        await reader.read()
    assert service.count("watchers", kind="live") == 5
    for reader in readers:
        reader.call.cancel()
    async with asyncio.timeout(1):
        await service.until(lambda: service.api.hub.watchers == 0)
    assert service.count("watchers", kind="live") == 0
    assert service.api.hub.channels[writer.session_key].holders == 1


async def test_a_full_server_refuses_and_says_when_to_come_again(open_service, writer):
    async with open_service(max_watchers=1) as service:
        await service.watch().read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.watch().read()
        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_slow_reader_costs_no_memory_and_ends_with_the_truth(open_service, writer):
    options = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65_536))
    async with (
        open_service(window_updates=50) as service,
        grpc.aio.insecure_channel(service.address, options=options) as channel,
    ):
        service.stub = RaceServiceStub(channel)
        reader = service.watch(lanes=LANES)
        await reader.read()
        state = type(writer.truth)()
        for sequence in range(400):
            state.Clear()
            state.drivers[1].full_name = f"{sequence} " + "x" * 20_000
            await writer.write_state(state)
            if sequence % 20 == 0:
                await writer.keyframe()
        await service.until(lambda: service.api.hub.live.window.newest.sequence == 401)
        window = service.api.hub.live.window
        assert window.size_bytes <= 51 * 21_000
        # The transport has taken what its buffers hold; the rest was never written.
        assert service.count("bytes_sent_total") < 1_500_000
        await reader.read_until(401)
        assert reader.agrees_with(writer)
        assert len(reader.kinds) < 100
