"""The poller as a whole, in virtual time: terms, restarts, other sessions, a Redis that dies."""

import time
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import virtual_time
from world import World, differences, settled

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import PROVENANCE_SIMULATED
from racetime.v1.track_pb2 import CIRCUIT_BASIS_LEARNED, Circuit
from racetime.v1.update_record_pb2 import FEED_CONDITION_ALIVE, FEED_CONDITION_DEAD, FeedStatus
from racetime_poller.broadcast import Broadcast
from racetime_poller.poller import Poller
from racetime_poller.publisher import OpenLog, Publisher
from racetime_poller.race.rows import SessionRow
from racetime_simulator.faults import Faults
from racetime_simulator.recording import Recording, load_recording

KEY = 9845
CIRCUIT_KEY = 150
AT_SECONDS = 300


@cache
def _load(folder: Path) -> Recording:
    return load_recording(folder)


@pytest.fixture
def qatar(recordings: Path) -> Recording:
    return _load(recordings / "2025-qatar-sprint")


def world_of(qatar: Recording, **options: Any) -> World:
    start = qatar.session.first_lap_start + timedelta(seconds=AT_SECONDS)
    return World(qatar, start, **options)


async def whole_log(world: World) -> RaceState:
    """Merge the log from its first entry, keyframes left out; its sequences have no hole."""
    records = await world.log(KEY)
    updates = [record for record in records if not record.keyframe]
    assert [record.sequence for record in updates] == list(range(1, len(updates) + 1))
    state = RaceState()
    for record in updates:
        state.MergeFromString(record.timing)
        state.MergeFromString(record.history)
    return state


