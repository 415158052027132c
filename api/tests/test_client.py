"""The client that third parties install holds the truth, through whatever cuts it off."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from made_up_log import ALL_LANES, ORIGIN_MILLIS, STEP_MILLIS, canonical

from racetime.client import Gap, Race, watch
from racetime.v1.race_service_pb2 import WatchRaceResponse


def holds(race: Race, writer: Any) -> bool:
    offset = writer.race_offset_millis
    return canonical(race.state, offset) == canonical(writer.truth, offset)


async def test_a_watch_holds_the_truth_and_resumes_at_another_server(
    open_service, writer, unused_tcp_port
):
    address = f"127.0.0.1:{unused_tcp_port}"
    async with asyncio.timeout(20), aclosing(watch(address, lanes=ALL_LANES)) as races:
        async with open_service(listen=address, drain_seconds=0.5):
            race = await anext(races)
            assert (race.session_key, race.sequence) == (writer.session_key, 1)
            await writer.write(20, keyframe_every=8)
            while race.sequence < writer.sequence:
                race = await anext(races)
            assert holds(race, writer)
        await writer.write(7)
        async with open_service(listen=address) as service:
            while race.sequence < writer.sequence:
                race = await anext(races)
            assert holds(race, writer)
            assert service.count("watches_begun_total", outcome="update") == 1
    assert race.race_time == datetime.fromtimestamp(ORIGIN_MILLIS / 1000, UTC) + timedelta(
        milliseconds=writer.race_offset_millis
    )
    assert race.order()[0] in race.state.positions


async def test_a_replay_begins_at_an_instant_and_runs_at_its_speed(service, make_writer):
    writer = await make_writer(7).begin(live=False)
    await writer.write(60, keyframe_every=20)
    start = datetime.fromtimestamp((ORIGIN_MILLIS + 30 * STEP_MILLIS) / 1000, UTC)
    told = watch(service.address, session_key=7, start=start, speed=20.0)
    async with asyncio.timeout(20), aclosing(told) as races:
        race = await anext(races)
        # A step goes by in 12 ms: a busy machine may be some behind.
        assert 30 <= race.sequence < 50
        while race.sequence < writer.sequence:
            race = await anext(races)


async def test_a_session_that_is_not_there_is_an_error(service):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await anext(watch(service.address, session_key=5))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_gap_is_noticed_and_old_positions_are_let_go():
    race = Race()
    race.take(WatchRaceResponse(sequence=3, session_key=9, snapshot={}))
    with pytest.raises(Gap):
        race.take(WatchRaceResponse(sequence=5, update={}))
    for sequence in range(4, 400):
        offset = sequence * 1_000
        batch = {"race_offset_millis": offset, "driver_numbers": [1]}
        message = WatchRaceResponse(
            sequence=sequence, race_offset_millis=offset, update={"motion": [batch]}
        )
        assert race.take(message)
    assert 30 <= len(race.state.motion) < 100
