"""What may befall a crowd: many who join at once, readers that stop, a replica that dies."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fanout import usage
from benchmarks.fanout.load import Crowd, between
from benchmarks.fanout.seen import RaceView
from benchmarks.fanout.witness import Witness, join_all, new_view
from benchmarks.report import percentile

# After a scene: for what is still on its way.
_REST_SECONDS = 4.0
_KILLED = "api-1"
# Until the gateway has noticed.
_NOTICE_SECONDS = 0.5


@dataclass
class Scene:
    """What came of a scene."""

    name: str
    figures: dict[str, Any] = field(default_factory=dict)
    # Who must end with the truth.
    witnesses: list[Witness] = field(default_factory=list)


async def storm(people: Crowd) -> Scene:
    """Let many join within seconds while the crowd watches; each verifies what it gets."""
    plan, stage = people.plan, people.stage
    many = [Witness(stage.url, new_view(stage.kind)) for _ in range(plan.storm_joins)]
    began = time.time()
    await join_all(many, plan.storm_seconds)
    await asyncio.sleep(_REST_SECONDS)
    for witness in many:
        witness.digest()
        witness.close()
    firsts = [(witness.view.tally.first_state_at, witness.began_at) for witness in many]
    waits = [(at - asked) * 1000 for at, asked in firsts if at is not None]
    last = max((at for at, _ in firsts if at is not None), default=0.0)
    scene = Scene("storm", witnesses=many)
    scene.figures = {
        "joins": len(many),
        "answered": len(waits),
        "waits_millis": waits,
        "all_joined_seconds": last - began,
    }
    return scene


async def slow(people: Crowd) -> Scene:
    """Let readers stop for a while, and read on."""
    plan, stage = people.plan, people.stage
    many = [Witness(stage.url, new_view(stage.kind), slow=True) for _ in range(plan.slow_readers)]
    await join_all(many, 1.0)
    await asyncio.sleep(_REST_SECONDS)
    before = usage.memory(stage.pids)
    for witness in many:
        witness.pause()
    people.digest()
    began = time.time()
    await asyncio.sleep(plan.slow_seconds)
    ended, after = time.time(), usage.memory(stage.pids)
    others = [age for tally in people.digest() for age in between(tally, began, ended)]
    for witness in many:
        witness.resume()
    await asyncio.sleep(_REST_SECONDS)
    for witness in many:
        witness.digest()
        witness.close()
    scene = Scene("slow", witnesses=many)
    scene.figures = {
        "readers": len(many),
        "seconds": plan.slow_seconds,
        "memory_kib": {name: (after[name] - before[name]) / 1024 for name in ("api", "gateway")},
        "others_p99_millis": percentile(others, 0.99),
        "joined": sum(witness.view.tally.joined for witness in many),
    }
    return scene


async def kill(people: Crowd, h2load: tuple[Any, dict[str, str]]) -> Scene:
    """Kill a replica; its witnesses come back by themselves, its part of the crowd at once."""
    stage = people.stage
    people.digest()
    at = time.time()
    held = stage.viewers
    stage.chain.kill(_KILLED)
    await asyncio.sleep(_NOTICE_SECONDS)
    lost = max(0, held - stage.viewers)
    people.send(h2load, max(lost, 1))
    await asyncio.sleep(stage_seconds(lost, people) + _REST_SECONDS)
    people.digest()
    hit = [witness for witness in people.witnesses if witness.cuts]
    scene = Scene("kill", witnesses=people.witnesses)
    scene.figures = {
        "witnesses_cut": len(hit),
        "crowd_cut": lost,
        "back_millis": sorted(_back(witness, at) * 1000 for witness in hit),
        "snapshots": sum(_snapshots(witness) - 1 for witness in hit),
    }
    return scene


def stage_seconds(count: int, people: Crowd) -> float:
    """Answer how long so many take to join."""
    return count / people.plan.joins_per_second


def _back(witness: Witness, at: float) -> float:
    """Answer how long after an instant the first update came over the new stream."""
    cut = witness.cut_at[0]
    later = [came for came, _ in witness.view.tally.latencies if came > cut]
    return min(later, default=float("inf")) - at


def _snapshots(witness: Witness) -> int:
    return witness.view.snapshots if isinstance(witness.view, RaceView) else 1
