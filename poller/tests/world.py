"""A whole poller against a simulator and a Redis, all in one event loop: no network, no waiting."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from fakeredis import FakeAsyncRedis, FakeServer
from wire import Wire

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.lease import Lease
from racetime_poller.poller import Poller
from racetime_poller.publisher import Publisher, merged
from racetime_poller.settings import Settings
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import OpenF1
from racetime_simulator.archive import Archive
from racetime_simulator.clock import Clock
from racetime_simulator.faults import Faults
from racetime_simulator.openf1 import OpenF1 as Simulator


@dataclass
class World:
    """What a poller lives in."""

    archive: Archive
    start: datetime
    speed: float = 40.0
    tier: str = "local"
    session: str = "latest"
    faults: Faults = field(default_factory=Faults)
    # Faults strike by the count of requests: tests of them ask for the race alone.
    keeps_season: bool = False
    redis: Any = field(default_factory=lambda: FakeAsyncRedis(server=FakeServer()))
    settings: Settings = field(init=False)
    simulator: Simulator = field(init=False)
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(
            openf1_url="http://openf1", openf1_tier=self.tier, session=self.session, holder="one"
        )
        # Looked up at each call, so that it is the virtual one.
        self.clock = Clock(self.start, self.speed, lambda: time.monotonic())
        self._start_simulator()

    def play_again(self) -> None:
        """Start the simulator again: its clock is set back to the start."""
        self.clock = Clock(self.start, self.speed, lambda: time.monotonic())
        self._start_simulator()

    def _start_simulator(self) -> None:
        self.simulator = Simulator(self.archive, tier=self.tier, faults=self.faults)

    @asynccontextmanager
    async def poller(self, name: str = "one") -> AsyncIterator[Poller]:
        """Run a poller until left."""
        async with httpx.AsyncClient(transport=Wire(self), base_url="http://openf1") as client:
            clock = SourceClock()
            await clock.read(client, "/clock")
            poller = Poller(
                replace(self.settings, holder=name),
                OpenF1(client, speed=clock.speed),
                clock,
                Budget(TIERS[self.tier], clock.seconds),
                Publisher(self.redis),
                Lease(self.redis, name, 3000),
                # Its default was bound before time became virtual.
                _answered=time.monotonic(),
                read_clock=lambda: clock.read(client, "/clock"),
                keeps_season=self.keeps_season,
            )
            task = asyncio.create_task(poller.run())
            try:
                yield poller
                if task.done():
                    task.result()
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def until(self, seconds: float) -> None:
        """Wait until so long after the start, in race time."""
        left = self.start + timedelta(seconds=seconds) - self.clock.now()
        await asyncio.sleep(max(0.0, left.total_seconds() / self.speed))

    async def state(self, session_key: int) -> RaceState:
        """Return what the head says."""
        return merged(await self.redis.get(keys.head(session_key)) or b"")

    async def log(self, session_key: int) -> list[UpdateRecord]:
        """Return the whole log."""
        entries = await self.redis.xrange(keys.log(session_key))
        return [UpdateRecord.FromString(entry[keys.RECORD_FIELD]) for _, entry in entries]


def settled(state: RaceState) -> RaceState:
    """Return a state without what depends on when it was told: comparable between two runs.

    What was withdrawn is an empty entry, which readers skip.
    """
    result = RaceState()
    result.CopyFrom(state)
    result.ClearField("sources")
    result.ClearField("newest_rows")
    result.session.ClearField("published_origin_time")
    result.session.ClearField("log_revision")
    control = sorted(state.race_control, key=lambda one: (one.race_offset_millis, one.message))
    for name in ("events", "laps", "pit_stops", "steward_matters", "stints", "track_periods"):
        entries = getattr(result, name)
        for key in [key for key, one in entries.items() if not one.ByteSize()]:
            del entries[key]
    del result.race_control[:]
    result.race_control.extend(control)
    return result


def differences(one: RaceState, other: RaceState) -> list[str]:
    """Name what differs between two states, entry by entry."""
    found = []
    for name in (one_field.name for one_field in RaceState.DESCRIPTOR.fields):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine == theirs:
            continue
        if hasattr(mine, "keys"):
            keys_ = sorted({*mine, *theirs}, key=str)
            pairs = [(key, mine.get(key), theirs.get(key)) for key in keys_]
            found += [f"{name}[{k}]: {a} != {b}" for k, a, b in pairs if a != b]
        else:
            found.append(f"{name}: {mine} != {theirs}")
    return found
