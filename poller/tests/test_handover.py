"""Who takes over knows what the other knew: it goes on in five seconds, and un-tells nothing."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
import virtual_time
from fakeredis import FakeAsyncRedis
from pushing import InProcessBroker
from world import World

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.door import Door
from racetime_poller.handover import Handover, Keeper
from racetime_poller.intake import Intake
from racetime_poller.poller import Poller
from racetime_poller.publisher import Fenced, Publisher
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import Decoded
from racetime_simulator.archive import FixedArchive
from racetime_simulator.faults import Faults
from racetime_simulator.madeup.season import Season

KEY = 90001
PROMISED_SECONDS = 5.0
FAST = ("location", "intervals", "race_control")
# The minute's requests are all spent by then.
KILL_AFTER_SECONDS = 100
RACE = Season(1, datetime(2026, 6, 1, 13, tzinfo=UTC)).first


def intake_of(recording: Any) -> Intake:
    intake = Intake.of(recording.session)
    now = int(recording.session.date_start) + 86_400_000
    for endpoint in recording.endpoints:
        if endpoint not in ("location", "car_data", "sessions"):
            intake.apply(endpoint, recording.decoded(endpoint), now)
    intake.phase = SessionPhase.FINISHED
    return intake


def keeper_of(redis: Any, *, epoch: int = 1) -> Keeper:
    clock = SourceClock(speed=1.0)
    return Keeper(Publisher(redis, epoch), "here", clock, Budget(TIERS["free"], clock.seconds))


async def kept(redis: Any, key: int) -> Handover | None:
    await redis.set(keys.LIVE, key)
    return Handover.read(await Publisher(redis).handed_over())


async def test_a_race_is_read_back_as_it_was(recording: Any) -> None:
    redis, intake = FakeAsyncRedis(), intake_of(recording)
    keeper, key = keeper_of(redis), recording.session.session_key
    keeper.budget.spend()
    await keeper.keep(intake, 7, 3)
    found = await kept(redis, key)
    assert found is not None
    other = Intake.of(recording.session)
    budget = Budget(TIERS["free"], keeper.clock.seconds)
    found.restore(other, budget, keeper.clock)
    assert other.race == intake.race
    assert (other.answered, other.row_counts) == (intake.answered, intake.row_counts)
    assert (other.freshness.newest, other.phase) == (intake.freshness.newest, intake.phase)
    assert budget.used_in_minute == 1
    # A poller that comes back knows its own requests.
    found.restore(other, keeper.budget, keeper.clock)
    assert keeper.budget.used_in_minute == 1


async def test_only_what_is_another_one_is_written_again(qatar: Any) -> None:
    redis, intake = FakeAsyncRedis(), intake_of(qatar)
    keeper, key = keeper_of(redis), qatar.session.session_key
    await keeper.keep(intake, 1, 3)
    name = keys.handover(key)
    await redis.hset(name, "positions", b"old")
    laps = dict(intake.race.laps)
    gone = laps.pop(next(iter(laps)))
    intake.race = replace(intake.race, laps=laps)
    await keeper.keep(intake, 2, 3)
    assert await redis.hget(name, "positions") == b"old"
    assert gone
    # What Redis has lost is written whole.
    await redis.delete(name)
    await keeper.keep(intake, 3, 3)
    found = await kept(redis, key)
    assert found is not None
    assert (found.race, found.facts.sequence) == (intake.race, 3)


async def test_what_is_cut_off_or_of_another_version_is_no_help(qatar: Any) -> None:
    redis, intake = FakeAsyncRedis(), intake_of(qatar)
    key = qatar.session.session_key
    assert await kept(redis, key) is None
    await keeper_of(redis).keep(intake, 1, 3)
    whole = dict(await redis.hgetall(keys.handover(key)))
    for name in whole:
        assert Handover.read({n: v for n, v in whole.items() if n != name}) is None
        assert Handover.read(whole | {name: b"\xff\x00"}) is None
    assert Handover.read(whole) is not None


async def test_what_is_of_another_source_time_or_log_is_not_gone_on_from(qatar: Any) -> None:
    redis, clock = FakeAsyncRedis(), SourceClock()
    key = qatar.session.session_key
    await keeper_of(redis).keep(intake_of(qatar), 5, 3)
    found = await kept(redis, key)
    assert found is not None
    assert found.is_of("latest", "here", clock)
    assert found.is_of(str(key), "here", clock)
    assert not found.is_of("1", "here", clock)
    assert not found.is_of("latest", "there", clock)
    assert not found.is_of("latest", "here", SourceClock(provenance="simulated"))
    early = SourceClock(_base_millis=0.0, _base_monotonic=time.monotonic())
    assert not found.is_of("latest", "here", early)
    fits = [found.fits(*one) for one in ((4, 3), (5, 3), (6, 3), (5, 4))]
    assert fits == [True, True, False, False]


async def test_who_lost_the_lease_keeps_nothing(qatar: Any) -> None:
    redis, key = FakeAsyncRedis(), qatar.session.session_key
    await redis.hset(keys.meta(key), keys.META_EPOCH, 2)
    with pytest.raises(Fenced):
        await keeper_of(redis, epoch=1).keep(intake_of(qatar), 1, 3)
    assert not await redis.exists(keys.handover(key))


@pytest.fixture
def qatar(open_recording: Callable[[str], Any]) -> Any:
    return open_recording("2025-qatar-sprint")


@pytest.mark.parametrize("tier", ["free", "sponsor"])
def test_who_takes_over_tells_of_cars_gaps_and_flags_within_five_seconds(tier: str) -> None:
    found = virtual_time.run(partial(failover, tier, pushed=False))
    check(found)
    assert max(found["fresh"][one] for one in FAST) < PROMISED_SECONDS
    assert found["violations"] == 0


def test_it_does_so_where_rows_are_pushed_too() -> None:
    check(virtual_time.run(partial(failover, "sponsor", pushed=True)))


def test_a_source_that_is_gone_does_not_hold_it_up() -> None:
    found = virtual_time.run(partial(failover, "sponsor", pushed=False, is_gone=True))
    assert found["begun"] < PROMISED_SECONDS
    # There is nothing to tell until what is told of the sources changes.
    check(found | {"update": 0.0})


def check(found: Mapping[str, Any]) -> None:
    """The log goes on in time, and what it told stays told."""
    assert found["update"] < PROMISED_SECONDS
    before, after = found["before"], found["after"]
    for name in ("laps", "stints", "pit_stops", "events", "positions", "gaps", "tyres", "drivers"):
        told, now = getattr(before, name), getattr(after, name)
        assert told, name
        emptied = [key for key, one in told.items() if one.ByteSize() and not now[key].ByteSize()]
        assert (name, emptied) == (name, [])
    assert order(after) in (order(before), order(found["later"]))
    sequences = [one.sequence for one in found["log"] if not one.keyframe]
    assert sequences == list(range(1, len(sequences) + 1))


def order(state: RaceState) -> list[int]:
    return sorted(state.positions, key=lambda number: state.positions[number].position)


async def failover(tier: str, *, pushed: bool, is_gone: bool = False) -> dict[str, Any]:
    """Let a leader follow a race, kill it, and tell what the standby did at its first update."""
    start = RACE.first_lap_start + timedelta(seconds=2_000)
    faults = Faults()
    if is_gone:
        gone_at = start + timedelta(seconds=KILL_AFTER_SECONDS)
        faults = Faults(frozenset({"outage"}), outage_start=gone_at, outage_seconds=1_000)
    world = World(FixedArchive(RACE, "simulated"), start, 1.0, tier, str(KEY), faults)
    broker = InProcessBroker(world)
    async with broker.running(), AsyncExitStack() as first:
        one = await first.enter_async_context(world.poller("one"))
        await world.until(2)
        async with world.poller("two") as two:
            for poller in (one, two) if pushed else ():
                broker.attach(poller)
            await world.until(KILL_AFTER_SECONDS)
            before = await world.state(KEY)
            await first.aclose()
            return {"before": before} | await taken_over(world, two)


async def taken_over(world: World, standby: Poller) -> dict[str, Any]:
    """Tell when the standby tells something, and of what it knows fresh rows by when."""
    killed, fresh = time.monotonic(), {}
    take_in = Door._take_in

    def noted(door: Door, endpoint: str, decoded: Decoded) -> bool:
        if decoded.rows:
            fresh.setdefault(endpoint, time.monotonic() - killed)
        return take_in(door, endpoint, decoded)

    with patch.object(Door, "_take_in", noted):
        sequence = await sequence_of(world)
        # Its lease is over after two seconds at most: Redis's own clock is not the virtual one.
        await asyncio.sleep(1.0)
        await world.redis.hset(keys.LEASE, "expires", "1")
        while standby.following is None:  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.02)
        await standby.following[0].synced.wait()
        begun = time.monotonic() - killed
        while await sequence_of(world) == sequence:  # noqa: ASYNC110  nor of that
            await asyncio.sleep(0.02)
        update, after = time.monotonic() - killed, await world.state(KEY)
        await asyncio.sleep(30)
    return {
        "begun": begun,
        "update": update,
        "fresh": fresh,
        "after": after,
        "later": await world.state(KEY),
        "log": await world.log(KEY),
        "violations": world.simulator.counts.violations,
    }


async def sequence_of(world: World) -> int:
    return int(await world.redis.hget(keys.meta(KEY), keys.META_SEQUENCE))
