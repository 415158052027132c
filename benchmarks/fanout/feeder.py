"""Write the race into Redis by the poller's own publisher, one update at each whole second.

    python -m benchmarks.fanout.feeder FILE [PAST]     # wants RACETIME_REDIS_URL

The first PAST updates are written at once. What the baselines read is written with them: the
snapshot as JSON under a key, and each update as JSON on a channel.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp
from redis.asyncio import Redis

from benchmarks.fanout.instants import whole_seconds
from benchmarks.fanout.plain import Plain
from benchmarks.fanout.race import Step, read_steps, session_of
from racetime.v1.session_pb2 import Session
from racetime_poller.publisher import Publisher, connect

SNAPSHOT, UPDATES = "bench:snapshot", "bench:updates"
LOG_REVISION = 1


class Feeder:
    """The race on its way into Redis."""

    def __init__(self, redis: "Redis", steps: list[Step], *, plain: bool) -> None:
        self._redis = redis
        self._publisher = Publisher(redis, epoch=1)
        self._steps = steps
        self._session: Session = session_of(steps)
        self._plain = Plain() if plain else None
        self._given = 0

    async def open(self) -> None:
        """Begin the log."""
        await self._publisher.open(self._session.session_key, LOG_REVISION)

    async def name_live(self) -> None:
        """Name the session as the live one."""
        await self._publisher.set_live(self._session)

    async def give(self) -> bool:
        """Publish the next update; tell whether there was one."""
        if self._given == len(self._steps):
            return False
        step = self._steps[self._given]
        self._given += 1
        at_millis = int(time.time() * 1000)
        origin_millis = self._session.published_origin_time.ToMilliseconds()
        for record in (step.update, step.keyframe):
            if record is not None:
                record.sequence = self._given
                record.published_offset_millis = at_millis - origin_millis
        race_millis = _millis(self._session.origin_time) + step.update.race_offset_millis
        if self._plain is not None:
            await self._give_plain(step, at_millis)
            return True
        key = self._session.session_key
        await self._publisher.publish(key, self._given, race_millis, step.update, step.keyframe)
        return True

    async def _give_plain(self, step: Step, at_millis: int) -> None:
        assert self._plain is not None
        delta, snapshot = self._plain.take(step.update, at_millis)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(SNAPSHOT, snapshot)
            pipe.publish(UPDATES, delta)
            await pipe.execute()


def _millis(instant: Timestamp) -> int:
    return instant.ToMilliseconds()


async def run(path: Path, past: int, *, plain: bool) -> None:
    """Write the past, then go on at whole seconds until the race is over."""
    async with connect(os.environ["RACETIME_REDIS_URL"]) as redis:
        feeder = Feeder(redis, read_steps(path), plain=plain)
        if not plain:
            await feeder.open()
        for _ in range(past):
            await feeder.give()
        if not plain:
            await feeder.name_live()
        async for _ in whole_seconds():
            if not await feeder.give():
                return


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2]), plain=sys.argv[3:] == ["plain"]))
