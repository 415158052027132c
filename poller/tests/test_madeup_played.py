"""A poller that follows a made-up qualifying sees who is out, and what everybody's best was."""

from datetime import UTC, datetime

import pytest
import virtual_time
from world import World

from racetime.v1.car_pb2 import CAR_STATE_KNOCKED_OUT
from racetime.v1.race_state_pb2 import RaceState
from racetime_simulator.madeup.season import Season
from racetime_simulator.madeup.session import session_rows_of, tell_session
from racetime_simulator.madeup.story import SORTS, Kind

START = datetime(2026, 5, 2, 14, tzinfo=UTC)


def _played(kind: Kind, seed: int, cars: int) -> RaceState:
    """Play it to its end. The result is not published by then: all that is known is derived."""
    season = Season(seed, START, kind=kind, cars=cars)
    seconds = (season.first.end - START).total_seconds()
    key = 90001 + SORTS[kind].key

    async def main() -> RaceState:
        world = World(season, START, session=str(key))
        async with world.poller():
            await world.until(seconds + 200)
            return await world.state(key)

    return virtual_time.run(main)


@pytest.mark.parametrize(
    ("kind", "seed", "cars"), [("qualifying", 2, 22), ("sprint_qualifying", 7, 20)]
)
def test_the_poller_ends_with_the_eliminations_of_the_result(
    kind: Kind, seed: int, cars: int
) -> None:
    state = _played(kind, seed, cars)
    result = session_rows_of(tell_session(kind, seed, 0, START, cars))["session_result"]
    assert not state.results
    places = {number: one.position for number, one in state.positions.items()}
    assert places == {row["driver_number"]: row["position"] for row in result}
    knocked_out = {n for n, one in state.statuses.items() if one.state == CAR_STATE_KNOCKED_OUT}
    assert knocked_out == {row["driver_number"] for row in result if row["position"] > 10}
    assert state.qualifying.cut_positions == {1: 16 if cars == 22 else 15, 2: 10}
    for row in result:
        bests = state.car_bests[row["driver_number"]]
        for phase, seconds in zip((1, 2, 3), row["duration"], strict=True):
            name = f"phase_{phase}_lap_millis"
            if seconds is not None:
                assert getattr(bests, name) == round(seconds * 1000)
