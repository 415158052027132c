"""Many scenes, played side by side: each is compared with the clean one of its stretch."""

import gc
import logging
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import structlog
from anchored import anchored
from scenes import PUSH_STRIKING, STRIKING, play
from sessions import PARTS
from world import differences

from racetime.v1.race_state_pb2 import RaceState

_WORKERS = 2
_FEWEST_FAULTS, _MOST_FAULTS = 2, 6
_RATES = (0.03, 0.08, 0.15)


class Scene(NamedTuple):
    """What is played: a part of a session under some faults."""

    session: str
    part: str
    faults: Sequence[str] = ()
    seed: int = 1
    rate: float = 0.15
    pushed: bool = False


class Outcome(NamedTuple):
    """How a scene ended: what is not as it should be, and how often each fault struck."""

    scene: Scene
    wrong: Sequence[str]
    struck: dict[str, int]


Played = tuple[bytes, dict[str, int]]


def combined(session: str, part: str, seed: int) -> Scene:
    """Return a scene under faults together, drawn by the seed."""
    chance = random.Random(f"{session}/{part}/{seed}")
    names = chance.sample(STRIKING, chance.randint(_FEWEST_FAULTS, _MOST_FAULTS))
    return Scene(session, part, tuple(sorted(names)), seed, chance.choice(_RATES))


def pushed(session: str, part: str, seed: int) -> Scene:
    """Return a scene whose rows are pushed, under faults of push and others together."""
    chance = random.Random(f"{session}/{part}/{seed}/pushed")
    names = chance.sample(PUSH_STRIKING, chance.randint(1, len(PUSH_STRIKING)))
    names += chance.sample(STRIKING, chance.randint(0, _FEWEST_FAULTS))
    return Scene(session, part, tuple(sorted(names)), seed, chance.choice(_RATES), True)


def _prepare() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # Little of what a scene makes is ever garbage in cycles.
    gc.set_threshold(100_000, 20, 20)


def _play(scene: Scene, recordings: Path) -> Played:
    stretch = PARTS[scene.part](scene.session, recordings)
    ended = play(stretch, scene.faults, seed=scene.seed, rate=scene.rate, pushed=scene.pushed)
    return ended.state.SerializeToString(), ended.injected


@dataclass
class Plays:
    """Plays scenes in processes of their own."""

    recordings: Path
    pool: ProcessPoolExecutor = field(init=False)
    _clean: dict[tuple[str, str], Future[Played]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Threads of this process, such as those of gRPC, do not outlive a fork.
        self.pool = ProcessPoolExecutor(_WORKERS, get_context("spawn"), initializer=_prepare)

    def close(self) -> None:
        """End the processes; what has not begun is not played any more."""
        self.pool.shutdown(cancel_futures=True)

    def clean(self, session: str, part: str) -> RaceState:
        """Return how a part ends without faults."""
        return RaceState.FromString(self._submit_clean(session, part).result()[0])

    def _submit_clean(self, session: str, part: str) -> Future[Played]:
        if (session, part) not in self._clean:
            self._clean[session, part] = self.submit(Scene(session, part))
        return self._clean[session, part]

    def submit(self, scene: Scene) -> Future[Played]:
        """Play a scene as soon as there is a process free."""
        return self.pool.submit(_play, scene, self.recordings)

    def outcomes(self, scenes: Iterable[Scene]) -> list[Outcome]:
        """Play scenes; return how each ended."""
        played = []
        for scene in scenes:
            self._submit_clean(scene.session, scene.part)
            played.append((scene, self.submit(scene)))
        return [self._outcome(scene, *future.result()) for scene, future in played]

    def _outcome(self, scene: Scene, state: bytes, struck: dict[str, int]) -> Outcome:
        expected = self.clean(scene.session, scene.part)
        ended = anchored(RaceState.FromString(state), expected)
        return Outcome(scene, differences(ended, expected)[:3], struck)
