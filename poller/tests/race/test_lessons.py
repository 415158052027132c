"""Which laps teach a circuit, whichever order their rows come in."""

from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Any

import pytest

from racetime_poller.race.lessons import Lessons
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, LocationRow, PitRow, SessionRow
from racetime_poller.race.state import Race

START = 1_742_000_000_000
LAP_MILLIS = 90_000


@dataclass
class Session:
    """A session whose cars drive on a circle."""

    race: Race = field(default_factory=lambda: Race(SessionRow(9, 3, "Race", Instant(START))))
    motion: MotionTracker = field(default_factory=MotionTracker)
    lessons: Lessons = field(default_factory=Lessons)

    def drive(self, number: int, begin: int) -> None:
        """Positions of a lap, and a little more."""
        rows = []
        for millis in range(-1_000, LAP_MILLIS + 2_000, 300):
            angle = 2 * pi * millis / LAP_MILLIS
            x, y = round(9_000 * cos(angle)), round(9_000 * sin(angle))
            rows.append(LocationRow(9, number, Instant(begin + millis), x, y))
        self.motion.add(rows)

    def lap(self, number: int, lap_number: int, begin: int, **known: Any) -> None:
        """Take a row of laps in."""
        self.race = reduce(self.race, LapRow(9, number, lap_number, Instant(begin), **known))

    def learns(self) -> bool:
        """Take the laps that are over; tell whether to learn anew."""
        return self.lessons.take(self.race, self.motion)


@pytest.mark.parametrize("tells", ["out_lap", "pit"])
def test_a_first_lap_that_ended_in_the_pits_is_forgotten(tells: str) -> None:
    session = Session()
    session.drive(1, START)
    session.lap(1, 2, START, lap_duration=90.0)
    assert session.learns()
    session.lessons.learned_laps = 1
    begin = START + LAP_MILLIS
    if tells == "out_lap":
        session.lap(1, 3, begin, is_pit_out_lap=True)
    else:
        session.race = reduce(session.race, PitRow(9, 1, 2, Instant(begin)))
    assert not session.learns()
    assert not session.lessons.learner.laps
    # The next one has to be known to be clean only if an outline is there to go by.
    session.drive(16, START)
    session.lap(16, 2, START, lap_duration=90.0)
    assert session.learns()


def test_a_kept_outline_gives_way_to_one_of_more_laps_only() -> None:
    session = Session()
    session.lessons.learned_laps = 2
    told = []
    for number in (1, 16, 44):
        session.drive(number, START)
        session.lap(number, 2, START, lap_duration=90.0)
        assert not session.learns()
        session.lap(number, 3, START + LAP_MILLIS, duration_sector_1=30.0)
        told.append(session.learns())
    assert told == [False, False, True]


@pytest.mark.parametrize(("session_name", "learns"), [("Race", True), ("Practice 1", False)])
def test_a_first_lap_out_of_the_pits_teaches_nothing(session_name: str, learns: bool) -> None:
    """Outside races it begins in the pits, in a race on the grid, whatever its row says."""
    row = SessionRow(9, 3, session_name, Instant(START))
    session = Session(Race(row))
    session.drive(1, START)
    session.lap(1, 1, START, lap_duration=90.0, is_pit_out_lap=True)
    assert session.learns() is learns


def test_ways_through_the_pits_are_taken_once_they_are_over() -> None:
    session = Session()
    session.drive(1, START)
    session.drive(1, START + LAP_MILLIS)
    session.lap(1, 2, START, lap_duration=90.0)
    session.lap(1, 3, START + LAP_MILLIS, is_pit_out_lap=True)
    session.learns()
    assert session.lessons.take_visits(session.race, session.motion)
    assert len(session.lessons.visits) == 1
    assert not session.lessons.take_visits(session.race, session.motion)
