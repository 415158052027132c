"""The load: a crowd watches; what it costs, and how old what it sees is."""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks.fanout import usage
from benchmarks.fanout.cost import Load
from benchmarks.fanout.crowd import crowd, listeners, pollers, watchers
from benchmarks.fanout.plan import FanoutPlan
from benchmarks.fanout.seen import LANES, Tally
from benchmarks.fanout.stage import Stage
from benchmarks.fanout.wires import frame
from benchmarks.fanout.witness import Witness, join_all, new_view
from racetime.v1.race_service_pb2 import WatchRaceRequest

_JOIN_SECONDS = 60.0
# Where in a second a measurement begins: when the last update has gone out, the next has not.
_PHASE_SECONDS = 0.95


class Crowd:
    """Viewers on a stage: h2load's, and witnesses among them."""

    def __init__(self, stage: Stage, plan: FanoutPlan, viewers: int, folder: Path) -> None:
        self.stage = stage
        self.plan = plan
        self.viewers = viewers
        self.witnesses: list[Witness] = []
        self._folder = folder
        self._stack = ExitStack()
        self._loads: list[int] = []

    async def __aenter__(self) -> "Crowd":
        return self

    async def __aexit__(self, *_: object) -> None:
        for witness in self.witnesses:
            witness.close()
        self._stack.close()

    @property
    def load_pids(self) -> Mapping[str, list[int]]:
        """The processes that make the load."""
        return {"generator": self._loads, "witnesses": [os.getpid()]}

    def send(self, h2load: tuple[Path, dict[str, str]], count: int) -> None:
        """Let h2load's viewers come."""
        plan, kind, url = self.plan, self.stage.kind, self.stage.url
        per_second = plan.joins_per_second
        if kind == "polling":
            lasting = plan.seconds + plan.settle_seconds + count // per_second + 10
            arguments = pollers(url, count, per_second, lasting)
        elif kind == "sse":
            arguments = listeners(url, count, per_second)
        else:
            body = self._folder / "request.bin"
            body.write_bytes(frame(WatchRaceRequest(lanes=LANES).SerializeToString()))
            arguments = watchers(url, count, per_second, body)
        log = self._folder / "h2load.log"
        process = self._stack.enter_context(crowd(h2load, arguments, log))
        self._loads.append(process.pid)

    async def gather(self, h2load: tuple[Path, dict[str, str]]) -> None:
        """Let all viewers join, the witnesses all along."""
        plan, stage = self.plan, self.stage
        few = 0 if stage.kind == "polling" else min(plan.witnesses, self.viewers)
        self.witnesses = [Witness(stage.url, new_view(stage.kind)) for _ in range(few)]
        if self.viewers > few:
            self.send(h2load, self.viewers - few)
        await join_all(self.witnesses, self.viewers / plan.joins_per_second)
        await stage.until_viewers(self.viewers, _JOIN_SECONDS)
        await asyncio.sleep(plan.settle_seconds)

    def digest(self) -> list[Tally]:
        """Take in what the witnesses have received."""
        for witness in self.witnesses:
            witness.digest()
        return [witness.view.tally for witness in self.witnesses]


def between(tally: Tally, began: float, ended: float) -> list[float]:
    """Answer how old updates were that came between two instants, in milliseconds."""
    return [millis for at, millis in tally.latencies if began <= at < ended]


async def until_phase() -> None:
    """Wait for the moment in a second at which all is quiet."""
    await asyncio.sleep((_PHASE_SECONDS - time.time()) % 1.0)


async def measure(people: Crowd, memory_before: dict[str, int]) -> Load:
    """Measure a crowd that has joined."""
    stage, load = people.stage, Load(people.stage.kind, people.viewers)
    groups = {**stage.pids, **people.load_pids}
    people.digest()
    sent_before, answers_before = stage.bytes_out, stage.answers
    await until_phase()
    began, before = time.time(), usage.cpu(groups)
    await asyncio.sleep(people.plan.seconds)
    ended, after = time.time(), usage.cpu(groups)
    load.seconds = ended - began
    load.cpu_seconds = usage.spent(before, after)
    load.bytes_out = stage.bytes_out - sent_before
    load.updates = people.viewers * round(load.seconds)
    if stage.kind == "polling":
        load.updates = stage.answers - answers_before
    load.memory_before, load.memory_after = memory_before, usage.memory(stage.pids)
    load.held = stage.viewers
    for tally in people.digest():
        load.latencies += between(tally, began, ended)
        load.faults += tally.faults
    return load
