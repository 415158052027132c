"""Joining bytes is merging: properties of wire, window and watcher, without a server."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racetime.v1.race_service_pb2 import Heartbeat, WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
    UpdateRecord,
)
from racetime_api.hub import Channel, Hub
from racetime_api.record import EVERYTHING, Record, Selection, from_message
from racetime_api.requests import Resume, WatchWish
from racetime_api.watcher import Watcher
from racetime_api.window import Bounds, Hole, Origins, Window
from racetime_api.wire import varint, watch_response

LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY)
INT32 = st.integers(-(2**31), 2**31 - 1)


@given(sequence=INT32, first=st.none() | INT32, race=INT32, published=INT32, key=st.none() | INT32)
def test_a_written_response_parses_as_the_real_one(sequence, first, race, published, key):
    body = Heartbeat(period_millis=5000).SerializeToString()
    parsed = WatchRaceResponse.FromString(
        watch_response(
            "heartbeat",
            [body],
            sequence=sequence,
            first_sequence=first,
            race_offset_millis=race,
            published_offset_millis=published,
            session_key=key,
            log_revision=key,
        )
    )
    wanted = WatchRaceResponse(
        sequence=sequence,
        first_sequence=first,
        race_offset_millis=race,
        published_offset_millis=published,
        session_key=key,
        log_revision=key,
        heartbeat=Heartbeat(period_millis=5000),
    )
    assert parsed == wanted


def test_a_varint_is_seven_bits_a_byte():
    assert varint(0) == b"\x00"
    assert varint(300) == b"\xac\x02"
    assert len(varint(-1)) == 10


@st.composite
def changes(draw: Any) -> RaceState:
    state = RaceState()
    for number in draw(st.lists(st.integers(1, 4), max_size=2)):
        state.positions[number].position = draw(st.integers(1, 22))
        state.laps[number * 1000].lap_millis = draw(st.integers(0, 90_000))
    if draw(st.booleans()):
        state.progress.current_lap = draw(st.integers(0, 9))
    if draw(st.booleans()):
        state.race_control.add(message=draw(st.sampled_from("abc")))
    if draw(st.booleans()):
        state.motion.add(x_decimeters=draw(st.lists(st.integers(-9, 9), max_size=3)))
    for driver in draw(st.sets(st.sampled_from([1, 44]))):
        state.telemetry.add(driver_number=driver, speed_kph=[draw(st.integers(0, 300))])
    return state


def record(pick: Any, sequence: int, state: RaceState, keyframe: bool = False) -> Record:
    message = UpdateRecord(
        sequence=sequence,
        race_offset_millis=sequence * 100,
        keyframe=keyframe,
        timing=pick(state, [LANE_TIMING]).SerializeToString(),
        motion=pick(state, [LANE_MOTION]).SerializeToString(),
        history=pick(state, [LANE_HISTORY]).SerializeToString(),
    )
    for driver in sorted({batch.driver_number for batch in state.telemetry}):
        own = RaceState(telemetry=[b for b in state.telemetry if b.driver_number == driver])
        message.telemetry[driver] = own.SerializeToString()
    return from_message(message)


def only(state: RaceState, chosen: Any, drivers: Any) -> RaceState:
    from racetime import lanes

    wanted = frozenset().union(*(lanes.FIELDS[lane] for lane in chosen))
    picked = RaceState()
    picked.CopyFrom(state)
    for field in RaceState.DESCRIPTOR.fields:
        if field.name not in wanted:
            picked.ClearField(field.name)
    kept = [b for b in picked.telemetry if not drivers or b.driver_number in drivers]
    kept.sort(key=lambda b: b.driver_number)
    picked.ClearField("telemetry")
    picked.telemetry.extend(kept)
    return picked


class _Group:
    """A task group that starts nothing: these tests fill the channels themselves."""

    def create_task(self, coroutine: Any) -> None:
        coroutine.close()


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make_hub(clock: Any = lambda: 0.0) -> Hub:
    async def follow(channel: Channel) -> None: ...

    hub = Hub(_Group(), follow, clock, max_watchers=10, linger_seconds=1)  # type: ignore[arg-type]
    hub.set_live(1)
    return hub


@settings(max_examples=150, deadline=None)
@given(
    states=st.lists(changes(), min_size=1, max_size=25),
    keyframes=st.sets(st.integers(1, 25)),
    reads=st.lists(st.integers(0, 25), max_size=10),
    chosen=st.sets(st.sampled_from(LANES), min_size=1),
    drivers=st.sets(st.sampled_from([1, 44, 63]), max_size=2),
    bound=st.integers(1, 30),
)
def test_a_reader_that_reads_at_any_moments_ends_with_the_truth(
    states, keyframes, reads, chosen, drivers, bound
):
    clock = _Clock()
    hub = make_hub(clock)
    channel = hub.live
    window = Window(1, 1, Bounds(updates=bound), Origins())
    channel.replace(window)
    watcher = Watcher(hub, WatchWish(None, Selection.of(chosen, drivers)), 5.0)
    truth, merged, told = RaceState(), RaceState(), 0

    def read() -> None:
        nonlocal told
        while (message := watcher.next_message()) is not None:
            response = WatchRaceResponse.FromString(message.data)
            if message.kind == "snapshot":
                merged.CopyFrom(response.snapshot)
            elif message.kind == "update":
                joined = response.HasField("first_sequence")
                assert (response.first_sequence if joined else response.sequence) == told + 1
                merged.MergeFrom(response.update)
            told = response.sequence

    for sequence, state in enumerate(states, start=1):
        truth.MergeFrom(state)
        channel.extend([record(lambda s, c: only(s, c, ()), sequence, state)])
        if sequence in keyframes:
            whole = record(lambda s, c: only(s, c, ()), sequence, truth, keyframe=True)
            channel.extend([whole])
        if sequence in reads:
            read()
    read()
    wanted = only(truth, chosen, drivers).SerializeToString(deterministic=True)
    assert only(merged, chosen, drivers).SerializeToString(deterministic=True) == wanted
    clock.now = 10.0
    read()
    assert told == len(states)
    assert window.update_count <= max(bound, 1) + 1


@given(states=st.lists(changes(), min_size=3, max_size=12), at=st.integers(0, 12))
@settings(deadline=None)
def test_a_reader_that_resumes_anywhere_ends_with_the_truth(states, at):
    hub = make_hub()
    window = Window(1, 1, Bounds(), Origins())
    held, truth = RaceState(), RaceState()
    for sequence, state in enumerate(states, start=1):
        truth.MergeFrom(state)
        if sequence <= at:
            held.MergeFrom(state)
        window.append(record(lambda s, c: only(s, c, ()), sequence, state))
    hub.live.replace(window)
    watcher = Watcher(hub, WatchWish(None, EVERYTHING, Resume(1, 1, min(at, len(states)))), 5.0)
    while (message := watcher.next_message()) is not None:
        assert message.kind in {"update", "heartbeat"}
        held.MergeFrom(WatchRaceResponse.FromString(message.data).update)
    wanted = only(truth, LANES, ()).SerializeToString(deterministic=True)
    assert only(held, LANES, ()).SerializeToString(deterministic=True) == wanted


def test_one_encoding_is_shared_by_all_readers_of_a_class():
    hub = make_hub()
    window = Window(1, 1, Bounds(), Origins())
    window.append(Record(1, 0, 0, timing=b"\x0a\x00"))
    hub.live.replace(window)
    wish = WatchWish(None, EVERYTHING)
    watchers = [Watcher(hub, wish, 5.0) for _ in range(3)]
    snapshots = [watcher.next_message() for watcher in watchers]
    hub.live.extend([Record(2, 1, 1, timing=b"\x0a\x00")])
    updates = [watcher.next_message() for watcher in watchers]
    for messages in (snapshots, updates):
        assert all(message.data is messages[0].data for message in messages)


def test_a_missing_update_is_a_hole_and_a_repeated_one_is_nothing():
    window = Window(1, 1, Bounds(), Origins())
    assert window.append(Record(1, 0, 0))
    assert not window.append(Record(1, 0, 0))
    with pytest.raises(Hole):
        window.append(Record(3, 0, 0))


def test_a_log_without_keyframes_is_folded_and_stays_within_bounds():
    window = Window(1, 1, Bounds(updates=10), Origins())
    truth = RaceState()
    for sequence in range(1, 200):
        state = RaceState()
        state.positions[sequence % 3].position = sequence
        state.motion.add(race_offset_millis=sequence * 100)
        truth.MergeFrom(state)
        window.append(record(lambda s, c: only(s, c, ()), sequence, state))
    assert window.update_count <= 11
    parsed = RaceState.FromString(b"".join(EVERYTHING.parts(window.state())))
    assert parsed.positions == truth.positions
    assert list(parsed.motion)[-90:] == list(truth.motion)[-90:]
    assert len(parsed.motion) < 130


def test_telemetry_of_all_is_for_who_names_no_driver_and_unpacks_it():
    record = Record(2, 1, 1, telemetry={1: b"one", 2: b"two"}, telemetry_of_all=b"all")
    bare = Record(3, 1, 1, telemetry={1: b"one", 2: b"two"})
    wishes = {"all": (), "two": (2,)}
    for lane, drivers in wishes.items():
        chosen = Selection.of([LANE_TELEMETRY], drivers)
        assert chosen.parts([record]) == [lane.encode()]
    assert Selection.of([LANE_TELEMETRY]).parts([bare]) == [b"one", b"two"]
    assert Selection.of([LANE_TELEMETRY], merged=True).parts([record]) == [b"one", b"two"]
