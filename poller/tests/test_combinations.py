"""Every session, under seeded combinations of faults, ends as it does without any.

`RACETIME_COMBINATIONS` sets how many there are of each part of a session.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from plays import Outcome, Plays, combined, pushed
from scenes import PUSH_STRIKING
from sessions import PARTS, SESSIONS

_COUNT = int(os.environ.get("RACETIME_COMBINATIONS", "10"))
# Where rows are pushed.
_PUSHED_COUNT = max(1, _COUNT // 8)
_TIMEOUT_SECONDS = 120 + 20 * _COUNT


@pytest.fixture(scope="module")
def plays(recordings: Path) -> Iterator[Plays]:
    plays = Plays(recordings)
    yield plays
    plays.close()


@pytest.fixture(scope="module")
def struck() -> set[str]:
    """Faults of push that struck, in all sessions together."""
    return set()


def _check(outcomes: Sequence[Outcome]) -> None:
    wrong = {str(one.scene): one.wrong for one in outcomes if one.wrong}
    assert wrong == {}
    assert sum(any(one.struck.values()) for one in outcomes) >= 0.9 * len(outcomes)


@pytest.mark.timeout(_TIMEOUT_SECONDS)
@pytest.mark.parametrize("session", SESSIONS)
def test_combinations_of_faults_change_nothing_in_the_end(session: str, plays: Plays) -> None:
    scenes = [combined(session, part, seed) for part in PARTS for seed in range(_COUNT)]
    _check(plays.outcomes(scenes))


@pytest.mark.timeout(_TIMEOUT_SECONDS)
@pytest.mark.parametrize("session", SESSIONS)
def test_what_is_pushed_under_faults_ends_as_what_is_asked_for_without(
    session: str, plays: Plays, struck: set[str]
) -> None:
    scenes = [pushed(session, part, seed) for part in PARTS for seed in range(_PUSHED_COUNT)]
    outcomes = plays.outcomes(scenes)
    _check(outcomes)
    struck.update(*(outcome.struck for outcome in outcomes))


def test_every_fault_of_push_has_struck(struck: set[str]) -> None:
    if not struck:
        pytest.skip("nothing was played")
    assert set(PUSH_STRIKING) <= struck
