"""A whole poller that follows a made-up session tells what happened in it."""

from datetime import UTC, datetime, timedelta

import pytest
import virtual_time
from world import World

from racetime import keys
from racetime.v1.car_pb2 import (
    CAR_STATE_IN_PIT,
    CAR_STATE_KNOCKED_OUT,
    CAR_STATE_RETIRED,
    CAR_STATE_STOPPED,
    TyreCompound,
)
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.track_pb2 import TRACK_FLAG_RED, TRACK_FLAG_SAFETY_CAR
from racetime.v1.track_pb2 import TRACK_FLAG_YELLOW as YELLOW
from racetime_simulator.archive import FixedArchive
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.incidents import read_incidents
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.season import Season
from racetime_simulator.madeup.session import build_session, session_rows_of, tell_session
from racetime_simulator.madeup.story import Kind, SessionStory

START = datetime(2026, 5, 2, 14, tzinfo=UTC)
# So fast that a poller asks and tells seldom: it is much cheaper, and what is told is the same.
SPEED = 120.0


def _told(story: SessionStory, *instants: float) -> list[RaceState]:
    """Play a session; return what is told of it so many seconds after zero.

    The result is not published by then: all that is known is derived.
    """
    session = build_session(story)

    async def main() -> list[RaceState]:
        archive = FixedArchive(session, "simulated")
        world = World(archive, story.zero, speed=SPEED, session=str(story.session_key))
        states = []
        async with world.poller():
            for seconds in instants:
                await world.until(seconds)
                states.append(await world.state(story.session_key))
        return states

    return virtual_time.run(main)


@pytest.mark.parametrize(
    ("kind", "seed", "cars"), [("qualifying", 2, 22), ("sprint_qualifying", 7, 20)]
)
def test_the_poller_ends_with_the_eliminations_of_the_result(
    kind: Kind, seed: int, cars: int
) -> None:
    story = tell_session(kind, seed, 0, START, cars)
    (state,) = _told(story, story.end / 1000 + 200)
    result = session_rows_of(story)["session_result"]
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


def test_the_poller_tells_a_wet_sprint_that_is_stopped_and_goes_on() -> None:
    incidents = read_incidents("wet-start,red")
    story = tell_session("sprint", 5, 0, START, incidents=incidents)
    assert isinstance(story, Story)
    trace = story.timing.trace
    red = trace.stoppage
    assert red is not None
    waiting, state = _told(story, red.resumed - 60, story.end / 1000 + 60)
    by_state: dict[int, set[int]] = {}
    for number, one in waiting.statuses.items():
        by_state.setdefault(one.state, set()).add(number)
    assert by_state.pop(CAR_STATE_STOPPED) == {story.number(red.car)}
    gone = {story.number(car) for car, at in trace.retired.items() if at < red.crashed}
    assert by_state.pop(CAR_STATE_RETIRED, set()) == gone
    assert by_state.keys() == {CAR_STATE_IN_PIT}
    result = session_rows_of(story)["session_result"]
    places = sorted(state.positions, key=lambda n: state.positions[n].position)
    assert places == [row["driver_number"] for row in result]
    flags = [one.flag for _, one in sorted(state.track_periods.items()) if one.flag != YELLOW]
    assert flags == [TRACK_FLAG_SAFETY_CAR, TRACK_FLAG_RED, TRACK_FLAG_SAFETY_CAR]
    fitted = sorted((story.number(one.car), one.first_lap, one.compound) for one in trace.stints)
    told = [
        (one.driver_number, one.first_lap, TyreCompound.Name(one.compound))
        for one in state.stints.values()
    ]
    assert sorted(told) == [(number, lap, f"TYRE_COMPOUND_{name}") for number, lap, name in fitted]
    out = {n for n, one in state.statuses.items() if one.state == CAR_STATE_RETIRED}
    assert out == {story.number(car) for car in trace.retired}


def test_the_poller_tells_a_practice_by_its_best_laps() -> None:
    story = tell_session("practice", 8, 0, START)
    (state,) = _told(story, story.end / 1000 + 60)
    result = session_rows_of(story)["session_result"]
    places = sorted(state.positions, key=lambda n: state.positions[n].position)
    assert places == [row["driver_number"] for row in result]
    for row in result:
        timing = state.timings[row["driver_number"]]
        if row["duration"] is not None:
            assert timing.best_lap_millis == round(row["duration"] * 1000)
    assert not state.gaps
    assert [one.flag for one in state.track_periods.values() if one.flag != YELLOW] == [
        TRACK_FLAG_RED
    ]


def test_a_weekend_is_followed_from_session_to_session_and_its_race_starts_as_qualified() -> None:
    season = Season(1, START, course="weekend", incidents=read_incidents("none"))
    practice = season.first
    (_, qualifying) = season.sessions_at(to_micros(practice.end))
    *_, race = season.sessions_at(to_micros(qualifying.end))

    async def watch(start: datetime, seconds: float) -> tuple[int, RaceState]:
        world = World(season, start, speed=SPEED)
        async with world.poller():
            await world.until(seconds)
            key = int(await world.redis.get(keys.LIVE) or 0)
            return key, await world.state(key)

    async def main() -> tuple[tuple[int, RaceState], tuple[int, RaceState]]:
        followed = await watch(practice.end - timedelta(seconds=60), 600)
        return followed, await watch(race.first_lap_start - timedelta(seconds=60), 180)

    (second, _), (third, state) = virtual_time.run(main)
    assert (second, third) == (qualifying.session_key, race.session_key)
    story = tell_session("qualifying", 1, 0, START)
    assert isinstance(story, DrivenStory)
    assert {place: n for n, one in state.positions.items() if (place := one.grid_position)} == {
        place: story.number(car) for place, car in enumerate(story.driven.grid, start=1)
    }
    assert state.progress.total_laps == race.total_laps
