"""What the calls of the service answer, and how they refuse."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc
from made_up_log import ALL_LANES, ORIGIN_MILLIS, STEP_MILLIS, canonical
from reading import WAYS

from racetime import keys
from racetime.v1 import race_service_pb2 as messages
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import SESSION_PHASE_ENDED
from racetime.v1.track_pb2 import Circuit
from racetime.v1.update_record_pb2 import (
    FEED_CONDITION_ALIVE,
    FEED_CONDITION_DEAD,
    FEED_CONDITION_IDLE,
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TIMING,
    FeedStatus,
)
from racetime_api.encoding import snapshot_message, update_message
from racetime_api.requests import snapshot_wish, watch_wish
from racetime_api.service import SERVICE


async def refused(call: Any) -> tuple[grpc.StatusCode, dict[str, Any]]:
    """Give the status and the details of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    details: dict[str, Any] = {}
    metadata = dict(caught.value.trailing_metadata())
    status = Status.FromString(metadata.get("grpc-status-details-bin", b""))
    for packed in status.details:
        for kind in (ErrorInfo, BadRequest, RetryInfo):
            detail = kind()
            if packed.Unpack(detail):
                details[kind.__name__] = detail
    return caught.value.code(), details


def report(**fields: Any) -> bytes:
    status = FeedStatus(condition=fields.pop("condition", FEED_CONDITION_ALIVE), **fields)
    status.reported_time.GetCurrentTime()
    return status.SerializeToString()


async def test_a_snapshot_is_the_state_with_each_field_once(service, writer):
    await writer.write(25, keyframe_every=10)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    lanes = [LANE_TIMING, LANE_MOTION, LANE_HISTORY]
    answer = await service.stub.GetSnapshot(messages.GetSnapshotRequest(lanes=lanes))
    assert (answer.session_key, answer.sequence, answer.log_revision) == (9693, 26, 1)
    assert answer.race_time.ToMilliseconds() == 1_742_090_400_000 + writer.race_offset_millis
    reader = service.watch(lanes=lanes)
    await reader.read()
    reader.state.CopyFrom(answer.state)
    assert reader.agrees_with(writer, lanes)


async def test_a_snapshot_has_timing_and_motion_when_no_lanes_are_named(service, writer):
    await writer.write(25, keyframe_every=10)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    answer = await service.stub.GetSnapshot(messages.GetSnapshotRequest())
    named = messages.GetSnapshotRequest(lanes=[LANE_TIMING, LANE_MOTION])
    assert answer == await service.stub.GetSnapshot(named)
    assert not answer.state.laps


async def test_the_bytes_of_a_snapshot_hold_no_field_twice(service, writer):
    await writer.write(5)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    channel = service.api.hub.live
    request = messages.GetSnapshotRequest()
    first = channel.encodings.state(snapshot_wish(request).selection)
    assert first is channel.encodings.state(snapshot_wish(request).selection)
    parsed = messages.GetSnapshotResponse.FromString(first)
    assert len(first) == parsed.ByteSize()


async def test_what_json_is_made_of_holds_no_field_twice(service, writer):
    await writer.write(25)
    await service.until(lambda: service.api.hub.live.window.newest.sequence == writer.sequence)
    request = messages.WatchRaceRequest(lanes=ALL_LANES)
    call = service.stub.WatchRace(request, metadata=(("racetime-form", "merged"),))
    first = await call.read()
    assert canonical(first.snapshot, writer.race_offset_millis) == canonical(
        writer.truth, writer.race_offset_millis
    )
    window = service.api.hub.live.window
    for merged in (True, False):
        selection = watch_wish(request, merged=merged).selection
        for message in (
            snapshot_message(window, window.state(), selection),
            update_message(window.since(5), 5, selection),
        ):
            once = messages.WatchRaceResponse.FromString(message).ByteSize()
            assert (len(message) == once) is merged


async def test_without_a_live_session_there_is_no_snapshot(open_service):
    async with open_service() as service:
        code, details = await refused(service.stub.GetSnapshot(messages.GetSnapshotRequest()))
        assert code == grpc.StatusCode.NOT_FOUND
        assert details["ErrorInfo"].reason == "ERROR_REASON_NO_LIVE_SESSION"
        assert details["ErrorInfo"].domain == "racetime"


@pytest.mark.parametrize("way", WAYS)
async def test_a_session_without_a_log_is_not_found(service):
    code, details = await refused(
        service.stub.GetSnapshot(messages.GetSnapshotRequest(session_key=5))
    )
    assert code == grpc.StatusCode.NOT_FOUND
    assert details["ErrorInfo"].reason == "ERROR_REASON_SESSION_NOT_FOUND"
    code, details = await refused(service.watch(session_key=5).read())
    assert code == grpc.StatusCode.NOT_FOUND


