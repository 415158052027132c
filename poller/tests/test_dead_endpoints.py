"""A source that is half dead: what one endpoint does not tell keeps nothing else back."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import virtual_time
from world import World

from racetime.v1.update_record_pb2 import FEED_CONDITION_IDLE
from racetime_poller.sources.openf1 import OpenF1, Unavailable
from racetime_simulator.recording import Recording, load_recording

KEY = 9845
AT_SECONDS = 300


@cache
def _load(folder: Path) -> Recording:
    return load_recording(folder)


@pytest.fixture
def qatar(recordings: Path) -> Recording:
    return _load(recordings / "2025-qatar-sprint")


@pytest.mark.parametrize("endpoint", ["weather", "intervals", "pit", "drivers"])
def test_an_endpoint_that_is_dead_keeps_only_its_own_off_the_screen(
    qatar: Recording, endpoint: str
) -> None:
    fetch = OpenF1.fetch
    dead = True

    async def fetch_or_fail(self: OpenF1, name: str, params: Any, **options: Any) -> Any:
        if name == endpoint and dead:
            raise Unavailable("HTTP 500")
        return await fetch(self, name, params, **options)

    async def main() -> None:
        nonlocal dead
        start = qatar.session.first_lap_start + timedelta(seconds=AT_SECONDS)
        world = World(qatar, start)
        with patch.object(OpenF1, "fetch", fetch_or_fail):
            async with world.poller():
                await world.until(100)
                state = await world.state(KEY)
                # Without the drivers nobody knows who is in the race.
                assert len(state.positions) == (0 if endpoint == "drivers" else 20)
                stops = [status.HasField("stops") for status in state.statuses.values()]
                assert all(stops) if endpoint != "pit" else not any(stops)
                dead = False
                await world.until(400)
                state = await world.state(KEY)
        assert len(state.positions) == len(state.gaps) == 20
        assert all(status.HasField("stops") for status in state.statuses.values())
        assert state.HasField("weather")

    virtual_time.run(main)


def test_the_source_is_left_alone_once_the_race_is_over(qatar: Recording) -> None:
    async def main() -> None:
        start = qatar.session.first_lap_start + timedelta(hours=3)
        world = World(qatar, start, speed=20.0)
        async with world.poller() as poller:
            await world.until(120)
            before = world.simulator.counts.requests
            await world.until(120 + 3_600)
            assert world.simulator.counts.requests - before < 60 + 15 * 8
            assert poller.feed_status().condition == FEED_CONDITION_IDLE
        assert len((await world.state(KEY)).results) == 20

    virtual_time.run(main)
