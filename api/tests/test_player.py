"""A reader behind the live edge is always told of exactly what is due, and holds its state."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_log import ORIGIN_MILLIS, STEP_MILLIS, canonical, change_at, pick, record_of

from racetime.v1.race_service_pb2 import WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
)
from racetime_api.hub import Channel, Hub
from racetime_api.player import Player
from racetime_api.record import Record, Selection, from_message
from racetime_api.reel import Reels
from racetime_api.requests import WatchWish
from racetime_api.store import BrokenLog, Cut, Unreachable
from racetime_api.window import Bounds, Origins, Window

LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY)
KEYFRAME_EVERY = 20
WALL = ORIGIN_MILLIS / 1000
ORIGINS = Origins(ORIGIN_MILLIS, ORIGIN_MILLIS)


class Log:
    """A log in memory, all of it or as far as it is written; and the store that reads it."""

    def __init__(self, count: int) -> None:
        self.truths = [RaceState()]
        self.records: list[Record] = []
        self.away = False
        self.reads = 0
        for sequence in range(1, count + 1):
            change, truth = change_at(sequence), RaceState()
            truth.CopyFrom(self.truths[-1])
            truth.MergeFrom(change)
            self.truths.append(truth)
            self.records.append(from_message(record_of(sequence, change)))
            if sequence % KEYFRAME_EVERY == 1:
                self.records.append(from_message(record_of(sequence, truth, keyframe=True)))

    async def cuts(self, session_key: int) -> list[Cut]:
        await asyncio.sleep(0)
        if self.away:
            raise Unreachable("away")
        return [
            Cut(record.sequence, str(index), ORIGIN_MILLIS + record.race_offset_millis)
            for index, record in enumerate(self.records)
            if record.keyframe
        ]

    async def between(
        self, session_key: int, log_revision: int, first: Cut, end: Cut | None
    ) -> list[Record]:
        await asyncio.sleep(0)
        self.reads += 1
        stop = int(end.entry_id) if end is not None else len(self.records)
        return self.records[int(first.entry_id) : stop]

    def window(self, upto: int, bound: int = 30) -> Window:
        """What is in memory once so many updates are written."""
        window = Window(1, 1, Bounds(updates=bound), ORIGINS)
        for record in self.records:
            if record.sequence <= upto:
                window.append(record)
        return window


class Clock:
    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Reader:
    """Does with messages what the contract says."""

    def __init__(self) -> None:
        self.state = RaceState()
        self.sequence = 0
        self.race_offset_millis = 0
        self.kinds: list[str] = []

    def take(self, data: bytes) -> None:
        message = WatchRaceResponse.FromString(data)
        kind = message.WhichOneof("body")
        self.kinds.append(kind)
        if kind == "snapshot":
            self.state.CopyFrom(message.snapshot)
        elif kind == "update":
            joined = message.HasField("first_sequence")
            assert (message.first_sequence if joined else message.sequence) == self.sequence + 1
            self.state.MergeFrom(message.update)
        self.sequence = message.sequence
        self.race_offset_millis = message.race_offset_millis


class Stage:
    """A player, its clocks, and what it plays."""

    def __init__(self, log: Log, upto: int, *, live: bool = True, **wish: Any) -> None:
        async def follow(channel: Channel) -> None: ...

        class Group:
            def create_task(self, coroutine: Any) -> None:
                coroutine.close()

        self.log, self.clock = log, Clock()
        group: Any = Group()
        self.hub = Hub(group, follow, self.clock, max_watchers=10, linger_seconds=1)
        self.hub.set_live(1 if live else 2)
        self.channel = self.hub.hold(1)
        self.channel.replace(log.window(upto))
        # The race and the wall go on together: update n is published 40 ms after it happens.
        self.wall = Clock(WALL + upto * STEP_MILLIS / 1000 + 0.041)
        selection = Selection.of(wish.pop("lanes", LANES))
        store: Any = log
        self.reels = Reels(store, 10_000_000)
        self.player = Player(
            self.hub,
            WatchWish(1, selection, **wish),
            5.0,
            lambda outcome: None,
            self.reels,
            self.wall,
        )
        self.reader = Reader()

    async def read(self) -> None:
        """Take all that is due."""
        for _ in range(500):
            await self.player.prepare()
            message = self.player.next_message()
            if message is None:
                # A second look: what was prepared may be due.
                await self.player.prepare()
                message = self.player.next_message()
            if message is None:
                return
            self.reader.take(message.data)
        pytest.fail("there is no end to what is due")

    def go_on(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.now += seconds
        self.wall.now += seconds

    def write(self, sequence: int) -> None:
        """Let the log's next records come to be known."""
        window = self.channel.window
        assert window is not None
        before = window.newest.sequence
        records = [
            record
            for record in self.log.records
            if before < record.sequence <= sequence
            or (record.keyframe and record.sequence == before)
        ]
        self.channel.extend(records)

    def holds(self, sequence: int, lanes: tuple[int, ...] = LANES) -> bool:
        """Tell whether the reader holds the state as of an update."""
        offset = sequence * STEP_MILLIS
        wanted = pick(self.log.truths[sequence], lanes)
        return canonical(self.reader.state, offset) == canonical(wanted, offset)


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(400)


