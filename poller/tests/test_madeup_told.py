"""What an intake tells of a made-up race is what happened in it."""

import random
from functools import cache

import pytest
from madeup_race import SCHEDULED, Played

from racetime_poller.race.derive import Picture
from racetime_poller.race.views import CarState, TrackFlag
from racetime_simulator.madeup.incidents import read_incidents
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.session import session_rows_of, tell_session
from racetime_simulator.madeup.story import Kind

CASES: list[tuple[Kind, str, int]] = [
    ("race", "sc,vsc,red,rain,yellow", 3),
    ("race", "wet-start,sc,vsc", 2),
    ("sprint", "wet-start,red", 5),
    ("sprint", "sc,rain,wet-start,yellow", 98),
]
each = pytest.mark.parametrize(("kind", "incidents", "seed"), CASES)
FLAGS = {
    "safety_car": TrackFlag.SAFETY_CAR,
    "start": TrackFlag.SAFETY_CAR,
    "restart": TrackFlag.SAFETY_CAR,
    "virtual": TrackFlag.VIRTUAL_SAFETY_CAR,
}
# Messages are told in whole seconds, some of them a second late, and lines are exact.
_SLACK_MILLIS = 1_500

Span = tuple[TrackFlag, int, int, int, int]


@cache
def _ended(kind: Kind, incidents: str, seed: int) -> tuple[Story, Played, Picture]:
    story = tell_session(kind, seed, 0, SCHEDULED, incidents=read_incidents(incidents))
    assert isinstance(story, Story)
    played = Played(story)
    # The crash and the red flag are told while they last.
    red = story.timing.trace.stoppage
    if red is not None:
        _is_red_for_all(story, played.take(red.at + 30), red.car)
        _is_red_for_all(story, played.take(red.resumed - 30), red.car)
    return story, played, played.take(story.end / 1000 + 90)


def _is_red_for_all(story: Story, picture: Picture, crashed: int) -> None:
    assert picture.track_status is not None
    assert picture.track_status.flag is TrackFlag.RED
    stopped = {n for n, one in picture.statuses.items() if one.state is CarState.STOPPED}
    assert stopped == {story.number(crashed)}
    assert picture.overtaking_aid.enabled is not True


def _happened(story: Story) -> list[Span]:
    trace, timing = story.timing.trace, story.timing
    lines = [
        min((int(p[n, -1]) for p in timing.passings if p[n, -1] > 0), default=1 << 60)
        for n in range(trace.laps)
    ]

    def lap(seconds: float) -> int:
        return 1 + sum(line <= seconds * 1000 for line in lines)

    # A safety car goes as the leader comes to the line: within the step of the simulation.
    spans = [
        (FLAGS[one.kind], one.at, one.gone, lap(one.at), lap(one.gone - 1.1))
        for one in trace.neutrals
    ]
    if red := trace.stoppage:
        spans.append((TrackFlag.RED, red.at, red.resumed, lap(red.at), lap(red.resumed)))
    return [
        (flag, round(1000 * begin), round(1000 * end), first, last)
        for flag, begin, end, first, last in sorted(spans, key=lambda span: span[1])
    ]


@each
def test_safety_cars_and_red_flags_have_their_spans_and_laps(
    kind: Kind, incidents: str, seed: int
) -> None:
    story, played, picture = _ended(kind, incidents, seed)
    told = [
        one for _, one in sorted(picture.track_periods.items()) if one.flag is not TrackFlag.YELLOW
    ]
    happened = _happened(story)
    flags = {flag for flag, *_ in happened}
    assert (TrackFlag.RED in flags) is ("red" in incidents)
    assert (TrackFlag.VIRTUAL_SAFETY_CAR in flags) is ("vsc" in incidents)
    assert [(one.flag, one.first_lap, one.last_lap) for one in told] == [
        (flag, first, last) for flag, _, _, first, last in happened
    ]
    for one, (_, begin, end, _, _) in zip(told, happened, strict=True):
        assert one.start_at - played.millis(0) == pytest.approx(begin, abs=_SLACK_MILLIS)
        assert (one.end_at or 0) - played.millis(0) == pytest.approx(end, abs=_SLACK_MILLIS)


