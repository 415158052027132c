"""Every recorded session, under seeded combinations of faults, ends as it does without any.

`RACETIME_COMBINATIONS` sets how many there are of each session.
"""

import logging
import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
import structlog
from recording_names import OTHERS, RACES
from scenes import STRIKING, play
from world import differences

from racetime.v1.race_state_pb2 import RaceState

_COUNT = int(os.environ.get("RACETIME_COMBINATIONS", "8"))
_MOST_FAULTS = 6
_WORKERS = 2


def _combination(seed: int) -> tuple[tuple[str, ...], float]:
    """Return which faults strike together, and how often those of chance do."""
    chance = random.Random(seed)
    names = chance.sample(STRIKING, chance.randint(2, _MOST_FAULTS))
    return tuple(sorted(names)), chance.choice((0.03, 0.08, 0.15))


def _quieten() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _ended(folder: Path, seed: int | None) -> tuple[bytes, int]:
    if seed is None:
        return play(folder).state.SerializeToString(), 0
    names, rate = _combination(seed)
    ended = play(folder, names, seed=seed, rate=rate)
    return ended.state.SerializeToString(), sum(ended.injected.values())


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    # Threads of this process, such as those of gRPC, do not outlive a fork.
    context = get_context("spawn")
    with ProcessPoolExecutor(_WORKERS, context, initializer=_quieten) as pool:
        yield pool


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", RACES + OTHERS)
def test_combinations_of_faults_change_nothing_in_the_end(
    name: str, recordings: Path, workers: ProcessPoolExecutor
) -> None:
    folder = recordings / name
    clean = workers.submit(_ended, folder, None)
    seeds = range(100, 100 + _COUNT)
    played = {seed: workers.submit(_ended, folder, seed) for seed in seeds}
    expected = RaceState.FromString(clean.result()[0])
    struck, wrong = 0, {}
    for seed, future in played.items():
        state, injected = future.result()
        struck += injected > 0
        if found := differences(RaceState.FromString(state), expected):
            wrong[seed] = (_combination(seed)[0], found[:3])
    assert wrong == {}
    assert struck > 0.9 * len(played)
