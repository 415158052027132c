"""What is asked follows what the session is at."""

from typing import Any

import pytest

from racetime_poller.intake import Intake
from racetime_poller.race.rows import Instant, LapRow, RaceControlRow, SessionRow
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import parse_instant
from racetime_poller.sources.periods import PUSHED, Mood
from racetime_poller.sources.schedule import Schedule
from racetime_poller.stages import Stages
from racetime_poller.windows import Windows

T0 = 1_742_000_000_000


class Clock(SourceClock):
    """A clock that is moved by hand, in seconds after the scheduled start."""

    at = 0.0

    def now(self) -> int:
        return T0 + int(self.at * 1000)

    def seconds(self) -> float:
        return 10_000.0 + self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stages(clock: Clock) -> Stages:
    intake = Intake.of(SessionRow(9, 3, "Race", Instant(T0)))
    return Stages(Schedule.of("sponsor", is_race=True, speed=1.0), intake, clock)


@pytest.mark.parametrize(
    ("phase", "at", "mood"),
    [
        (SessionPhase.UPCOMING, -3_700, Mood.EARLY),
        (SessionPhase.UPCOMING, -3_500, Mood.WAITING),
        (SessionPhase.UPCOMING, 900, Mood.WAITING),
        (SessionPhase.STARTED, 100, Mood.RUNNING),
        (SessionPhase.SUSPENDED, 100, Mood.WAITING),
        (SessionPhase.FINISHED, 100, Mood.RUNNING),
    ],
)
def test_the_mood_is_that_of_the_phase(
    stages: Stages, clock: Clock, phase: SessionPhase, at: float, mood: Mood
) -> None:
    stages.intake.phase, clock.at = phase, at
    stages.follow()
    assert stages.schedule.mood is mood
    paced = stages.intake.freshness.polled["location"]
    assert paced == int(stages.schedule.pace("location") * 1000)


def test_after_the_flag_all_is_read_again_three_times(stages: Stages, clock: Clock) -> None:
    stages.intake.phase = SessionPhase.FINISHED
    assert "session_result" in stages.follow()
    stages.intake.phase = SessionPhase.ENDED
    pulled = []
    for second in range(0, 4 * 3600, 10):
        clock.at = second
        if tables := stages.follow():
            assert {"laps", "session_result", "drivers"} <= set(tables)
            assert stages.schedule.due("laps") == 0.0
            stages.schedule.done(stages.schedule.take(clock.seconds()) or "", clock.seconds())
            pulled.append(second)
    assert pulled == [300, 1_800, 7_200]
    assert stages.schedule.resting


def asked_all(stages: Stages) -> None:
    now = stages.clock.seconds()
    while endpoint := stages.schedule.take(now):
        stages.schedule.done(endpoint, now)


@pytest.mark.parametrize(
    ("message", "hurries"),
    [
        ({"category": "SafetyCar"}, True),
        ({"category": "Flag", "flag": "RED"}, True),
        ({"category": "Flag", "flag": "BLUE"}, False),
        ({"category": "Other"}, False),
    ],
)
def test_a_message_that_shakes_the_order_makes_us_look_at_once(
    stages: Stages, message: dict[str, Any], hurries: bool
) -> None:
    asked_all(stages)
    stages.hear([RaceControlRow(9, Instant(T0), "text", **message)])
    hurried = {stages.schedule.take(stages.clock.seconds()) for _ in range(2)}
    assert hurried == ({"position", "intervals"} if hurries else {None})


def test_a_car_that_leaves_the_pits_makes_us_look_at_its_stop_once(stages: Stages) -> None:
    asked_all(stages)
    lap = LapRow(9, 1, 12, is_pit_out_lap=True)
    stages.see([lap])
    assert {stages.schedule.take(stages.clock.seconds()) for _ in range(2)} == {"pit", "stints"}
    stages.schedule.done("pit", stages.clock.seconds())
    stages.see([lap])
    assert stages.schedule.take(stages.clock.seconds()) is None


@pytest.fixture
def windows(stages: Stages, clock: Clock) -> Windows:
    clock.at = 3_000
    for endpoint in ("location", "intervals"):
        stages.intake.freshness.seen(endpoint, clock.now() - 20_000)
    return Windows(stages.intake, clock, True)


@pytest.mark.parametrize("endpoint", ["location", "intervals"])
def test_a_hole_that_push_leaves_is_asked_for_until_it_is_filled(
    windows: Windows, clock: Clock, endpoint: str
) -> None:
    windows.note_hole(endpoint)
    # Push goes on: what is newest is behind the hole.
    windows.intake.freshness.seen(endpoint, clock.now())
    asked = windows.params(endpoint, whole=False)
    assert parse_instant(str(asked["date>"])) == clock.now() - 50_000
    assert windows.has_hole(endpoint)
    assert windows.params(endpoint, whole=False) == asked
    windows.answered(endpoint, asked)
    assert not windows.has_hole(endpoint)
    assert str(windows.params(endpoint, whole=False)["date>"]) > str(asked["date>"])


def test_a_long_hole_is_walked_through(windows: Windows, clock: Clock) -> None:
    windows.note_hole("location")
    clock.at += 1_000
    windows.intake.freshness.seen("location", clock.now())
    steps = 0
    while windows.has_hole("location"):
        asked = windows.params("location", whole=False)
        windows.answered("location", asked)
        steps += 1
        assert steps < 10
    assert steps == 5


def test_what_has_no_rows_yet_has_no_hole(windows: Windows) -> None:
    for endpoint in PUSHED:
        windows.note_hole(endpoint)
    assert [one for one in PUSHED if windows.has_hole(one)] == ["location", "intervals"]
