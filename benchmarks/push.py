"""How long it takes from a row that is pushed to the update in Redis that holds it.

Simulator with a real MQTT broker, poller and Valkey at speed 1. Another client of the broker notes
when each gap of a car comes; a reader of the log notes when an update has it. All run on one
machine and so on one clock.
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from benchmarks.report import Report, percentile
from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_embedded.ports import HOST, is_listening, pick_free
from racetime_poller.sources.mqtt import Broker, PushError

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from chain import Chain

SECONDS = 60.0
WARM_UP_SECONDS = 8.0
# What comes later than this is none of the row's.
_LATEST_SECONDS = 5.0
START_SECONDS = "120"
_SESSION_KEY = 90001
_MILLIS = 1000


class _Interval(msgspec.Struct):
    driver_number: int
    gap_to_leader: float | str | None = None


@dataclass
class Watch:
    """When each gap was pushed, and when it was in the log, in seconds of the monotonic clock."""

    pushed: dict[tuple[int, int], float] = field(default_factory=dict)
    logged: dict[tuple[int, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    messages: int = 0
    updates: int = 0
    _newest: dict[int, int] = field(default_factory=dict)

    def push(self, body: bytes, at: float) -> None:
        """Take a row of the intervals; one that changes nothing makes no update."""
        self.messages += 1
        row = msgspec.json.decode(body, type=_Interval)
        if not isinstance(row.gap_to_leader, int | float) or row.gap_to_leader == 0:
            return
        millis = round(row.gap_to_leader * _MILLIS)
        if self._newest.get(row.driver_number) != millis:
            self._newest[row.driver_number] = millis
            self.pushed.setdefault((row.driver_number, millis), at)

    def log(self, body: bytes, at: float) -> None:
        """Take an update of the log."""
        self.updates += 1
        timing = RaceState.FromString(UpdateRecord.FromString(body).timing)
        for number, gap in timing.gaps.items():
            if gap.HasField("gap_to_leader_millis"):
                self.logged[number, gap.gap_to_leader_millis].append(at)

    def delays(self, counted_from: float) -> tuple[list[float], int]:
        """Return the delay of each gap in milliseconds, and how many never came."""
        found, missed = [], 0
        for key, pushed_at in self.pushed.items():
            if pushed_at < counted_from:
                continue
            # The poller may have it a moment before the other client has.
            later = [at - pushed_at for at in self.logged.get(key, ()) if at > pushed_at - 0.05]
            if later and later[0] < _LATEST_SECONDS:
                found.append(max(0.0, later[0]) * _MILLIS)
            else:
                missed += 1
        return found, missed


async def _listen(url: str, watch: Watch) -> None:
    async with Broker(url).connect("none", ["v1/intervals"]) as messages:
        async for batch in messages:
            at = time.monotonic()
            for _, body in batch:
                watch.push(body, at)


async def _read(url: str, watch: Watch) -> None:
    async with Redis.from_url(url) as redis:
        last = b"$"
        while True:
            answer = await redis.xread({keys.log(_SESSION_KEY): last}, block=1000, count=100)
            at = time.monotonic()
            for _, entries in answer or ():
                last = entries[-1][0]
                for _, entry in entries:
                    watch.log(entry[keys.RECORD_FIELD], at)


async def observe(mqtt_url: str, redis_url: str, seconds: float) -> Watch:
    """Listen and read for a while."""
    watch = Watch()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            group.create_task(_listen(mqtt_url, watch))
            group.create_task(_read(redis_url, watch))
    return watch


def measure() -> Report:
    """Start the parts, watch, stop them."""
    (port,) = pick_free(1)
    url = f"mqtt://{HOST}:{port}"
    simulator = {
        "RACETIME_SIMULATOR_START": START_SECONDS,
        "RACETIME_SIMULATOR_MQTT_LISTEN": f"{HOST}:{port}",
        "RACETIME_SIMULATOR_TIER": "sponsor",
    }
    poller = {"RACETIME_OPENF1_MQTT_URL": url, "RACETIME_OPENF1_TIER": "sponsor"}
    without = ["page", "gateway", "api-1"]
    with (
        tempfile.TemporaryDirectory(prefix="racetime-bench-") as folder,
        Chain(
            Path(folder),
            speed=1.0,
            replicas=1,
            simulator=simulator,
            poller=poller,
            without=without,
        ) as chain,
    ):
        chain.until("the broker listens", lambda: is_listening(port) or None)
        chain.until("push is on", lambda: "push_connected" in chain.log("poller") or None)
        began = time.monotonic()
        try:
            watch = asyncio.run(observe(url, chain.redis_url, SECONDS + WARM_UP_SECONDS))
        except PushError as error:
            raise RuntimeError(f"the broker is away: {error}") from error
        chain.check()
    return report(watch, began + WARM_UP_SECONDS)


def report(watch: Watch, counted_from: float) -> Report:
    """Put what was noted into a report."""
    delays, missed = watch.delays(counted_from)
    if not delays:
        raise RuntimeError("no gap that was pushed came to be in the log")
    result = Report("push")
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        value = percentile(delays, share)
        result.add(f"row pushed to update in Redis: {name}", value, "ms", key=True)
    result.add("row pushed to update in Redis: slowest", max(delays), "ms")
    result.add("gaps that were pushed and found in an update", len(delays), "")
    result.add("gaps that were not found: overtaken by a newer one", missed, "")
    result.add("updates per second", watch.updates / (SECONDS + WARM_UP_SECONDS), "")
    result.notes.append(
        f"{SECONDS:g} s of the made-up race at speed 1, all rows of all cars by MQTT; from the "
        "instant at which another client of the broker has the row"
    )
    return result
