"""Do one fault after the other to a system that is watched, and judge each by what viewers saw."""

import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.faults import Fault, draw_faults
from benchmarks.chaos.stage import ChainError, Stage, roles
from benchmarks.chaos.truth import Truth
from benchmarks.chaos.viewers import Viewers

SIGNALS = {"kill": signal.SIGKILL, "restart": signal.SIGTERM}
# After a fault all must be well again within so long, and news come to everybody.
_WELL_SECONDS = 45.0
# All watch within so long.
_JOIN_SECONDS = 60.0
# What only shows later: a lease that runs out, a replica that is found out.
_OBSERVED_SECONDS = 2.5
# What is over: whoever is alive has news within so long.
_CALM_SECONDS = 2.5
# After each fault as many viewers are held against the log; at the end all are.
_CHECKED = 60


@dataclass(frozen=True)
class Outcome:
    """What a fault did."""

    fault: Fault
    parts: Sequence[str]
    # The longest that anybody had no news for, by which way, and heard nothing at all for.
    silence_seconds: float
    way: str
    unheard_seconds: float
    # From its end until all parts were well again.
    well_seconds: float
    cuts: int
    snapshots: int
    wrong: Sequence[str]

    @property
    def passes(self) -> bool:
        """Whether viewers saw no gap, nothing wrong, and no silence beyond the target."""
        return not self.wrong and self.silence_seconds <= self.fault.most_seconds


@dataclass
class Run:
    """A run: what was done, and what came of it."""

    seed: int
    viewers: int
    outcomes: list[Outcome] = field(default_factory=list)
    # What was wrong at the end, when all had been told all.
    wrong_at_end: list[str] = field(default_factory=list)
    # The longest silence before the first fault.
    calm_seconds: float = 0.0
    updates: int = 0
    revisions: int = 0
    seconds: float = 0.0

    @property
    def passes(self) -> bool:
        """Whether all is as it must be."""
        return not self.wrong_at_end and all(one.passes for one in self.outcomes)


def run_chaos(
    folder: Path, seed: int, faults: int, viewers: int, tell: Callable[[Outcome], None]
) -> Run:
    """Run the system, do so many faults to it, and end it."""
    began = time.monotonic()
    run = Run(seed, viewers)
    stage = Stage(folder)
    with stage.running(), Viewers(stage.chain.target, viewers) as crowd:
        stage.until("all watch", lambda: crowd.have_news(0.0), _JOIN_SECONDS)
        calm_from = time.monotonic()
        chaos = _Chaos(stage, crowd, Truth(stage.redis_url), random.Random(seed))
        chaos.until_calm()
        run.calm_seconds = crowd.silence(calm_from, time.monotonic())[0]
        for fault in draw_faults(seed, faults):
            run.outcomes.append(chaos.do(fault))
            tell(run.outcomes[-1])
        chaos.end(run)
    run.seconds = time.monotonic() - began
    return run


class _Chaos:
    def __init__(self, stage: Stage, crowd: Viewers, truth: Truth, chance: random.Random) -> None:
        self._stage = stage
        self._crowd = crowd
        self._truth = truth
        self._chance = chance
        self._known_faults = 0

    def do(self, fault: Fault) -> Outcome:
        """Do a fault when all is well, and judge it once all is well again."""
        stage, crowd = self._stage, self._crowd
        self._pass(fault.after_seconds)
        named = roles(stage)
        parts = [named.get(part, part) for part in fault.parts]
        before, begins = crowd.counts, time.monotonic()
        self._inflict(fault, parts)
        ends = time.monotonic()
        wrong = self._until_well(ends)
        well_seconds = time.monotonic() - ends
        self._pass(max(0.0, _OBSERVED_SECONDS - well_seconds))
        wrong += self.until_calm()
        silence, way = crowd.silence(begins, time.monotonic())
        unheard = crowd.unheard(begins, time.monotonic())
        after = crowd.counts
        return Outcome(
            fault,
            parts,
            silence,
            way,
            unheard,
            well_seconds,
            after["cuts"] - before["cuts"],
            after["snapshots"] - before["snapshots"],
            [*wrong, *self._new_faults(), *self._wrong(_CHECKED)],
        )

    def end(self, run: Run) -> None:
        """Stop the race, and hold what everybody has against the whole log."""
        self._stage.send(["poller", "poller-2"], signal.SIGSTOP)
        run.wrong_at_end = [*self.until_told_all(), *self._new_faults()]
        run.wrong_at_end += self._wrong(len(self._crowd.viewers))
        run.updates, run.revisions = self._truth.sequence, self._truth.revisions
        self._stage.let_go()

    def until_calm(self) -> list[str]:
        """Wait until everybody has fresh news; answer what is wrong when they have not."""

        def fresh() -> bool:
            return self._crowd.have_news(time.monotonic() - _CALM_SECONDS)

        return self._wait("fresh news for all", fresh)

    def until_told_all(self) -> list[str]:
        """Wait until everybody is where the log is."""

        def told() -> bool:
            self._truth.check([])
            return {one.sequence for one in self._crowd.viewers} == {self._truth.sequence}

        return self._wait("all are told all", told)

    def _inflict(self, fault: Fault, parts: Sequence[str]) -> None:
        stage, seconds = self._stage, fault.lasting_seconds
        if fault.kind in SIGNALS:
            stage.send(parts, SIGNALS[fault.kind])
        elif fault.kind == "starve":
            stage.starve(parts, seconds)
        else:
            if fault.kind == "pause":
                stage.send(parts, signal.SIGSTOP)
            elif fault.kind == "cut":
                stage.ways.cut(parts)
            else:
                stage.ways.swallow(parts)
            self._pass(seconds)
            stage.let_go()

    def _until_well(self, since: float) -> list[str]:
        stage, crowd = self._stage, self._crowd
        return self._wait("all is well", lambda: crowd.have_news(since) and stage.is_sound())

    def _wait(self, what: str, get: Callable[[], bool]) -> list[str]:
        try:
            self._stage.until(what, get, _WELL_SECONDS)
        except ChainError as error:
            return [str(error)]
        return []

    def _new_faults(self) -> list[str]:
        faults = self._crowd.faults
        new, self._known_faults = faults[self._known_faults :], len(faults)
        return new

    def _wrong(self, count: int) -> list[str]:
        chosen = self._chance.sample(range(len(self._crowd.viewers)), count)
        # A log that is told under another revision is told to one after the other.
        revision = self._truth.newest_revision
        self._wait(
            "all know the revision",
            lambda: {one.log_revision for one in self._crowd.viewers} == {revision()},
        )
        return self._truth.check(self._crowd.held(chosen))

    @staticmethod
    def _pass(seconds: float) -> None:
        time.sleep(seconds)
