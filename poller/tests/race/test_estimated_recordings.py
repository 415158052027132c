"""Recorded races whose positions fall silent, jump, stand still or were never there."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from recorded_play import RecordedPlay

from racetime_poller.race.circuit import Circuit, Outline
from racetime_poller.race.distances import _CIRCUITS
from racetime_poller.race.rows import LocationRow
from racetime_poller.race.views import CarState

RACE = "2025-china-race"
# Positions are wrong from the sixth lap to the tenth.
BEGIN, END, SECONDS = 600, 960, 1_080
# A car's speed, and what the feed's own clock jitters by.
FASTEST = 110.0
# Recordings without positions, and a time at which cars drive.
WITHOUT_LOCATION = {
    "2024-singapore-race": 900,
    "2025-qatar-sprint": 900,
    "2025-emilia-romagna-qualifying": 300,
}


def wrong(how: str) -> Callable[[LocationRow], LocationRow | None]:
    """What a feed makes of samples while it is wrong."""
    frozen: dict[int, LocationRow] = {}
    started: list[int] = []

    def feed(row: LocationRow) -> LocationRow | None:
        started.append(row.date) if not started else None
        if not BEGIN <= (row.date - started[0]) / 1000 < END:
            frozen[row.driver_number] = row
            return row
        if how == "silent":
            return None
        if how == "frozen":
            return replace(row, x=frozen[row.driver_number].x, y=frozen[row.driver_number].y)
        if how == "zero":
            return replace(row, x=0, y=0)
        jump = (row.date * 7_919 + row.driver_number * 104_729) % 20_011 - 10_005
        return replace(row, x=(row.x or 0) + jump, y=(row.y or 0) - jump)

    return feed


@pytest.fixture(scope="module", params=["silent", "frozen", "zero", "garbage"])
def play(request: pytest.FixtureRequest, open_recording: Callable[[str], Any]) -> RecordedPlay:
    recording = open_recording(RACE)
    return RecordedPlay(recording.folder, recording.session, wrong(request.param)).play(SECONDS)


def estimated(play: RecordedPlay, begin: float, end: float) -> dict[int, Any]:
    """What is told of each car in a time, which all is estimated."""
    inside = {}
    for number, trail in play.trails().items():
        rows = trail[(trail[:, 0] >= play.at(begin)) & (trail[:, 0] < play.at(end))]
        if len(rows):
            assert rows[:, 3].all()
            inside[number] = rows
    return inside


def test_every_running_car_goes_on_all_the_time(play: RecordedPlay) -> None:
    told = estimated(play, BEGIN + 15, END - 15)
    assert len(told) >= 19
    standing = 0
    for rows in told.values():
        places = np.unwrap(play.places(rows), period=play.outline.length_dm)
        assert np.diff(places).min() > -50
        for begin in range(BEGIN + 15, END - 25, 10):
            inside = (rows[:, 0] >= play.at(begin)) & (rows[:, 0] < play.at(begin + 10))
            standing += inside.sum() < 2 or np.ptp(places[inside]) < 500
    # In the pits, and the one car that is out.
    assert standing <= 12


def test_estimates_are_near_the_truth(play: RecordedPlay) -> None:
    errors = np.concatenate(
        [
            np.abs(play.around(play.places(rows) - play.true_places(number, rows[:, 0]))) / 10
            for number, rows in estimated(play, BEGIN + 15, END - 15).items()
        ]
    )
    assert np.median(errors) < 20
    assert np.percentile(errors, 95) < 100


def test_cars_are_shown_in_the_order_in_which_they_drive(play: RecordedPlay) -> None:
    told = estimated(play, BEGIN + 15, END - 15)
    right = total = 0
    instants = np.arange(play.at(BEGIN + 20), play.at(END - 20), 10_000)
    for one, other in combinations(sorted(told), 2):
        apart = []
        for number in (one, other):
            rows = told[number]
            nearest = np.clip(np.searchsorted(rows[:, 0], instants), 0, len(rows) - 1)
            apart.append((play.places(rows)[nearest], play.true_places(number, rows[nearest, 0])))
        shown = play.around(apart[0][0] - apart[1][0])
        true = play.around(apart[0][1] - apart[1][1])
        right += int((np.sign(shown) == np.sign(true)).sum())
        total += len(instants)
    assert right / total > 0.97


def test_no_car_jumps_into_its_estimate_nor_out_of_it(play: RecordedPlay) -> None:
    for trail in play.trails().values():
        steps = np.linalg.norm(np.diff(trail[:, 1:3], axis=0), axis=1) / 10
        speeds = steps / np.maximum(np.diff(trail[:, 0]), 1) * 1000
        touches = (trail[1:, 3] > 0) | (trail[:-1, 3] > 0)
        assert speeds[touches].max() < FASTEST


def test_cars_are_measured_again_soon(play: RecordedPlay) -> None:
    for number, trail in play.trails().items():
        rows = trail[trail[:, 0] > play.at(END + 60)]
        assert not rows[:, 3].any(), number


def on_circle(recording: Any, seconds: int) -> RecordedPlay:
    """Play a recording without positions on a circle of its circuit's length."""
    length = _CIRCUITS[recording.session.circuit_short_name][1] * 10_000
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = Outline.of(length / 2 / np.pi * np.column_stack((np.cos(angles), np.sin(angles))))
    circuit = Circuit(circle, 0)
    play = RecordedPlay(recording.folder, recording.session, lambda row: row, circuit)
    return play.play(seconds)


def states(play: RecordedPlay, seconds: float) -> dict[int, CarState]:
    """What the cars do."""
    statuses = play.intake.picture(play.at(seconds)).statuses
    return {number: one.state for number, one in statuses.items()}


@pytest.mark.parametrize("name", WITHOUT_LOCATION)
def test_cars_that_were_never_measured_move(
    name: str, open_recording: Callable[[str], Any]
) -> None:
    end = WITHOUT_LOCATION[name]
    play = on_circle(open_recording(name), end)
    running = {n for n, state in states(play, end).items() if state is CarState.ON_TRACK}
    assert len(running) >= (18 if play.intake.race.is_race else 10)
    trails = play.trails()
    for number in running:
        rows = trails[number]
        assert rows[:, 3].all()
        # None of them before the lights are out.
        assert rows[0, 0] > play.started_at
        late = rows[rows[:, 0] > play.at(end - 30)]
        places = np.unwrap(play.places(late), period=play.outline.length_dm)
        assert np.diff(places).min() > -5
        if play.intake.race.is_race:
            assert 500 < np.ptp(places) / 10 < 3_000
        steps = np.linalg.norm(np.diff(rows[:, 1:3], axis=0), axis=1) / 10
        passed = np.diff(rows[:, 0])
        assert (steps / np.maximum(passed, 1) * 1000)[passed <= 15_000].max() < FASTEST


def test_cars_in_their_garages_do_not_move(open_recording: Callable[[str], Any]) -> None:
    # Fifteen minutes into this qualifying, under a red flag, nobody drives.
    play = on_circle(open_recording("2025-emilia-romagna-qualifying"), 900)
    parked = {n for n, state in states(play, 900).items() if state is CarState.IN_PIT}
    assert len(parked) >= 15
    trails = play.trails()
    moved = {
        number
        for number in parked
        if len(np.unique(trails[number][trails[number][:, 0] > play.at(860), 1:3], axis=0)) > 1
    }
    # A lap without a first sector tells its second one minutes too late in the recording.
    assert len(moved) <= 2
