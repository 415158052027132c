"""However the source misbehaves, every session ends as it does without: issue "Done when" 6."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from plays import Outcome, Plays, Scene
from scenes import STRIKING, play
from sessions import SESSIONS, finish
from world import differences

from racetime.v1.car_pb2 import CAR_STATE_FINISHED
from racetime.v1.history_pb2 import RACE_EVENT_KIND_PIT_STOP
from racetime_simulator.faults import FAULTS

_QATAR = "2025-qatar-sprint"


@pytest.fixture(scope="module")
def plays(recordings: Path) -> Iterator[Plays]:
    plays = Plays(recordings)
    yield plays
    plays.close()


@pytest.fixture(scope="module")
def struck() -> Counter[str]:
    """How often each fault struck, in all sessions together."""
    return Counter()


def _part(session: str, fault: str) -> str:
    """Return where a fault is tried in a session: what repairs rows, at the end, where most are."""
    if FAULTS[fault].kind == "rows":
        return "finish"
    odd = (SESSIONS.index(session) + STRIKING.index(fault)) % 2
    return "opening" if odd else "finish"


def _failures(outcomes: list[Outcome]) -> dict[str, object]:
    return {", ".join(one.scene.faults): one.wrong for one in outcomes if one.wrong}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("session", SESSIONS)
def test_no_single_fault_changes_anything_in_the_end(
    session: str, plays: Plays, struck: Counter[str]
) -> None:
    outcomes = plays.outcomes(Scene(session, _part(session, name), (name,)) for name in STRIKING)
    assert _failures(outcomes) == {}
    for outcome in outcomes:
        struck.update(outcome.struck)


def test_every_fault_has_struck(struck: Counter[str]) -> None:
    if not struck:
        pytest.skip("nothing was played")
    assert set(STRIKING) <= set(struck)


@pytest.mark.parametrize("session", SESSIONS)
def test_a_clean_finish_has_all_cars_and_results(session: str, plays: Plays) -> None:
    clean = plays.clean(session, "finish")
    assert len(clean.positions) == 20
    assert len(clean.results) == 20 or "practice" in session
    if any(word in session for word in ("race", "sprint")) and not clean.HasField("qualifying"):
        finished = [one for one in clean.statuses.values() if one.state == CAR_STATE_FINISHED]
        assert len(finished) > 10


def test_a_stop_that_is_told_twice_is_one(plays: Plays, recordings: Path) -> None:
    ended = play(finish(_QATAR, recordings), ("duplicate_pit",)).state
    clean = plays.clean(_QATAR, "finish")
    # Which of the two instants is right nobody knows: a row that follows moves its stop.
    for stops in (ended.pit_stops, clean.pit_stops):
        for stop in stops.values():
            stop.ClearField("race_offset_millis")
    for event in (*ended.events.values(), *clean.events.values()):
        if event.kind == RACE_EVENT_KIND_PIT_STOP:
            event.ClearField("race_offset_millis")
    assert differences(ended, clean) == []
