"""However the source misbehaves, the race ends as it does without: issue "Done when" 6."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import virtual_time
from world import World, differences, settled

from racetime.v1.car_pb2 import CAR_STATE_FINISHED
from racetime.v1.history_pb2 import RACE_EVENT_KIND_PIT_STOP
from racetime.v1.race_state_pb2 import RaceState
from racetime_simulator.faults import FAULTS, RECOVERABLE, Faults, Window
from racetime_simulator.recording import Recording, load_recording

# The last laps of the sprint, the flag, the result, and a resync after it.
_FROM_START_SECONDS, _SECONDS = 1_080, 1_260
_QATAR = "2025-qatar-sprint"
# Faults that last are on for a while: all must be well again at the end.
_LASTING_SECONDS = (60, 360)
# Of the places and stops of a few laps there are not many.
_ROWS_RATE = 0.7
_STRIKING = tuple(
    name
    for name in RECOVERABLE
    if FAULTS[name].kind in ("answers", "rows") and name != "duplicate_pit"
)


@dataclass(frozen=True)
class Ended:
    """The state at the end, and how often each fault struck."""

    state: RaceState
    injected: dict[str, int]


def _needs_end(name: str) -> bool:
    fault = FAULTS[name]
    return name not in ("outage", "late", "duplicate_pit") and (fault.lasts or fault.kind == "rows")


@cache
def _load(folder: Path) -> Recording:
    return load_recording(folder)


def play(folder: Path, names: tuple[str, ...] = (), *, seed: int = 1, rate: float = 0.15) -> Ended:
    """Play the end of the sprint; return how it ended."""
    archive = _load(folder)
    start = archive.session.first_lap_start + timedelta(seconds=_FROM_START_SECONDS)
    lasting = Window.between(*(start + timedelta(seconds=s) for s in _LASTING_SECONDS))
    faults = Faults(
        frozenset(names),
        rate=rate,
        seed=seed,
        outage_start=start + timedelta(seconds=200),
        windows={name: lasting for name in names if _needs_end(name)},
        rates={name: _ROWS_RATE for name in names if FAULTS[name].kind == "rows"},
    )

    async def main() -> Ended:
        world = World(archive, start, faults=faults)
        async with world.poller():
            await world.until(_SECONDS)
        state = await world.state(archive.session.session_key)
        return Ended(settled(state), faults.injected)

    return virtual_time.run(main)


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


@pytest.mark.parametrize("name", _STRIKING)
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
    ended = play(recordings / _QATAR, _STRIKING, seed=seed, rate=0.05)
    assert len(ended.injected) > 8
    assert differences(ended.state, clean) == []