async def test_a_snapshot_of_an_instant_is_the_state_as_of_then(open_service, writer):
    truths = {}
    for _ in range(80):
        await writer.write(1, keyframe_every=20)
        truths[writer.sequence] = RaceState()
        truths[writer.sequence].CopyFrom(writer.truth)
    # The window holds the end of the log only.
    async with open_service(window_updates=10) as service:
        for sequence in (2, 19, 20, 21, 55, 81):
            at = Timestamp()
            at.FromMilliseconds(ORIGIN_MILLIS + sequence * STEP_MILLIS + STEP_MILLIS // 2)
            request = messages.GetSnapshotRequest(race_time=at, lanes=ALL_LANES)
            answer = await service.stub.GetSnapshot(request)
            assert answer.sequence == sequence
            offset = sequence * STEP_MILLIS
            assert canonical(answer.state, offset) == canonical(truths[sequence], offset)
            assert answer.race_time.ToMilliseconds() == ORIGIN_MILLIS + offset


@pytest.mark.parametrize("way", WAYS)
async def test_history_is_told_up_to_an_instant(service, make_writer):
    writer = await make_writer(7).begin(live=False)
    await writer.write(80, keyframe_every=20)
    # It may still grow: nobody is to keep what there is of it.
    call = service.stub.GetHistory(messages.GetHistoryRequest(session_key=7))
    await call
    assert "cache-control" not in dict(await call.initial_metadata())
    over = RaceState()
    over.clock.phase = SESSION_PHASE_ENDED
    await writer.write_state(over)
    window = service.api.hub.channels[7].window
    await service.until(lambda: window.newest.sequence == writer.sequence)
    call = service.stub.GetHistory(messages.GetHistoryRequest(session_key=7))
    whole = await call
    assert whole.sequence == writer.sequence
    assert list(whole.lap_millis) == [
        lap.lap_millis for _, lap in sorted(writer.truth.laps.items())
    ]
    assert dict(await call.initial_metadata())["cache-control"] == "public, max-age=300"
    at = Timestamp()
    at.FromMilliseconds(ORIGIN_MILLIS + 50 * STEP_MILLIS)
    past = await service.stub.GetHistory(messages.GetHistoryRequest(session_key=7, race_time=at))
    assert (past.sequence, len(past.lap_millis)) == (50, 50 // 3)


async def test_the_live_history_is_not_cached(service, writer):
    call = service.stub.GetHistory(messages.GetHistoryRequest(session_key=writer.session_key))
    await call
    assert "cache-control" not in dict(await call.initial_metadata())


async def test_sessions_tell_what_their_logs_hold(service, writer):
    await writer.write(30, keyframe_every=10)
    change = RaceState()
    change.clock.phase = SESSION_PHASE_ENDED
    await writer.write_state(change)
    answer = await service.stub.ListSessions(messages.ListSessionsRequest())
    [summary] = answer.sessions
    assert summary.first_race_offset_millis == STEP_MILLIS
    assert summary.race_offset_millis == writer.race_offset_millis
    assert summary.phase == SESSION_PHASE_ENDED
    assert sorted(summary.lanes) == sorted(ALL_LANES)


@pytest.mark.parametrize(
    ("request_fields", "field"),
    [
        ({"lanes": [1, 0]}, "lanes[1]"),
        ({"lanes": [77]}, "lanes[0]"),
        ({"session_key": 0}, "session_key"),
        ({"driver_numbers": [44, -1]}, "driver_numbers[1]"),
        ({"driver_numbers": [1] * 101}, "driver_numbers"),
        ({"min_interval_millis": -1}, "min_interval_millis"),
        ({"min_interval_millis": 10_001}, "min_interval_millis"),
        ({"after": messages.ResumePoint(session_key=1, sequence=-1)}, "after.sequence"),
        ({"after": messages.ResumePoint(sequence=1)}, "after.session_key"),
        ({"delay_millis": -1}, "delay_millis"),
        ({"delay_millis": 21_600_001}, "delay_millis"),
        ({"speed": 2.0}, "speed"),
        ({"race_time": Timestamp(seconds=5), "speed": 0.2}, "speed"),
        ({"race_time": Timestamp(seconds=5), "speed": float("nan")}, "speed"),
        ({"race_time": Timestamp(seconds=-5)}, "race_time"),
        ({"race_time": Timestamp(seconds=2**40)}, "race_time"),
        ({"race_time": Timestamp(nanos=-1)}, "race_time"),
        ({"race_time": Timestamp(seconds=1, nanos=1_000_000_000)}, "race_time"),
    ],
)
async def test_a_request_out_of_range_names_the_field(service, request_fields, field):
    code, details = await refused(service.watch(**request_fields).read())
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert details["ErrorInfo"].reason == "ERROR_REASON_INVALID_REQUEST"
    assert [violation.field for violation in details["BadRequest"].field_violations] == [field]
    assert service.api.hub.watchers == 0


@pytest.mark.parametrize("way", WAYS)
async def test_a_full_server_says_when_to_come_again(open_service, writer):
    async with open_service(max_watchers=1) as service:
        await service.watch().read()
        code, details = await refused(service.watch().read())
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert details["ErrorInfo"].reason == "ERROR_REASON_SERVER_FULL"
        assert 5 <= details["RetryInfo"].retry_delay.ToSeconds() <= 10


async def test_sessions_are_listed_newest_first(service, writer, make_writer, redis):
    await make_writer(9600).begin(live=False)
    await redis.hset(keys.SESSIONS, "junk", b"\xff\xff")
    await redis.hset(keys.SESSIONS, "9999", b"")
    await writer.write(3)
    answer = await service.stub.ListSessions(messages.ListSessionsRequest())
    rows = [(s.session.session_key, s.live, s.sequence) for s in answer.sessions]
    assert rows == [(9693, True, 4), (9600, False, 1)]
    assert answer.sessions[0].race_offset_millis == writer.race_offset_millis


async def test_a_circuit_is_given_as_it_lies_in_redis(service, redis):
    circuit = Circuit(circuit_key=10, x_decimeters=[1, -2], length_meters=5278)
    await redis.set(keys.circuit(10), circuit.SerializeToString())
    answer = await service.stub.GetCircuit(messages.GetCircuitRequest(circuit_key=10))
    assert answer.circuit == circuit
    code, details = await refused(
        service.stub.GetCircuit(messages.GetCircuitRequest(circuit_key=11))
    )
    assert code == grpc.StatusCode.NOT_FOUND
    assert details["ErrorInfo"].reason == "ERROR_REASON_CIRCUIT_NOT_FOUND"


@pytest.mark.parametrize(
    ("condition", "feed"), [(FEED_CONDITION_ALIVE, "ok"), (FEED_CONDITION_IDLE, "idle")]
)
async def test_health_is_ok_while_the_poller_reports(service, redis, condition, feed):
    await redis.set(keys.FEED, report(condition=condition))
    answer = await service.stub.GetHealth(messages.GetHealthRequest())
    assert (answer.status, answer.redis, answer.feed) == ("ok", "ok", feed)
    assert not answer.HasField("feed_age_seconds")
    assert answer.poller_age_seconds < 5
    assert (answer.session_key, answer.sequence) == (9693, 1)


async def test_health_fails_when_the_feed_is_dead_or_silent(service, redis):
    for data in (report(condition=FEED_CONDITION_DEAD), FeedStatus().SerializeToString(), b"\xff"):
        await redis.set(keys.FEED, data)
        code, details = await refused(service.stub.GetHealth(messages.GetHealthRequest()))
        assert code == grpc.StatusCode.UNAVAILABLE
        assert details["ErrorInfo"].reason == "ERROR_REASON_FEED_DEAD"
        assert details["ErrorInfo"].metadata["redis"] == "ok"


async def test_grpc_health_serves_the_whole_and_the_service(service):
    async with grpc.aio.insecure_channel(service.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE.full_name):
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_bytes_that_are_no_request_harm_nobody(service):
    async with grpc.aio.insecure_channel(service.address) as channel:
        call = channel.unary_unary(f"/{SERVICE.full_name}/GetSnapshot")(b"\xff\xff\xff")
        with pytest.raises(grpc.aio.AioRpcError):
            await call
    assert (await service.stub.GetSnapshot(messages.GetSnapshotRequest())).sequence == 1


async def test_every_method_of_the_contract_is_answered(service):
    async with grpc.aio.insecure_channel(service.address) as channel:
        for method in SERVICE.methods:
            if method.server_streaming:
                continue
            call = channel.unary_unary(f"/{SERVICE.full_name}/{method.name}")(b"")
            answered = await call.code() != grpc.StatusCode.UNIMPLEMENTED
            assert answered or "not offered yet" in await call.details(), method.name


async def test_grpcurl_lists_and_reads_without_proto_files(service):
    grpcurl = Path(sys.executable).parent / "grpcurl"
    if not grpcurl.exists():
        pytest.skip("grpcurl is not installed")
    listed = await _run(str(grpcurl), "-plaintext", service.address, "list")
    assert {"grpc.health.v1.Health", "racetime.v1.RaceService"} <= set(listed.split())
    method = "racetime.v1.RaceService/GetSnapshot"
    assert "9693," in await _run(str(grpcurl), "-plaintext", service.address, method)
    watch = "racetime.v1.RaceService/WatchRace"
    streamed = await _run(str(grpcurl), "-plaintext", "-max-time", "1", service.address, watch)
    assert '"snapshot"' in streamed


async def _run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()