def instant(sequence: float) -> int:
    return ORIGIN_MILLIS + round(sequence * STEP_MILLIS)


@settings(max_examples=60, deadline=None)
@given(
    begin=st.integers(1, 400),
    speed=st.sampled_from([0.25, 0.5, 1.0, 2.0, 7.5, 60.0]),
    seed=st.integers(0, 2**16),
    steps=st.integers(1, 12),
)
async def test_a_replay_is_told_of_what_is_due_and_of_nothing_else(log, begin, speed, seed, steps):
    stage = Stage(log, 400, live=False, race_millis=instant(begin), speed=speed)
    await stage.read()
    assert (stage.reader.kinds[0] == "snapshot", stage.reader.sequence) == (True, begin)
    assert stage.holds(begin)
    chance, passed = random.Random(seed), 0.0
    for _ in range(steps):
        seconds = chance.choice([0.05, 0.3, 1.0, 4.0]) / speed
        passed += seconds
        stage.go_on(seconds + 1e-6)
        await stage.read()
        stage.go_on(0.1)
        passed += 0.1
        await stage.read()
        due = min(400, begin + int((passed + 1e-5) * 1000 * speed / STEP_MILLIS))
        assert abs(stage.reader.sequence - due) <= 1
        assert stage.holds(stage.reader.sequence)


@pytest.mark.parametrize("delay", [1, 10, 37, 90])
async def test_a_delayed_reader_is_told_of_everything_so_much_later(log, delay):
    stage = Stage(log, 380, delay_millis=delay * 1000)
    await stage.read()
    behind = delay * 1000 // STEP_MILLIS
    assert stage.reader.sequence == max(1, 380 - behind)
    assert stage.holds(stage.reader.sequence)
    for sequence in range(381, 401):
        stage.go_on(STEP_MILLIS / 1000)
        stage.write(sequence)
        await stage.read()
        assert stage.reader.sequence == max(1, sequence - behind)
        assert stage.holds(stage.reader.sequence)
    # The log is silent now: what is left of the delay is played on.
    for _ in range(10):
        stage.go_on(delay / 10)
        await stage.read()
    assert stage.reader.sequence == 400
    assert stage.holds(400)
    assert stage.reader.kinds.count("snapshot") == 1


async def test_a_replay_that_catches_up_with_the_live_session_goes_on_live(log):
    stage = Stage(log, 300, race_millis=instant(280), speed=4.0)
    await stage.read()
    assert stage.reader.sequence == 280
    for sequence in range(301, 321):
        stage.go_on(STEP_MILLIS / 1000)
        stage.write(sequence)
        await stage.read()
    assert stage.reader.sequence == 320
    # Live: told at once, whatever the playhead would say.
    stage.write(330)
    await stage.read()
    assert stage.reader.sequence == 330
    assert stage.holds(330)
    assert stage.reader.kinds.count("snapshot") == 1


async def test_a_replay_at_the_speed_of_the_race_never_catches_up(log):
    stage = Stage(log, 300, race_millis=instant(200))
    await stage.read()
    for sequence in range(301, 381):
        stage.go_on(STEP_MILLIS / 1000)
        stage.write(sequence)
        await stage.read()
        assert stage.reader.sequence == sequence - 100


async def test_an_instant_before_the_log_begins_at_its_beginning(log):
    stage = Stage(log, 400, live=False, race_millis=ORIGIN_MILLIS - 60_000)
    await stage.read()
    assert stage.reader.sequence == 1
    stage.go_on(61)
    await stage.read()
    assert stage.reader.sequence == 4


async def test_an_instant_after_the_log_is_its_end(log):
    stage = Stage(log, 400, live=False, race_millis=instant(9_999))
    await stage.read()
    assert stage.reader.sequence == 400
    assert stage.holds(400)


@pytest.mark.parametrize("lanes", [(LANE_TIMING,), (LANE_MOTION,), (LANE_HISTORY,)])
async def test_a_replay_of_some_lanes_has_no_gap(log, lanes):
    stage = Stage(log, 400, live=False, race_millis=instant(33), speed=10.0, lanes=lanes)
    for _ in range(120):
        await stage.read()
        stage.go_on(0.1)
    stage.go_on(6.0)
    await stage.read()
    assert stage.reader.sequence == 400
    assert stage.holds(400, lanes)


