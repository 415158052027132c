"""Every session, under seeded combinations of faults, ends as it does without any.

`RACETIME_COMBINATIONS` sets how many there are of each part of a session.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from plays import Plays, combined
from sessions import PARTS, SESSIONS

_COUNT = int(os.environ.get("RACETIME_COMBINATIONS", "15"))


@pytest.fixture(scope="module")
def plays(recordings: Path) -> Iterator[Plays]:
    plays = Plays(recordings)
    yield plays
    plays.close()


@pytest.mark.timeout(60 + 20 * _COUNT)
@pytest.mark.parametrize("session", SESSIONS)
def test_combinations_of_faults_change_nothing_in_the_end(session: str, plays: Plays) -> None:
    scenes = [combined(session, part, seed) for part in PARTS for seed in range(_COUNT)]
    outcomes = plays.outcomes(scenes)
    wrong = {str(one.scene): one.wrong for one in outcomes if one.wrong}
    assert wrong == {}
    assert sum(any(one.struck.values()) for one in outcomes) > 0.9 * len(outcomes)
