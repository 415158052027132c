"""Play all scenes, and keep what was measured."""

import asyncio
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fanout import usage
from benchmarks.fanout.cost import Load
from benchmarks.fanout.crowd import find_h2load
from benchmarks.fanout.load import Crowd, measure
from benchmarks.fanout.plan import FanoutPlan
from benchmarks.fanout.race import PAST_SECONDS, Step, make_steps, write_steps
from benchmarks.fanout.scenes import Scene, kill, slow, storm
from benchmarks.fanout.seen import RaceView
from benchmarks.fanout.stage import BASELINES, Stage, staged
from benchmarks.fanout.truth import mismatches, read_log

# The feed goes on for so long beyond what a plan names, for starting and for rests.
_SPARE_SECONDS = 90
_REST_SECONDS = 3.0


@dataclass
class Measured:
    """All that came of a run."""

    loads: list[Load] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)
    # Bytes of the lanes of an update, on average: what the floor writes too.
    update_bytes: int = 0


class Runner:
    """Plays scenes one after the other, each on a stage of its own."""

    def __init__(self, plan: FanoutPlan, folder: Path) -> None:
        self.measured = Measured()
        self._plan = plan
        self._folder = folder
        self._h2load = find_h2load(plan.h2load)
        self._numbers = itertools.count(1)
        self._race = folder / "race.binpb"
        steps = make_steps(PAST_SECONDS + plan.longest_seconds + _SPARE_SECONDS)
        self._past = _past(steps)
        write_steps(self._race, steps)
        coming = steps[self._past :]
        self.measured.update_bytes = sum(step.size_bytes for step in coming) // len(coming)

    def play(self) -> None:
        """Play all scenes that are wanted."""
        plan, wanted = self._plan, self._plan.wanted_scenes
        for number, viewers in enumerate(plan.crowds):
            for turn in range(plan.rounds):
                is_last = turn == plan.rounds - 1
                if "floor" in wanted:
                    self._load("floor", viewers)
                if "racetime" in wanted:
                    self._racetime(viewers, with_scenes=number == 0 and is_last)
            if number == 0:
                for kind in BASELINES:
                    if kind in wanted:
                        few = min(plan.pollers, viewers)
                        self._load(kind, few if kind == "polling" else viewers)

    def _load(self, kind: str, viewers: int) -> None:
        async def play(stage: Stage) -> None:
            memory = usage.memory(stage.pids)
            async with Crowd(stage, self._plan, viewers, stage.chain.folder) as people:
                await people.gather(self._h2load)
                self._keep(await measure(people, memory))

        with self._stage(kind) as stage:
            asyncio.run(play(stage))

    def _racetime(self, viewers: int, *, with_scenes: bool) -> None:
        async def play(stage: Stage) -> None:
            memory = usage.memory(stage.pids)
            async with Crowd(stage, self._plan, viewers, stage.chain.folder) as people:
                await people.gather(self._h2load)
                load = await measure(people, memory)
                scenes = await self._scenes(people) if with_scenes else []
                await self._judge(stage, people, load, scenes)
                self._keep(load)

        with self._stage("racetime") as stage:
            asyncio.run(play(stage))

    async def _scenes(self, people: Crowd) -> list[Scene]:
        wanted, scenes = self._plan.wanted_scenes, []
        if "storm" in wanted:
            scenes.append(await storm(people))
        if "slow" in wanted:
            scenes.append(await slow(people))
        if "kill" in wanted:
            scenes.append(await kill(people, self._h2load))
        return scenes

    async def _judge(self, stage: Stage, people: Crowd, load: Load, scenes: list[Scene]) -> None:
        """End the feed and hold everyone against the log."""
        stage.chain.terminate("poller")
        await asyncio.sleep(_REST_SECONDS)
        people.digest()
        log = read_log(stage.chain.redis_url)
        views = [witness.view for witness in people.witnesses]
        load.faults = mismatches(log, (view for view in views if isinstance(view, RaceView)))
        newest = log[-1].sequence
        load.faults += [
            f"a viewer ends at {view.sequence}, the log at {newest}"
            for view in views
            if isinstance(view, RaceView) and view.sequence != newest
        ]
        for scene in scenes:
            seen = (witness.view for witness in scene.witnesses)
            faults = mismatches(log, (view for view in seen if isinstance(view, RaceView)))
            scene.figures["mismatches"] = faults
            self.measured.scenes.append(scene)

    def _keep(self, load: Load) -> None:
        self.measured.loads.append(load)
        costs = " + ".join(f"{load.micros(name):.1f} {name}" for name in load.cpu_seconds)
        print(f"  {load.viewers} viewers, {load.kind}: us of CPU per update: {costs}", flush=True)

    @contextmanager
    def _stage(self, kind: str) -> Iterator[Stage]:
        folder = self._folder / f"{next(self._numbers)}-{kind}"
        size = self.measured.update_bytes
        with staged(kind, folder, self._plan.replicas, self._race, self._past, size) as stage:
            yield stage


def _past(steps: list[Step]) -> int:
    """Count the updates of the first seconds; before lights out there are some, too."""
    first = steps[0].update.race_offset_millis
    ended = first + PAST_SECONDS * 1000
    return sum(step.update.race_offset_millis < ended for step in steps)


def run(plan: FanoutPlan) -> Measured:
    """Play a plan; answer what was measured."""
    with tempfile.TemporaryDirectory(prefix="racetime-fanout-") as folder:
        runner = Runner(plan, Path(folder))
        runner.play()
        return runner.measured
