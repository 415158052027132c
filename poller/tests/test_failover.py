"""One writer, always: real processes are killed, paused and parted, and the log stays one log."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import virtual_time
from cluster import Cluster, Entry
from world import World, differences, settled

from racetime import keys
from racetime.samples import instants
from racetime.v1.race_state_pb2 import RaceState
from racetime_simulator.archive import FixedArchive
from racetime_simulator.madeup.season import Season

pytestmark = [pytest.mark.chain, pytest.mark.timeout(90)]

KEY = 90001
SCHEDULED = datetime(2026, 6, 1, 13, tzinfo=UTC)
SPEED = 60.0
# The race is followed from so long after its start, its last laps and what comes after them.
AT_SECONDS, UNTIL_SECONDS = 5_000, 5_870
# Nothing comes any more.
QUIET_SECONDS = 6_600
LEASE_MILLIS = 2_000
# What is told by the moment at which it is told.
_OF_THE_MOMENT = ("sources", "newest_rows", "clock", "circuit")


@pytest.fixture(scope="module")
def alone() -> RaceState:
    """What a poller publishes that nothing befalls."""

    async def main() -> RaceState:
        race = Season(1, SCHEDULED).first
        world = World(
            FixedArchive(race, "simulated"),
            race.first_lap_start + timedelta(seconds=AT_SECONDS),
            speed=SPEED,
            session=str(KEY),
        )
        async with world.poller():
            await world.until(QUIET_SECONDS - AT_SECONDS)
        return await world.state(KEY)

    return virtual_time.run(main)


@pytest.fixture
async def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Cluster]:
    """Valkey, and a race in its last laps; the tier is `local` unless it is named."""
    tier = getattr(request, "param", "local")
    simulator = ("--seed", "1", "--date", SCHEDULED.isoformat(), "--listen", "127.0.0.1:0")
    simulator += ("--speed", str(SPEED), "--start", str(AT_SECONDS), "--tier", tier)
    poller = {
        "RACETIME_OPENF1_TIER": tier,
        "RACETIME_POLLER_SESSION": str(KEY),
        "RACETIME_POLLER_LEASE_MILLIS": str(LEASE_MILLIS),
    }
    async with Cluster(tmp_path, simulator, poller).running() as cluster:
        yield cluster


async def progress(cluster: Cluster, updates: int = 2, seconds: float = 30.0) -> int:
    """Wait until the log has grown; return how far it goes."""
    before = await cluster.sequence(KEY)

    async def grown() -> bool:
        return await cluster.sequence(KEY) >= before + updates

    await cluster.until(f"{updates} updates", grown, seconds)
    return before


async def taken_over(cluster: Cluster, by: str) -> list[Entry]:
    """Wait until a poller has the lease and writes; return the log."""
    epoch = int(await cluster.redis.hget(keys.LEASE, "epoch"))

    async def written() -> list[Entry] | None:
        if await cluster.holder() != by:
            return None
        entries = await cluster.entries(KEY)
        newest = int(await cluster.redis.hget(keys.LEASE, "epoch"))
        return entries if entries and entries[-1].epoch == newest >= epoch else None

    found: list[Entry] = await cluster.until(f"{by} writes", written)
    return found


def of_the_race(state: RaceState) -> RaceState:
    """Leave out what is of the moment at which it was told."""
    result = settled(state)
    for name in _OF_THE_MOMENT:
        result.ClearField(name)
    return result


async def proven(cluster: Cluster, alone: RaceState) -> None:
    """Prove that the log is one, and that it ends as that of a poller that was alone."""
    over = SCHEDULED.timestamp() + 200 + UNTIL_SECONDS

    async def is_over() -> bool:
        return await cluster.race_seconds() > over

    await cluster.until("the end of the race", is_over, 40)

    async def differs() -> list[str]:
        return differences(of_the_race(await cluster.head(KEY)), of_the_race(alone))

    async def settled_down() -> bool:
        return not await differs()

    try:
        await cluster.until("the state of a poller alone", settled_down, 20)
    except AssertionError:
        assert [one[:110] for one in await differs()] == []
    entries = await cluster.entries(KEY)
    check_log(entries, await cluster.head(KEY))


def check_log(entries: list[Entry], head: RaceState) -> None:
    """No hole, no repeat, no older writer after a newer one; together they are the head."""
    updates = [entry.record for entry in entries if not entry.record.keyframe]
    assert [record.sequence for record in updates] == list(range(1, len(updates) + 1))
    epochs = [entry.epoch for entry in entries]
    assert epochs == sorted(epochs)
    state = RaceState()
    for record in updates:
        state.MergeFromString(record.timing)
        state.MergeFromString(record.history)
    assert differences(state, head) == []
    messages = [(one.race_offset_millis, one.message) for one in state.race_control]
    assert len(messages) == len(set(messages))
    check_motion([record.motion for record in updates])


def check_motion(parts: list[bytes]) -> None:
    """No position of a car is told twice."""
    told: set[tuple[int, int]] = set()
    for part in parts:
        for batch in RaceState.FromString(part).motion:
            at = instants(batch)
            for number in batch.driver_numbers:
                own = {(number, instant) for instant in at}
                assert not own & told, f"car {number} at {sorted(own & told)[:3]}"
                told |= own


async def test_a_leader_that_is_killed_is_followed_within_five_seconds(
    cluster: Cluster, alone: RaceState
) -> None:
    async with cluster.pollers():
        await progress(cluster)
        leader, standby = await cluster.roles()
        cluster.signal(leader, signal.SIGKILL)
        killed = time.monotonic()
        await taken_over(cluster, standby)
        took = time.monotonic() - killed
        print(f"killed, and followed after {took:.2f} s")
        assert took < 5
        await proven(cluster, alone)


@pytest.mark.parametrize("cluster", ["free", "sponsor"], indirect=True)
async def test_at_every_tier_who_follows_goes_on_from_what_was_known(cluster: Cluster) -> None:
    async with cluster.pollers():
        await progress(cluster)
        leader, standby = await cluster.roles()
        before = await cluster.head(KEY)
        cluster.signal(leader, signal.SIGKILL)
        killed = time.monotonic()
        await taken_over(cluster, standby)
        took = time.monotonic() - killed
        print(f"killed, and followed after {took:.2f} s")
        assert took < 5
        assert cluster.said(standby, "poller.taken_over")
        head = await cluster.head(KEY)
        assert before.laps.keys() <= head.laps.keys()
        assert all(head.laps[key].ByteSize() for key in before.laps)
        # What is found later is added.
        await progress(cluster)
        check_log(await cluster.entries(KEY), await cluster.head(KEY))
        assert not cluster.said(standby, "RateLimited")


async def test_a_leader_that_is_told_to_end_hands_over_at_once(
    cluster: Cluster, alone: RaceState
) -> None:
    # Much longer than the test may take: who stands by does not wait for its end.
    cluster.poller["RACETIME_POLLER_LEASE_MILLIS"] = "6000"
    async with cluster.pollers():
        await progress(cluster)
        leader, standby = await cluster.roles()
        cluster.signal(leader, signal.SIGTERM)
        told = time.monotonic()
        assert await cluster.ended(leader) == 0
        await taken_over(cluster, standby)
        took = time.monotonic() - told
        print(f"told to end, and followed after {took:.2f} s")
        assert took < 5
        await proven(cluster, alone)


async def test_a_leader_that_slept_longer_than_its_lease_writes_no_more(
    cluster: Cluster, alone: RaceState
) -> None:
    async with cluster.pollers():
        await progress(cluster)
        leader, standby = await cluster.roles()
        cluster.signal(leader, signal.SIGSTOP)
        await taken_over(cluster, standby)
        cluster.signal(leader, signal.SIGCONT)
        await cluster.until("it stops writing", lambda: cluster.said(leader, "held=False"))
        assert await cluster.holder() == standby
        await proven(cluster, alone)


async def test_a_redis_that_is_killed_and_comes_back_with_its_data_loses_nothing(
    cluster: Cluster, alone: RaceState
) -> None:
    async with cluster.pollers():
        before = await progress(cluster)
        cluster.signal("valkey", signal.SIGKILL)
        await cluster.ended("valkey")
        # Longer than the lease, which is renewed when it is back by whoever comes first.
        await asyncio.sleep(1.5 * LEASE_MILLIS / 1000)
        await cluster.start_valkey()
        await progress(cluster)
        assert await cluster.sequence(KEY) > before
        await proven(cluster, alone)


@pytest.mark.parametrize("how", ["cut", "swallow"])
async def test_a_leader_that_is_parted_from_redis_is_replaced_and_writes_no_more(
    cluster: Cluster, alone: RaceState, how: str
) -> None:
    async with cluster.pollers():
        await progress(cluster)
        leader, standby = await cluster.roles()
        getattr(cluster.proxies[leader], how)()
        await taken_over(cluster, standby)
        # What it has sent meanwhile arrives now.
        cluster.proxies[leader].heal()
        await cluster.until("it stops writing", lambda: cluster.said(leader, "held=False"))
        assert await cluster.holder() == standby
        await proven(cluster, alone)


@pytest.mark.parametrize("how", ["cut", "swallow"])
async def test_a_standby_that_is_parted_from_redis_takes_over_when_it_is_back(
    cluster: Cluster, alone: RaceState, how: str
) -> None:
    async with cluster.pollers():
        await progress(cluster)
        leader, standby = await cluster.roles()
        getattr(cluster.proxies[standby], how)()
        await progress(cluster)
        cluster.proxies[standby].heal()
        await progress(cluster)
        assert await cluster.holder() == leader
        cluster.signal(leader, signal.SIGKILL)
        await taken_over(cluster, standby)
        await proven(cluster, alone)
