"""A circle that stands for a circuit of which no shape is known, to show estimated cars on."""

import numpy as np

from racetime_poller.race.circuit import OUTLINE_POINTS, Circuit, CircuitBasis
from racetime_poller.race.outline import Outline


def schematic(length_meters: float) -> Circuit:
    """Return a circle as long as the circuit, driven clockwise from the start line at its top."""
    angles = np.linspace(0.0, 2 * np.pi, OUTLINE_POINTS, endpoint=False)
    # Sides of a polygon are shorter than the arc.
    radius_dm = length_meters * 10 / (2 * OUTLINE_POINTS * np.sin(np.pi / OUTLINE_POINTS))
    points = radius_dm * np.column_stack((np.sin(angles), np.cos(angles)))
    return Circuit(Outline.of(points), 0, rotation_degrees=0.0, basis=CircuitBasis.SCHEMATIC)
