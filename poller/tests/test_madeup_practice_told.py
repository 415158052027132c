"""What an intake tells of a made-up practice is what happened in it."""

from datetime import UTC, datetime
from functools import cache

import pytest
from madeup_race import Played

from racetime_poller.race.views import CarState, SessionPhase, TrackFlag
from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.session import practise, session_rows_of, tell_session

START = datetime(2026, 5, 1, 11, 30, tzinfo=UTC)
each = pytest.mark.parametrize("seed", [1, 3, 8])


@cache
def _story(seed: int) -> DrivenStory:
    story = tell_session("practice", seed, 0, START)
    assert isinstance(story, DrivenStory)
    return story


@each
def test_places_are_those_of_the_best_laps_all_along(seed: int) -> None:
    story = _story(seed)
    driven, played = story.driven, Played(story)
    (part,) = driven.parts
    for seconds in (700.0, 1500.0, 2400.0, 3300.0, story.end / 1000 + 90):
        picture = played.take(seconds)
        # What was done in the last second may not have been told yet.
        orders = [driven.ranked(part, driven.order, at) for at in (seconds - 1.5, seconds)]
        told = sorted(picture.positions, key=lambda number: picture.positions[number].position)
        assert told in [[story.number(car) for car in order] for order in orders]
        bests = driven.bests(part, seconds - 1.5)
        for car, (millis, _) in bests.items():
            assert (picture.timings[story.number(car)].best_lap_millis or 0) <= millis
    assert picture.clock.phase is SessionPhase.FINISHED
    result = session_rows_of(story)["session_result"]
    assert told == [row["driver_number"] for row in result]
    for row in result:
        if row["duration"] is not None:
            best = picture.timings[row["driver_number"]].best_lap_millis
            assert best == round(row["duration"] * 1000)
    assert not played.intake.set_aside


@each
def test_without_rows_of_places_the_best_laps_place_the_cars(seed: int) -> None:
    story = _story(seed)
    picture = Played(story, without=frozenset({"position"})).take(story.end / 1000 + 90)
    told = sorted(picture.positions, key=lambda number: picture.positions[number].position)
    timed = [row for row in session_rows_of(story)["session_result"] if row["duration"]]
    assert told[: len(timed)] == [row["driver_number"] for row in timed]


@each
def test_a_red_flag_is_a_span_and_a_crashed_car_stands(seed: int) -> None:
    story = _story(seed)
    (part,) = story.driven.parts
    played = Played(story)
    red = part.red
    if red is None:
        picture = played.take(3700)
        assert all(one.flag is not TrackFlag.RED for one in picture.track_periods.values())
        return
    during = played.take(red.at + 30)
    assert during.track_status is not None
    assert during.track_status.flag is TrackFlag.RED
    assert during.clock.phase is SessionPhase.SUSPENDED
    assert during.statuses[story.number(red.car)].state is CarState.STOPPED
    after = played.take(3700)
    (span,) = [one for one in after.track_periods.values() if one.flag is TrackFlag.RED]
    assert span.start_at - played.millis(0) == pytest.approx(red.at * 1000, abs=1_500)
    assert (span.end_at or 0) - played.millis(0) == pytest.approx(red.resumed * 1000, abs=1_500)
    assert (span.first_lap, span.last_lap) == (None, None)


@each
def test_stints_are_the_runs_and_deleted_laps_do_not_count(seed: int) -> None:
    story = _story(seed)
    picture = Played(story).take(story.end / 1000 + 90)
    told = [
        (one.driver_number, one.compound.name, one.first_lap, one.age_at_start_laps)
        for one in picture.stints.values()
    ]
    assert sorted(told) == sorted(
        (story.number(one.car), one.compound, one.first_lap, one.age) for one in story.driven.stints
    )
    deleted = {(story.number(one.car), one.lap.number) for one in story.driven.deletions}
    red = story.driven.parts[0].red
    # Nor does a lap that ended while the session stood, give or take a second of the message.
    stood = {
        (story.number(car), lap.number)
        for car, drive in enumerate(story.driven.drives)
        for lap in drive.laps
        if red and lap.end is not None and red.at - 2 < lap.end < red.resumed
    }
    assert picture.deleted_laps >= deleted
    assert picture.deleted_laps - deleted <= stood


def test_of_these_seeds_one_has_a_red_flag_and_one_has_none() -> None:
    assert {practise(seed).parts[0].red is None for seed in (1, 3, 8)} == {True, False}
