"""A circle that stands for a circuit of which no shape is known, to show estimated cars on."""

from statistics import median

import numpy as np

from racetime_poller.race.circuit import OUTLINE_POINTS, Circuit, CircuitBasis
from racetime_poller.race.outline import Outline
from racetime_poller.race.state import Race

# Sectors are shown once so many laps tell how long they take.
_ENOUGH_LAPS = 20


def schematic(length_meters: float) -> Circuit:
    """Return a circle as long as the circuit, driven clockwise from the start line at its top."""
    angles = np.linspace(0.0, 2 * np.pi, OUTLINE_POINTS, endpoint=False)
    # Sides of a polygon are shorter than the arc.
    radius_dm = length_meters * 10 / (2 * OUTLINE_POINTS * np.sin(np.pi / OUTLINE_POINTS))
    points = radius_dm * np.column_stack((np.sin(angles), np.cos(angles)))
    return Circuit(Outline.of(points), 0, rotation_degrees=0.0, basis=CircuitBasis.SCHEMATIC)


def sector_shares(race: Race) -> tuple[float, ...]:
    """Return at which shares of a lap's time sectors end; empty while few laps tell it."""
    found = [
        (lap.duration_sector_1, lap.duration_sector_2, lap.duration_sector_3)
        for laps in race.laps.values()
        for lap in laps.values()
        # First laps begin from a standstill, others in the pits.
        if lap.lap_number > 1 and not lap.is_pit_out_lap
    ]
    whole = [(a, b, c) for a, b, c in found if a and b and c]
    if len(whole) < _ENOUGH_LAPS:
        return ()
    first, second = (median(sum(one[:end]) / sum(one) for one in whole) for end in (1, 2))
    return first, second
