"""The pit lane is learned from cars' ways through it."""

import numpy as np
import pytest
from driven_field import circle

from racetime_poller.race.outline import Points
from racetime_poller.race.pit_lane import learn_pit_lane

OUTLINE = circle().outline


def visit(
    begin_dm: float = -3_000.0, end_dm: float = 2_000.0, *, aside_dm: float = 200.0
) -> Points:
    """A way past the start line, beside the line between two places."""
    along = np.arange(-6_000.0, 6_000.0, 70.0)
    ramp = np.minimum(along - begin_dm, end_dm - along) / 500
    aside = aside_dm * np.clip(ramp, 0.0, 1.0)
    return np.asarray(OUTLINE.point_at(along) * (1 - aside / 9_000)[:, None])


def test_the_lane_leads_from_where_cars_leave_the_line_to_where_they_join_it() -> None:
    lane = learn_pit_lane(OUTLINE, [visit(), visit(-3_100), visit(-2_900)])
    assert lane is not None
    assert lane.entry_dm == pytest.approx(OUTLINE.length_dm - 3_000, abs=250)
    assert lane.exit_dm == pytest.approx(2_000, abs=250)
    _, offset = OUTLINE.locate(lane.points)
    assert offset[[0, -1]] == pytest.approx([0, 0], abs=1)
    assert np.median(offset) == pytest.approx(200, abs=10)
    assert lane.length_dm == pytest.approx(5_000, rel=0.1)


def test_ways_that_are_not_whole_or_not_beside_teach_no_lane() -> None:
    whole = visit()
    assert learn_pit_lane(OUTLINE, [whole[:80], visit(aside_dm=20), whole[:5]]) is None
    assert learn_pit_lane(OUTLINE, []) is None
    with_hole = np.delete(whole, slice(60, 75), axis=0)
    assert learn_pit_lane(OUTLINE, [with_hole]) is None