def test_the_log_from_its_beginning_is_what_the_head_says(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller():
            await world.until(200)
        assert differences(await whole_log(world), await world.state(KEY)) == []
        keyframes = [record for record in await world.log(KEY) if record.keyframe]
        assert len(keyframes) > 3
        status = FeedStatus.FromString(await world.redis.get(keys.FEED))
        assert (status.condition, status.session_key) == (FEED_CONDITION_ALIVE, KEY)

    virtual_time.run(main)


def test_a_restart_goes_on_where_the_log_ended(qatar: Recording) -> None:
    async def main() -> RaceState:
        world = world_of(qatar)
        for seconds, name in ((100, "one"), (200, "two"), (400, "one")):
            async with world.poller(name) as poller:
                await world.until(seconds)
            await poller.lease.release()
        state = await world.state(KEY)
        assert differences(await whole_log(world), state) == []
        messages = [(one.race_offset_millis, one.message) for one in state.race_control]
        assert len(messages) == len(set(messages))
        return settled(state)

    async def clean() -> RaceState:
        world = world_of(qatar)
        async with world.poller():
            await world.until(400)
        return settled(await world.state(KEY))

    restarted, uninterrupted = virtual_time.run(main), virtual_time.run(clean)
    for state in (restarted, uninterrupted):
        # They may be up to one poll apart.
        for name in ("gaps", "statuses", "weather", "progress"):
            state.ClearField(name)
    assert set(restarted.laps) == set(uninterrupted.laps)
    assert differences(restarted, uninterrupted) == []


def test_a_redis_that_restarts_empty_gets_a_new_log(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller():
            await world.until(100)
            before = (await world.state(KEY)).session.log_revision
            await world.redis.flushall()
            await world.until(260)
        state = await world.state(KEY)
        assert len(state.positions) == 20
        assert differences(await whole_log(world), state) == []
        assert before

    virtual_time.run(main)


def test_a_race_that_is_played_again_begins_a_new_log(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(200)
        await poller.lease.release()
        before = await world.state(KEY)
        world.play_again()
        async with world.poller("two"):
            await world.until(60)
        state = await world.state(KEY)
        assert state.session.log_revision > before.session.log_revision
        assert 0 < len(state.laps) < len(before.laps)
        assert differences(await whole_log(world), state) == []
        start = world.start.timestamp() * 1000
        first, _ = (await world.redis.xrange(keys.log(KEY), count=1))[0]
        assert int(first.partition(b"-")[0]) < start + 30_000

    virtual_time.run(main)


def test_a_simulator_that_is_started_again_is_followed_from_its_start(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller():
            await world.until(400)
            before = await world.state(KEY)
            world.play_again()
            await world.until(300)
            state, now = await world.state(KEY), world.clock.now()
        assert state.session.log_revision > before.session.log_revision
        assert 0 < len(state.laps) < len(before.laps)
        assert differences(await whole_log(world), state) == []
        last, _ = (await world.redis.xrevrange(keys.log(KEY), count=1))[0]
        assert abs(int(last.partition(b"-")[0]) - now.timestamp() * 1000) < 90_000

    virtual_time.run(main)


def test_a_simulator_of_another_speed_is_followed_at_that_speed(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(200)
            world.speed = 10.0
            world.play_again()
            await world.until(200)
            assert (poller.source.speed, poller.clock.speed) == (10.0, 10.0)
            assert abs(poller.clock.now() - world.clock.now().timestamp() * 1000) < 1_000
        assert (await world.state(KEY)).session.speed == 10.0

    virtual_time.run(main)


def test_a_log_of_another_source_is_not_gone_on_with(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(60)
        await poller.lease.release()
        before = (await world.state(KEY)).session.log_revision
        async with world.poller("two") as poller:
            poller.clock.provenance = "simulated"
            await world.until(120)
        session = (await world.state(KEY)).session
        assert session.provenance == PROVENANCE_SIMULATED
        assert session.log_revision > before

    virtual_time.run(main)


def test_a_session_of_months_ago_is_published_and_then_all_is_quiet(qatar: Recording) -> None:
    async def main() -> None:
        start = qatar.session.first_lap_start + timedelta(days=60)
        world = World(qatar, start)
        async with world.poller() as poller:
            await world.until(300)
            state = await world.state(KEY)
            assert len(state.positions) == len(state.results) == 20
            before = len(await world.log(KEY))
            assert poller.following is not None
            await world.until(900)
        records = await world.log(KEY)
        assert len(records) <= before + 1
        assert 0 < records[-1].race_offset_millis < 8 * 86_400_000

    virtual_time.run(main)


def test_a_log_that_is_kept_for_months_goes_on(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(60)
            assert poller.following is not None
            poller.following[1]._published_origin_at -= 60 * 86_400_000
            await world.until(120)
        assert (await world.log(KEY))[-1].published_offset_millis == 2**31 - 1

    virtual_time.run(main)


@pytest.mark.parametrize("head", [None, b"\xff\xff"])
@pytest.mark.parametrize("running", [False, True])
def test_a_head_that_is_lost_or_broken_begins_a_new_log(
    qatar: Recording, head: bytes | None, running: bool
) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(60)
            if running:
                await _spoil(world, head)
                await world.until(200)
        await poller.lease.release()
        if not running:
            await _spoil(world, head)
            async with world.poller("two"):
                await world.until(120)
        state = await world.state(KEY)
        assert len(state.positions) == 20
        if head is None or not running:
            assert differences(await whole_log(world), state) == []
        assert 0 < (await world.log(KEY))[-1].race_offset_millis < 86_400_000

    async def _spoil(world: World, head: bytes | None) -> None:
        await world.redis.delete(keys.head(KEY))
        if head is not None:
            await world.redis.set(keys.head(KEY), head)

    virtual_time.run(main)


def test_a_redis_that_is_emptied_after_the_race_gets_all_of_it_again(qatar: Recording) -> None:
    async def main() -> None:
        # Hours after the race nothing changes any more, so nothing is published.
        world = World(qatar, qatar.session.first_lap_start + timedelta(hours=6))
        circuit = Circuit(
            circuit_key=CIRCUIT_KEY,
            revision=3,
            basis=CIRCUIT_BASIS_LEARNED,
            lap_count=5,
            length_meters=400.0,
            x_decimeters=[0, 1000, 1000, 0],
            y_decimeters=[0, 0, 1000, 1000],
        ).SerializeToString()
        await world.redis.set(keys.circuit(CIRCUIT_KEY), circuit)
        async with world.poller():
            await world.until(100)
            before = settled(await world.state(KEY))
            assert before.circuit.revision == 3
            await world.redis.flushall()
            await world.until(500)
        after = settled(await world.state(KEY))
        assert differences(before, after) == []
        assert await world.redis.get(keys.LIVE) == str(KEY).encode()
        assert await world.redis.hget(keys.SESSIONS, str(KEY))
        assert await world.redis.get(keys.circuit(CIRCUIT_KEY)) == circuit

    virtual_time.run(main)


def test_a_live_key_that_is_lost_is_named_again(qatar: Recording) -> None:
    async def main() -> None:
        world = World(qatar, qatar.session.first_lap_start + timedelta(hours=6))
        async with world.poller() as poller:
            await world.until(200)
            following = poller.following
            await world.redis.delete(keys.LIVE)
            await world.until(350)
            assert poller.following is following
        assert await world.redis.get(keys.LIVE) == str(KEY).encode()

    virtual_time.run(main)


def test_a_log_that_is_no_log_is_begun_anew(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller():
            await world.until(100)
            await world.redis.set(keys.log(KEY), b"spoilt")
            await world.until(400)
        assert differences(await whole_log(world), await world.state(KEY)) == []

    virtual_time.run(main)


def test_a_redis_that_refuses_to_write_makes_the_feed_dead_and_not_the_source_busy(
    qatar: Recording,
) -> None:
    async def main() -> None:
        world = world_of(qatar, speed=10.0)
        async with world.poller() as poller:
            await world.until(100)
            assert poller.feed_status().condition == FEED_CONDITION_ALIVE
            await world.redis.set(keys.meta(KEY), b"spoilt")
            sent = world.simulator.counts.requests
            await world.until(400)
            for seconds in range(400, 1_000, 7):
                await world.until(seconds)
                assert poller.feed_status().condition == FEED_CONDITION_DEAD
            assert world.simulator.counts.requests - sent < 200
            await world.redis.delete(keys.meta(KEY))
            await world.until(1_400)
            assert poller.feed_status().condition != FEED_CONDITION_DEAD
        assert len((await world.state(KEY)).positions) == 20

    virtual_time.run(main)


def test_a_write_that_was_broken_off_is_forgotten_when_all_is_written(qatar: Recording) -> None:
    async def main() -> None:
        world = World(qatar, qatar.session.first_lap_start + timedelta(hours=6))
        async with world.poller() as poller:
            await world.until(200)
            poller._kept.unwritten_since = time.monotonic() - 60
            assert poller.feed_status().condition == FEED_CONDITION_DEAD
            await world.until(400)
            assert poller.feed_status().condition != FEED_CONDITION_DEAD

    virtual_time.run(main)


def test_a_redis_that_is_away_loses_nothing(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller():
            await world.until(100)
            sequence = int(await world.redis.hget(keys.meta(KEY), keys.META_SEQUENCE))
            server = world.redis.connection_pool.connection_kwargs["server"]
            server.connected = False
            await world.until(200)
            server.connected = True
            await world.until(300)
            assert int(await world.redis.hget(keys.meta(KEY), keys.META_SEQUENCE)) > sequence
        assert differences(await whole_log(world), await world.state(KEY)) == []

    virtual_time.run(main)


def test_a_leader_that_redis_does_not_answer_leaves_the_requests_to_a_standby(
    qatar: Recording,
) -> None:
    """The limit is one for all pollers, and a standby may lead by now."""

    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(100)
            server = world.redis.connection_pool.connection_kwargs["server"]
            server.connected = False
            # The lease is over after 3 s of the wall's, which are 120 s of the race.
            await world.until(100 + 160)
            sent = world.simulator.counts.requests
            await world.until(600)
            assert poller.following is not None
            assert world.simulator.counts.requests == sent
            server.connected = True
            await world.until(700)
            assert world.simulator.counts.requests > sent
        assert differences(await whole_log(world), await world.state(KEY)) == []

    virtual_time.run(main)


def test_a_standby_takes_over_and_the_old_one_stops_writing(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller("one") as one, world.poller("two") as two:
            await world.until(100)
            assert (one.following is None, two.following is None) == (False, True)
            await world.redis.hset(keys.LEASE, "expires", "1")
            assert await two.lease.renew()
            await world.until(300)
            assert (one.following is None, two.following is None) == (True, False)
        assert differences(await whole_log(world), await world.state(KEY)) == []

    virtual_time.run(main)


def test_a_lease_that_is_lost_does_not_end_the_publishing(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        await world.redis.hset(keys.meta(KEY), keys.META_EPOCH, 7)
        async with world.poller() as poller:
            await world.until(200)
            assert poller.lease.epoch == 8
            await world.redis.delete(keys.LEASE)
            await world.until(600)
            assert poller.lease.epoch == 9
            before = len(await world.log(KEY))
            await world.until(700)
        assert len(await world.log(KEY)) > before > 0
        assert differences(await whole_log(world), await world.state(KEY)) == []

    virtual_time.run(main)


def test_a_lease_that_ran_out_while_nobody_wanted_it_costs_nothing(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        async with world.poller() as poller:
            await world.until(100)
            following = poller.following
            await world.redis.hset(keys.LEASE, "expires", "1")
            await world.until(300)
            assert poller.following is following

    virtual_time.run(main)


def test_a_lease_lost_while_the_log_is_opened_gives_nothing_of_the_others_term(
    qatar: Recording,
) -> None:
    """The lease may pass to another poller between any two steps."""

    async def main() -> None:
        world = world_of(qatar)
        claimed = []
        claim, find = Publisher.open, Poller._find_session

        async def noted(self: Publisher, *arguments: Any) -> OpenLog:
            claimed.append(self.epoch)
            return await claim(self, *arguments)

        async def found(self: Poller) -> SessionRow:
            session = await find(self)
            await world.redis.hset(keys.LEASE, mapping={"holder": "other", "epoch": 2})
            await world.redis.hset(keys.LEASE, "expires", str(10**15))
            await self.lease.renew()
            return session

        with patch.object(Publisher, "open", noted), patch.object(Poller, "_find_session", found):
            async with world.poller() as poller:
                await world.until(100)
                assert poller.following is None
        assert claimed == [1]

    virtual_time.run(main)


def test_a_fault_of_our_own_ends_the_process_loudly(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar)
        with patch.object(Broadcast, "publish_once", side_effect=ZeroDivisionError):
            async with world.poller() as poller:
                del poller
                await world.until(100)

    with pytest.raises(ExceptionGroup) as raised:
        virtual_time.run(main)
    assert raised.group_contains(ZeroDivisionError)


def test_a_source_that_is_gone_makes_the_feed_dead_and_comes_back(qatar: Recording) -> None:
    async def main() -> None:
        start = qatar.session.first_lap_start + timedelta(seconds=AT_SECONDS + 100)
        faults = Faults(frozenset({"outage"}), outage_start=start, outage_seconds=1_000)
        world = world_of(qatar, faults=faults, speed=10.0)
        async with world.poller() as poller:
            await world.until(90)
            assert poller.feed_status().condition == FEED_CONDITION_ALIVE
            await world.until(400)
            assert poller.feed_status().condition == FEED_CONDITION_DEAD
            await world.until(1_300)
            assert poller.feed_status().condition == FEED_CONDITION_ALIVE

    virtual_time.run(main)


def test_a_source_that_wants_an_account_is_not_hammered(qatar: Recording) -> None:
    async def main() -> None:
        world = world_of(qatar, speed=1.0)
        world.simulator.require_token = True
        async with world.poller() as poller:
            await world.until(120)
            assert poller.following is None
            assert poller.feed_status().condition == FEED_CONDITION_DEAD
        assert 0 < world.simulator.counts.locked_out <= 10

    virtual_time.run(main)
