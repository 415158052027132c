"""Made-up sessions follow one another in weekends, or one kind after itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from racetime_simulator.archive import SessionTables
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.incidents import NONE, read_incidents
from racetime_simulator.madeup.program import COURSES, Course, slot_at
from racetime_simulator.madeup.season import Season
from racetime_simulator.openf1 import OpenF1
from racetime_simulator.settings import Settings

from . import conftest

START = datetime(2026, 5, 1, 11, 30, tzinfo=UTC)


def _kinds(course: Course, seed: int, count: int) -> list[tuple[str, int]]:
    slots = [slot_at(course, seed, number) for number in range(count)]
    return [(slot.kind, slot.meeting) for slot in slots]


def test_a_season_begins_with_a_race_and_goes_on_with_whole_weekends() -> None:
    assert _kinds("season", 1, 9) == [
        ("race", 0),
        ("practice", 1),
        ("qualifying", 1),
        ("race", 1),
        ("practice", 2),
        ("sprint_qualifying", 2),
        ("sprint", 2),
        ("qualifying", 2),
        ("race", 2),
    ]


def test_a_weekend_begins_with_a_practice_and_one_kind_keeps_to_itself() -> None:
    assert _kinds("weekend", 1, 4) == [
        ("practice", 0),
        ("qualifying", 0),
        ("race", 0),
        ("practice", 1),
    ]
    assert _kinds("practice", 1, 3) == [("practice", 0), ("practice", 1), ("practice", 2)]
    assert [slot_at("race", 5, number).seed for number in range(3)] == [5, 6, 7]
    weekend = [slot_at("weekend", 5, number) for number in range(8)]
    assert {slot.seed - slot.meeting for slot in weekend} == {5}, "a weekend is of one seed"


def test_the_first_that_users_see_is_a_race() -> None:
    assert Settings().session == "season"
    assert slot_at(Settings().session, Settings().seed, 0).kind == "race"
    for course in COURSES:
        assert Settings.from_env({"RACETIME_SIMULATOR_SESSION": course}).session == course


def test_an_unknown_session_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Settings.from_env({}, ["--session", "warm-up"])
    said = capsys.readouterr().err
    assert "no such session: warm-up" in said
    assert all(course in said for course in COURSES)


@pytest.fixture(scope="module")
def weekend() -> tuple[conftest.Asker, Sequence[SessionTables]]:
    """Return a sprint weekend once it is over, and its sessions."""
    season = Season(3, START, course="weekend", incidents=read_incidents(NONE))
    sessions: Sequence[SessionTables] = season.sessions_at(to_micros(START))
    while len(sessions) < 5:
        sessions = season.sessions_at(to_micros(sessions[-1].end))
    return conftest.Asker(OpenF1(season)), sessions


Weekend = tuple[conftest.Asker, Sequence[SessionTables]]


def test_sessions_of_a_weekend_share_a_meeting_and_follow_one_another(weekend: Weekend) -> None:
    asker, sessions = weekend
    rows = asker.rows("sessions", "meeting_key=9001", sessions[-1].end - timedelta(seconds=1))
    assert [row["session_name"] for row in rows] == [
        "Practice 1",
        "Sprint Qualifying",
        "Sprint",
        "Qualifying",
        "Race",
    ]
    assert len({row["session_key"] for row in rows}) == 5
    assert len({row["circuit_key"] for row in rows}) == 1
    for before, after in pairwise(sessions):
        pause = after.sessions[0].start - to_micros(before.end)
        assert 5 * 60_000_000 <= pause <= 6 * 60_000_000
    (meeting,) = asker.rows("meetings", "meeting_key=9001", sessions[-1].end - timedelta(seconds=1))
    assert meeting["date_start"] == START.isoformat()


def test_each_grid_carries_the_key_of_its_qualifying_and_is_driven(weekend: Weekend) -> None:
    asker, sessions = weekend
    keys = {row["session_name"]: row["session_key"] for row in _sessions(weekend)}
    grid = asker.rows("starting_grid", "meeting_key=9001", sessions[-1].end)
    by_key = {
        key: [row["driver_number"] for row in grid if row["session_key"] == key]
        for key in {row["session_key"] for row in grid}
    }
    assert by_key.keys() == {keys["Sprint Qualifying"], keys["Qualifying"]}
    for qualifying, race in (("Sprint Qualifying", "Sprint"), ("Qualifying", "Race")):
        places = asker.rows("position", f"session_key={keys[race]}", sessions[-1].end)
        first = [row["driver_number"] for row in places if row["date"] == places[0]["date"]]
        assert by_key[keys[qualifying]] == first
        result = asker.rows(
            "session_result",
            f"session_key={keys[qualifying]}",
            sessions[-1].end,
        )
        assert [row["driver_number"] for row in result] == first


def test_a_grid_is_there_before_its_race(weekend: Weekend) -> None:
    asker, sessions = weekend
    key = next(row["session_key"] for row in _sessions(weekend) if row["session_name"] == "Sprint")
    sprint = next(one for one in sessions if one.session_key == key)
    assert len(asker.rows("starting_grid", "meeting_key=9001", sprint.first_lap_start)) == 22


def _sessions(weekend: Weekend) -> list[dict[str, object]]:
    asker, sessions = weekend
    return asker.rows("sessions", "meeting_key=9001", sessions[-1].end - timedelta(seconds=1))