@each
def test_sectors_under_yellow_are_spans_where_nothing_worse_rules(
    kind: Kind, incidents: str, seed: int
) -> None:
    story, played, picture = _ended(kind, incidents, seed)
    told = [one for one in picture.track_periods.values() if one.flag is TrackFlag.YELLOW]
    begun = {one.start_at for one in told}
    for spin in story.timing.trace.spins:
        assert played.millis(0) + int(spin.at) * 1000 in begun
    assert len(told) == len(story.timing.trace.spins) + len(story.timing.trace.retired)


@each
def test_the_order_at_the_flag_is_that_of_the_result(kind: Kind, incidents: str, seed: int) -> None:
    story, _, picture = _ended(kind, incidents, seed)
    result = session_rows_of(story)["session_result"]
    order = sorted(picture.positions, key=lambda number: picture.positions[number].position)
    assert order == [row["driver_number"] for row in result]
    out = {n for n, one in picture.statuses.items() if one.state is CarState.RETIRED}
    assert out == {story.number(car) for car in story.timing.trace.retired}
    assert all(
        one.state is CarState.FINISHED for n, one in picture.statuses.items() if n not in out
    )
    laps = {row["driver_number"]: row["number_of_laps"] for row in result}
    for number, count in laps.items():
        timed = [row for row in picture.race.laps[number].values() if row.lap_duration is not None]
        assert len(timed) == count
    assert picture.progress is not None
    assert picture.progress.total_laps == max(laps.values())


@each
def test_stints_are_the_tyres_that_were_fitted(kind: Kind, incidents: str, seed: int) -> None:
    story, _, picture = _ended(kind, incidents, seed)
    trace = story.timing.trace
    for car in range(len(story.entries)):
        number = story.number(car)
        told = [one for _, one in sorted(picture.stints.items()) if one.driver_number == number]
        fitted = [one for one in trace.stints if one.car == car]
        assert [(one.compound.name, one.first_lap, one.age_at_start_laps) for one in told] == [
            (one.compound, one.first_lap, one.age) for one in fitted
        ]
        stops = sum(stop.car == car for stop in trace.stops)
        assert picture.statuses[number].stops == stops, "waiting under a red flag is no stop"
    kinds = {one.compound.name for one in picture.stints.values()}
    wet = bool(trace.incidents & {"rain", "wet-start"})
    assert ("INTERMEDIATE" in kinds) is wet


@each
def test_deleted_laps_are_those_of_the_messages(kind: Kind, incidents: str, seed: int) -> None:
    story, played, picture = _ended(kind, incidents, seed)
    said = [row["message"] for row in session_rows_of(story)["race_control"]]
    deleted = [message.split() for message in said if "DELETED - TRACK LIMITS" in message]
    assert picture.deleted_laps == {
        (int(words[1]), int(words[words.index("LAP") + 1])) for words in deleted
    }
    assert not played.intake.set_aside


@each
def test_without_rows_of_places_lines_tell_the_order_at_the_flag(
    kind: Kind, incidents: str, seed: int
) -> None:
    story, _, whole = _ended(kind, incidents, seed)
    picture = Played(story, without=frozenset({"position"})).take(story.end / 1000 + 90)
    places = {number: one.position for number, one in picture.positions.items()}
    assert places == {number: one.position for number, one in whole.positions.items()}


def test_rows_of_a_stopped_race_in_any_order_tell_the_same() -> None:
    story, _, whole = _ended("sprint", "wet-start,red", 5)
    picture = Played(story).take_shuffled(story.end / 1000 + 90, random.Random(7))
    for name in ("track_periods", "positions", "stints", "pit_stops", "statuses"):
        assert getattr(picture, name) == getattr(whole, name), name
    assert picture.race.laps == whole.race.laps
