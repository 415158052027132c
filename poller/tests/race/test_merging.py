"""A circuit gets better from session to session, and never worse."""

from dataclasses import replace

import numpy as np
import pytest
from driven_field import circle

from racetime_poller.race.circuit import Circuit, CircuitBasis, MarshalSector
from racetime_poller.race.corners import Corner
from racetime_poller.race.merging import MOST_LAPS, merged
from racetime_poller.race.outline import Outline
from racetime_poller.race.schematic import schematic


def ring(radius_dm: float, laps: int, begin: float = 0.0) -> Circuit:
    """A circular circuit that was learned from some laps, and begins some way round."""
    angles = np.linspace(0.0, 2 * np.pi, 1000, endpoint=False) + begin / radius_dm
    outline = Outline.of(radius_dm * np.column_stack((np.cos(angles), np.sin(angles))))
    ends = (0.3 * outline.length_dm, 0.7 * outline.length_dm)
    return Circuit(outline, laps, ends)


def test_outlines_that_agree_are_averaged_by_their_laps() -> None:
    found = merged(ring(9_000, 30), ring(9_040, 10, begin=80.0))
    radii = np.linalg.norm(found.outline.points, axis=1)
    assert radii == pytest.approx(np.full(1000, 9_010), abs=1)
    # The start line lies between, and the sectors' ends with it.
    assert found.outline.points[0] == pytest.approx([9_010, 20], abs=5)
    assert found.sector_end_dm == pytest.approx([0.3 * 56_612, 0.7 * 56_612], rel=0.005)
    assert found.lap_count == 40
    assert merged(ring(9_000, 90), ring(9_000, 24)).lap_count == MOST_LAPS


def test_another_layout_replaces_the_old_one_once_laps_agree() -> None:
    old, new = ring(9_000, 30), ring(9_500, 3)
    assert merged(old, new) is new
    assert merged(old, ring(9_500, 2)) is old


def test_a_circle_that_stood_in_is_worth_nothing() -> None:
    learned = ring(9_000, 1)
    assert merged(schematic(5_655), learned) is learned


def test_what_a_file_tells_stays_where_it_is() -> None:
    file = replace(
        circle(),
        lap_count=0,
        corners=(Corner(1, 5_000.0),),
        marshal_sectors=(MarshalSector(1, 0.0), MarshalSector(2, 9_000.0)),
        rotation_degrees=44.0,
        basis=CircuitBasis.IMPORTED,
        source_url="https://circuits.example/1",
    )
    found = merged(file, ring(9_000, 6, begin=900.0))
    assert found.basis is CircuitBasis.LEARNED
    assert [one.distance_dm for one in found.corners] == pytest.approx([4_100], abs=5)
    assert found.marshal_sectors[1].start_dm == pytest.approx(8_100, abs=5)
    assert (found.rotation_degrees, found.source_url) == (44.0, file.source_url)
