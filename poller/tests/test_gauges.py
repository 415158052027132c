"""What Prometheus is told of the feed, the source and the budget."""

from datetime import timedelta
from pathlib import Path

import virtual_time
from prometheus_client import REGISTRY
from world import World

from racetime import keys
from racetime_simulator.recording import load_recording

AT_SECONDS = 900


def told(name: str, **labels: str) -> float | None:
    """Read a metric; None where it is not told."""
    return REGISTRY.get_sample_value(f"racetime_poller_{name}", labels)


def world_of(recordings: Path) -> World:
    """Give a world in the middle of a race."""
    recording = load_recording(recordings / "2025-china-race")
    start = recording.session.first_lap_start + timedelta(seconds=AT_SECONDS)
    return World(recording, start, speed=10.0)


def test_rows_that_stop_are_told_as_lost_and_the_others_are_not(recordings: Path) -> None:
    async def main() -> None:
        world = world_of(recordings)
        async with world.poller() as poller:
            await world.until(95)
            assert told("feed", condition="alive") == 1
            assert told("source_lost", endpoint="location") == 0
            world.simulator.faults.turn_on("location_stop")
            await world.until(200)
            assert told("source_lost", endpoint="location") == 1
            assert told("source_lost", endpoint="intervals") == 0
            assert told("source_age_seconds", endpoint="location") > 60
            assert told("feed", condition="alive") == 1
            assert poller.following is not None
            # It is told each second.
            assert 0 <= poller.following[1].sequence - (told("sequence") or 0) <= 3
            assert told("lease_epoch") == 1

    virtual_time.run(main)


def test_a_source_that_refuses_makes_requests_wait_and_then_the_feed_dead(
    recordings: Path,
) -> None:
    async def main() -> None:
        world = world_of(recordings)
        async with world.poller():
            await world.until(95)
            assert told("budget_wait_seconds") < 2
            assert told("feed", condition="dead") == 0
            world.simulator.faults.turn_on("rate_limit_storm")
            waits = []
            for at in range(110, 400, 10):
                await world.until(at)
                waits.append(told("budget_wait_seconds") or 0.0)
            assert sum(wait > 2 for wait in waits) > len(waits) / 2
            assert told("feed", condition="dead") == 1

    virtual_time.run(main)


def test_who_stands_by_tells_nothing_of_the_feed(recordings: Path) -> None:
    async def main() -> None:
        world = world_of(recordings)
        async with world.poller():
            await world.until(50)
            assert (told("leader"), told("feed", condition="alive")) == (1, 1)
            thief = {"holder": "another", "epoch": "2", "expires": "9999999999999"}
            await world.redis.hset(keys.LEASE, mapping=thief)
            await world.until(120)
            assert (told("leader"), told("lease_epoch")) == (0, 2)
            assert told("feed", condition="alive") is None
            assert told("source_age_seconds", endpoint="location") is None

    virtual_time.run(main)
