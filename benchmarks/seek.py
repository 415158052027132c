"""How soon a reader that seeks has a picture: from asking for an instant of a race to its state.

A whole race is imported into Valkey, with positions and telemetry where a recording has them. Then
readers of one api replica ask for instants all over it, at speed 1: first a while apart, as people
do, then hundreds while as many go on watching. Nothing is in memory at the first.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from redis.asyncio import Redis

from benchmarks.races import MADE_UP, names, recordings
from benchmarks.report import Report, percentile
from racetime import keys
from racetime.v1.race_service_pb2 import ListSessionsRequest, SessionSummary, WatchRaceRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TIMING,
    UpdateRecord,
)
from racetime_embedded import programs
from racetime_embedded.ports import HOST, is_listening, pick_free

LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY)
# Readers that seek one after the other, and all at once.
ALONE, TOGETHER = 200, 500
# So many readers share a connection, as behind a gateway.
PER_CHANNEL = 50
WAIT_SECONDS = 30.0
IMPORT_SECONDS = 120


@contextmanager
def running(command: list[str], port: int, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until left, once it listens."""
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_listening(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} does not listen on {port}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(10)


class Seeker:
    """Asks for instants of a race, and keeps watching what it asked for."""

    def __init__(self, stubs: list[Any], summary: SessionSummary) -> None:
        self._stubs = stubs
        self._summary = summary
        self._chance = random.Random(1)
        self._origin_millis = summary.session.origin_time.ToMilliseconds()
        self.calls: list[Any] = []
        # Instants asked for, in epoch milliseconds, and the sequences that came.
        self.answers: list[tuple[int, int]] = []

    def request(self) -> WatchRaceRequest:
        """Make up a request."""
        first, last = self._summary.first_race_offset_millis, self._summary.race_offset_millis
        offset = self._chance.randint(first, last)
        request = WatchRaceRequest(session_key=self._summary.session.session_key, lanes=LANES)
        request.race_time.FromMilliseconds(self._origin_millis + offset)
        return request

    async def seek(self, number: int) -> float:
        """Ask for an instant; return the milliseconds until its state is there."""
        request = self.request()
        began = time.perf_counter()
        call = self._stubs[number % len(self._stubs)].WatchRace(request)
        self.calls.append(call)
        while True:
            message = await call.read()
            if message.HasField("snapshot"):
                break
        took = (time.perf_counter() - began) * 1000
        self.answers.append((request.race_time.ToMilliseconds(), message.sequence))
        return took

    async def count_wrong(self, redis: Redis) -> int:
        """Hold what came against the log: the newest update of that instant, or the one that was
        due while the answer was made."""
        wrong = 0
        name = keys.log(self._summary.session.session_key)
        for instant, sequence in self.answers:
            [(_, fields)] = await redis.xrevrange(name, f"{instant}-99", "-", count=1)
            newest = UpdateRecord.FromString(fields[keys.RECORD_FIELD]).sequence
            wrong += not newest <= sequence <= newest + 1
        return wrong


async def drain(call: Any) -> None:
    """Read on, as a viewer does."""
    while await call.read() is not grpc.aio.EOF:
        pass


async def measure_seeks(address: str, redis_url: str) -> dict[str, Any]:
    """Let readers seek; answers times in milliseconds and what was wrong."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [
        grpc.aio.insecure_channel(address, options=options) for _ in range(TOGETHER // PER_CHANNEL)
    ]
    stubs: list[Any] = [RaceServiceStub(channel) for channel in channels]
    listed = await stubs[0].ListSessions(ListSessionsRequest())
    seeker = Seeker(stubs, listed.sessions[0])
    alone = [await seeker.seek(number) for number in range(ALONE)]
    for call in seeker.calls:
        call.cancel()
    seeker.calls.clear()
    watching: list[float] = []
    tasks = []
    for number in range(TOGETHER):
        watching.append(await seeker.seek(number))
        tasks.append(asyncio.create_task(drain(seeker.calls[-1])))
    storm = await asyncio.gather(*(seeker.seek(number) for number in range(TOGETHER // 10)))
    for call in seeker.calls:
        call.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for channel in channels:
        await channel.close()
    async with Redis.from_url(redis_url) as redis:
        size = (await redis.info("memory"))["used_memory"]
        wrong = await seeker.count_wrong(redis)
    return {"alone": alone, "watching": watching, "storm": storm, "size": size, "wrong": wrong}


def import_race(name: str, redis_url: str) -> None:
    """Build the whole log of a recorded race."""
    subprocess.run(
        [sys.executable, "-m", "racetime_poller", "import", str(recordings() / name)],
        env={
            **os.environ,
            "RACETIME_REDIS_URL": redis_url,
            "RACETIME_POLLER_CIRCUIT_FILES": "off",
        },
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=IMPORT_SECONDS,
    )


def measure() -> Report:
    """Import a race, serve it, let readers seek."""
    name = names()[-1]
    result = Report("seek")
    if name == MADE_UP:
        result.notes.append("no recordings (RACETIME_RECORDINGS): nothing to import")
        return result
    redis_port, api_port = pick_free(2)
    redis_url = f"redis://{HOST}:{redis_port}/0"
    valkey = [str(programs.valkey_server()), "--bind", HOST, "--port", str(redis_port)]
    with (
        tempfile.TemporaryDirectory(prefix="racetime-bench-") as folder,
        running([*valkey, "--save", "", "--dir", folder], redis_port),
    ):
        import_race(name, redis_url)
        address = f"{HOST}:{api_port}"
        environ = {
            "RACETIME_REDIS_URL": redis_url,
            "RACETIME_API_LISTEN": address,
            "RACETIME_API_STREAM_LISTEN": "",
            "RACETIME_API_METRICS_LISTEN": "",
        }
        with running([sys.executable, "-m", "racetime_api"], api_port, **environ):
            found = asyncio.run(measure_seeks(address, redis_url))
    for what, label in (
        ("alone", "one after the other"),
        ("watching", f"one after the other while up to {TOGETHER} replay"),
        ("storm", f"{TOGETHER // 10} at once while {TOGETHER} replay"),
    ):
        for figure, share in (("p50", 0.5), ("p99", 0.99)):
            result.add(f"{label}: {figure}", percentile(found[what], share), "ms", key=True)
    result.add("states of another instant than asked for", found["wrong"], "")
    result.add("Valkey with the whole race", found["size"] / 2**20, "MiB")
    result.notes.append(
        f"{name}; timing, motion and history; one replica, its client on the same cores"
    )
    return result
