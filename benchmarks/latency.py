"""How long an update takes from the poller to a reader.

The whole chain at speed 1: simulator, poller, Valkey, three api replicas, Envoy. Readers ask
through Envoy by gRPC and by gRPC-Web, some ask a replica directly. An update carries the instant
at which the poller began to publish it; all run on one machine and so on one clock.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from benchmarks.report import Report, percentile
from racetime.v1.race_service_pb2 import WatchRaceRequest, WatchRaceResponse
from racetime.v1.race_service_pb2_grpc import RaceServiceStub

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import grpc_web
from chain import Chain

SECONDS = 40.0
# Updates that come while readers are still joining are not counted.
WARM_UP_SECONDS = 3.0
READERS = {"grpc-web through Envoy": 20, "grpc through Envoy": 20, "grpc to a replica": 6}
# Where in the race the clock starts, in seconds from lights out.
START_SECONDS = "60"


@dataclass
class Reader:
    """Watches the race and notes how old each update is when it comes."""

    way: str
    latencies: list[float] = field(default_factory=list)
    # Each update is counted once per reader; joined ones too, by their newest.
    joined_count: int = 0
    _origin_millis: int | None = None

    def receive(self, data: bytes, received_at: float, counted_from: float) -> None:
        """Take a message of the watch, received at an instant of the wall clock in seconds."""
        message = WatchRaceResponse.FromString(data)
        if message.WhichOneof("body") == "snapshot":
            self._origin_millis = message.snapshot.session.published_origin_time.ToMilliseconds()
        elif message.WhichOneof("body") == "update" and self._origin_millis is not None:
            if received_at < counted_from:
                return
            published = self._origin_millis + message.published_offset_millis
            self.latencies.append(received_at * 1000 - published)
            self.joined_count += message.HasField("first_sequence")


async def grpc_messages(target: str) -> AsyncIterator[bytes]:
    """Watch by gRPC on a connection of one's own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(target, options=options) as channel:
        stub: Any = RaceServiceStub(channel)
        async for message in stub.WatchRace(WatchRaceRequest()):
            yield message.SerializeToString()


async def _read(reader: Reader, messages: AsyncIterator[bytes], counted_from: float) -> None:
    async for data in messages:
        reader.receive(data, time.time(), counted_from)


async def watch(chain: Chain, readers: Mapping[str, int], seconds: float) -> list[Reader]:
    """Let readers watch for a while."""
    counted_from = time.time() + WARM_UP_SECONDS
    watching = []
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds + WARM_UP_SECONDS), asyncio.TaskGroup() as group:
            for way, count in readers.items():
                for number in range(count):
                    reader = Reader(way)
                    messages = _messages(chain, way, number)
                    group.create_task(_read(reader, messages, counted_from))
                    watching.append(reader)
    return watching


def _messages(chain: Chain, way: str, number: int) -> AsyncIterator[bytes]:
    if way.startswith("grpc-web"):
        return grpc_web.watch(chain.url, WatchRaceRequest())
    targets = chain.api_targets
    direct = way.endswith("replica")
    return grpc_messages(targets[number % len(targets)] if direct else chain.target)


def measure() -> Report:
    """Start the chain, let readers watch, stop the chain."""
    with tempfile.TemporaryDirectory(prefix="racetime-bench-") as folder:
        start = {"RACETIME_SIMULATOR_START": START_SECONDS}
        with Chain(Path(folder), speed=1.0, simulator=start) as chain:
            chain.until_on_screen()
            readers = asyncio.run(watch(chain, READERS, SECONDS))
            chain.check()
    return report(readers)


def report(readers: list[Reader]) -> Report:
    """Put what the readers noted into a report."""
    result = Report("latency")
    for way in dict.fromkeys(reader.way for reader in readers):
        own = [reader for reader in readers if reader.way == way]
        every = [one for reader in own for one in reader.latencies]
        if not every or not all(reader.latencies for reader in own):
            raise RuntimeError(f"a reader received no update ({way})")
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            result.add(f"{way}: {name}", percentile(every, share), "ms", key=True)
        result.add(f"{way}: slowest", max(every), "ms")
        result.add(f"{way}: updates received by {len(own)} readers", len(every), "")
        result.add(
            f"{way}: of them joined with earlier ones",
            sum(reader.joined_count for reader in own),
            "",
        )
    result.notes.append(
        f"{SECONDS:g} s of the made-up race at speed 1, {len(readers)} readers of timing and "
        "motion at once; from the instant at which the poller begins to publish"
    )
    return result