async def test_a_reader_that_took_nothing_for_long_gets_a_whole_state(log):
    stage = Stage(log, 400, live=False, race_millis=instant(20))
    await stage.read()
    stage.go_on(80.0)
    await stage.read()
    assert stage.reader.kinds.count("snapshot") == 2
    assert stage.holds(stage.reader.sequence)
    assert stage.reader.sequence == 340


async def test_readers_at_one_place_share_stretches_and_messages(log):
    log.reads = 0
    stage = Stage(log, 400, live=False, race_millis=instant(100))
    twin = Player(
        stage.hub,
        WatchWish(1, Selection.of(LANES), race_millis=instant(100)),
        5.0,
        lambda outcome: None,
        stage.reels,
        stage.wall,
    )
    told: list[list[bytes]] = []
    for player in (stage.player, twin):
        messages = []
        for _ in range(4):
            await player.prepare()
            if (message := player.next_message()) is not None and message.kind == "snapshot":
                messages.append(message.data)
        told.append(messages)
    assert told[0][0] is told[1][0]
    assert log.reads == 1


async def test_a_store_that_is_away_is_asked_again(log):
    stage = Stage(log, 400, live=False, race_millis=instant(50))
    log.away = True
    await stage.read()
    assert "snapshot" not in stage.reader.kinds
    log.away = False
    stage.go_on(0.3)
    await stage.read()
    assert stage.reader.sequence == 51


async def test_a_reader_far_behind_goes_not_back_while_the_store_is_away(log):
    stage = Stage(log, 400, live=False, race_millis=instant(30))
    await stage.read()
    stage.go_on(1.0)
    await stage.read()
    reached = stage.reader.sequence
    log.away = True
    stage.go_on(80.0)
    await stage.read()
    assert stage.reader.sequence >= reached
    assert stage.reader.kinds.count("snapshot") == 1
    log.away = False
    stage.go_on(0.3)
    await stage.read()
    assert stage.reader.sequence > 340
    assert stage.holds(stage.reader.sequence)


async def test_a_window_that_moved_on_tells_nothing_before_it_is_due(log):
    ahead = Stage(log, 381, delay_millis=100)
    ahead.go_on(0.2)
    await ahead.player.prepare()  # finds that the window's keyframe is due
    ahead.write(400)
    window = ahead.channel.window
    assert window is not None
    window.append(from_message(record_of(400, log.truths[400], keyframe=True)))
    message = ahead.player.next_message()
    assert message is None or message.kind != "snapshot"
    await ahead.read()
    assert ahead.reader.sequence < 400
    assert ahead.holds(ahead.reader.sequence)


async def test_a_log_that_was_replaced_is_played_from_the_same_place(log):
    stage = Stage(log, 400, live=False, race_millis=instant(50))
    await stage.read()
    anew = log.window(400)
    anew.log_revision = 2
    stage.channel.replace(anew)
    stage.go_on(1.0)
    await stage.read()
    assert stage.reader.kinds.count("snapshot") == 2
    assert stage.reader.sequence == 54


async def test_a_delayed_reader_sees_the_end_of_a_session_before_the_next(log):
    stage = Stage(log, 400, delay_millis=10_000)
    follower = Player(
        stage.hub,
        WatchWish(None, Selection.of(LANES), delay_millis=10_000),
        5.0,
        lambda outcome: None,
        stage.reels,
        stage.wall,
    )
    stage.player = follower
    await stage.read()
    assert stage.reader.sequence == 360
    stage.hub.set_live(2)
    stage.go_on(5.0)
    await stage.read()
    assert stage.reader.sequence == 380
    stage.go_on(5.1)
    await stage.read()
    assert stage.reader.kinds[-1] == "session_change"


def broken(records: list[Record]) -> Callable[..., Any]:
    async def between(*_: Any) -> list[Record]:
        return records

    return between


async def test_a_stretch_with_a_hole_is_not_played(log):
    store: Any = Log(60)
    reels = Reels(store, 1_000_000)
    whole = await reels.at(1, 1, instant(30))
    assert (whole.keyframe.sequence, whole.last_sequence, whole.closed) == (21, 41, True)
    for records in ([], list(whole.updates), [whole.keyframe, *whole.updates[1:]]):
        store.between = broken(records)
        with pytest.raises(BrokenLog):
            await reels.at(1, 2, instant(30))


async def test_the_past_in_memory_is_bounded(log):
    store: Any = log
    reels = Reels(store, 20_000)
    for sequence in range(1, 380, 20):
        await reels.after(1, 1, sequence)
    assert 0 < reels.size_bytes <= 20_000
