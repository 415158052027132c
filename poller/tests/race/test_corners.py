"""Corners are found where the outline bends, and the outline is turned to fill a screen."""

import numpy as np
import pytest

from racetime_poller.race.corners import find_corners, widest_rotation
from racetime_poller.race.outline import Outline
from racetime_poller.race.schematic import schematic


def stadium(turned_degrees: float = 0.0) -> Outline:
    """Two straights of 1 km and two half circles of 50 m, begun amid a straight."""
    half = np.linspace(-np.pi / 2, np.pi / 2, 200)
    right = np.column_stack((5_000 + 500 * np.cos(half), 500 * np.sin(half)))
    points = np.vstack(([[0.0, -500.0]], right, -right))
    angle = np.radians(turned_degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    coarse = Outline.of(points @ turn)
    return Outline.of(coarse.point_at(np.linspace(0, coarse.length_dm, 1000, endpoint=False)))


def test_corners_are_numbered_from_the_start_line_with_their_apexes() -> None:
    outline = stadium()
    found = find_corners(outline)
    assert [one.number for one in found] == [1, 2]
    bend_dm = np.pi * 500
    expected = [5_000 + bend_dm / 2, 15_000 + bend_dm * 1.5]
    assert [one.distance_dm for one in found] == pytest.approx(expected, abs=60)


def test_a_line_that_bends_nowhere_much_has_no_corners() -> None:
    assert find_corners(schematic(5_000).outline) == ()


@pytest.mark.parametrize("degrees", [0.0, 30.0, -60.0])
def test_an_outline_is_turned_to_fill_the_screen(degrees: float) -> None:
    # What is long and narrow is drawn largest near the diagonal, from whichever side.
    assert abs(widest_rotation(stadium(degrees)) + degrees) == pytest.approx(27, abs=1)
