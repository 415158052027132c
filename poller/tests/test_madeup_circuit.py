"""A poller that follows a made-up race learns its circuit, whose truth is known."""

from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
import virtual_time
from world import World

from racetime import keys
from racetime.v1.track_pb2 import CIRCUIT_BASIS_LEARNED
from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime_poller.encode_circuit import circuit_of
from racetime_poller.race.circuit import Circuit
from racetime_simulator.madeup.circuit import (
    PIT_ENTRY_METERS,
    PIT_EXIT_METERS,
    PIT_OFFSET_METERS,
    build_circuit,
)
from racetime_simulator.madeup.season import Season

SCHEDULED = datetime(2026, 5, 3, 13, tzinfo=UTC)
MINUTES = 45
TRUTH = build_circuit(0)
KEY = TRUTH.layout.key


@cache
def told() -> CircuitMessage:
    """What Redis holds of the circuit after some stops."""

    async def main() -> CircuitMessage:
        world = World(Season(1, SCHEDULED), SCHEDULED)
        async with world.poller():
            await world.until(MINUTES * 60)
        return CircuitMessage.FromString(await world.redis.get(keys.circuit(KEY)))

    return virtual_time.run(main)


@pytest.fixture
def learned() -> Circuit:
    circuit = circuit_of(told())
    assert circuit is not None
    return circuit


def apart(one_meters: float, other_meters: float) -> float:
    """How far two places along the circuit are from each other."""
    return abs((one_meters - other_meters + TRUTH.length / 2) % TRUTH.length - TRUTH.length / 2)


def test_the_outline_is_the_circuit_from_its_line(learned: Circuit) -> None:
    assert told().basis == CIRCUIT_BASIS_LEARNED
    assert learned.outline.length_dm / 10 == pytest.approx(TRUTH.length, rel=0.005)
    _, offset = learned.outline.locate(np.column_stack([TRUTH.x, TRUTH.y]) * 10)
    assert np.median(offset) < 5
    assert np.percentile(offset, 95) < 30
    start = learned.outline.points[0] / 10
    assert np.hypot(*(start - (TRUTH.x[0], TRUTH.y[0]))) < 15


def test_corners_and_sectors_are_where_they_are(learned: Circuit) -> None:
    found = [one.distance_dm / 10 for one in learned.corners]
    # The way that cars drive is a little shorter than the centre line.
    assert found == pytest.approx(TRUTH.corner_meters, abs=25)
    ends = [end / 10 for end in learned.sector_end_dm]
    assert ends == pytest.approx([share * TRUTH.length for share in TRUTH.layout.sectors], abs=15)


def test_the_pit_lane_lies_beside_the_line(learned: Circuit) -> None:
    lane = learned.pit_lane
    assert lane is not None
    _, offset = learned.outline.locate(lane.points)
    assert apart(lane.entry_dm / 10, -PIT_ENTRY_METERS) < 30
    assert apart(lane.exit_dm / 10, PIT_EXIT_METERS) < 30
    assert np.median(offset) / 10 == pytest.approx(PIT_OFFSET_METERS, abs=3)
