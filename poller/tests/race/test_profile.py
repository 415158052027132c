"""Where on its lap a car is when a share of its time is over."""

import numpy as np
import pytest

from racetime_poller.race import profile
from racetime_poller.race.outline import Outline


def stadium() -> Outline:
    """Two straights of 800 m and two tight bends."""
    bend = np.linspace(-np.pi / 2, np.pi / 2, 40)
    right = np.column_stack((8_000 + 500 * np.cos(bend), 500 * np.sin(bend)))
    left = np.column_stack((-500 * np.cos(bend), -500 * np.sin(bend)))
    straight = np.linspace(0, 8_000, 160, endpoint=False)[1:]
    lower = np.column_stack((straight, np.full(len(straight), -500.0)))
    upper = np.column_stack((straight[::-1], np.full(len(straight), 500.0)))
    return Outline.of(np.vstack((lower, right, upper, left)))


def test_a_circle_is_driven_evenly() -> None:
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = Outline.of(8_000 * np.column_stack((np.cos(angles), np.sin(angles))))
    found = profile.of_outline(circle)
    shares = np.linspace(0, 1, 50)
    assert found.distance(shares) == pytest.approx(shares, abs=0.002)


def test_bends_take_longer_than_straights() -> None:
    outline = stadium()
    found = profile.of_outline(outline)
    bend = (8_000 / outline.length_dm, (8_000 + 500 * np.pi) / outline.length_dm)
    taken = found.time(bend[1]) - found.time(bend[0])
    assert taken > 1.3 * (bend[1] - bend[0])
    assert np.all(np.diff(found.times) > 0)


def test_time_and_distance_are_each_other_s_reverse_through_all_laps() -> None:
    found = profile.of_outline(stadium())
    shares = np.linspace(0, 3, 77)
    assert found.distance(found.time(shares)) == pytest.approx(shares, abs=1e-9)


def test_measured_laps_teach_it() -> None:
    # The second half of the way takes two thirds of the time.
    instants = np.arange(-1_000.0, 91_001.0, 250.0)
    ways = np.interp(instants, [-1e5, 0, 30_000, 90_000, 9e5], [-0.5, 0, 0.5, 1.0, 1.5]) % 1.0
    lap = profile.lap_times(instants, ways, 0.0, 90_000.0)
    assert lap is not None
    found = profile.learned([lap] * 3, 90_000.0)
    assert float(found.time(0.5)) == pytest.approx(1 / 3, abs=0.01)
    assert float(found.distance(2 / 3)) == pytest.approx(0.75, abs=0.01)


def test_half_a_lap_teaches_nothing() -> None:
    instants = np.arange(0.0, 45_000.0, 250.0)
    assert profile.lap_times(instants, instants / 90_000, 0.0, 90_000.0) is None
