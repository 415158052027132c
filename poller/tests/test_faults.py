"""However the source misbehaves, the race ends as it does without: issue "Done when" 6."""

from pathlib import Path

import pytest
from scenes import STRIKING, play
from world import differences

from racetime.v1.car_pb2 import CAR_STATE_FINISHED
from racetime.v1.history_pb2 import RACE_EVENT_KIND_PIT_STOP
from racetime.v1.race_state_pb2 import RaceState

_QATAR = "2025-qatar-sprint"


@pytest.fixture(scope="module")
def _clean(recordings: Path) -> RaceState:
    return play(recordings / _QATAR).state


@pytest.fixture
def clean(_clean: RaceState) -> RaceState:
    state = RaceState()
    state.CopyFrom(_clean)
    return state


def test_a_clean_run_ends_with_the_result(clean: RaceState) -> None:
    assert len(clean.positions) == 20
    assert len(clean.results) == 20
    assert clean.statuses[81].state == CAR_STATE_FINISHED


@pytest.mark.parametrize("name", STRIKING)
def test_a_fault_changes_nothing_in_the_end(name: str, clean: RaceState, recordings: Path) -> None:
    ended = play(recordings / _QATAR, (name,))
    assert ended.injected.get(name) or name == "late"
    assert differences(ended.state, clean) == []


def test_a_stop_that_is_told_twice_is_one(clean: RaceState, recordings: Path) -> None:
    ended = play(recordings / _QATAR, ("duplicate_pit",)).state
    # Which of the two instants is right nobody knows: a row that follows moves its stop.
    for stops in (ended.pit_stops, clean.pit_stops):
        for stop in stops.values():
            stop.ClearField("race_offset_millis")
    for event in (*ended.events.values(), *clean.events.values()):
        if event.kind == RACE_EVENT_KIND_PIT_STOP:
            event.ClearField("race_offset_millis")
    assert differences(ended, clean) == []


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_all_faults_together_change_nothing_in_the_end(
    seed: int, clean: RaceState, recordings: Path
) -> None:
    ended = play(recordings / _QATAR, STRIKING, seed=seed, rate=0.05)
    assert len(ended.injected) > 8
    assert differences(ended.state, clean) == []
