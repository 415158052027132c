"""The keeper of circuits: what is known stands until something better is learned."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import pi
from typing import Any, cast

import pytest
from driven_field import START, circle, place

from racetime.v1 import track_pb2
from racetime.v1.track_pb2 import CIRCUIT_BASIS_SCHEMATIC
from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime_poller.circuits import CircuitKeeper
from racetime_poller.encode_circuit import circuit_message, circuit_of
from racetime_poller.intake import Intake
from racetime_poller.race.circuit import CircuitBasis
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, LocationRow, SessionRow

SESSION = SessionRow(9, 3, "Race", Instant(START), circuit_key=150, circuit_short_name="Lusail")


@dataclass
class Shelf:
    """Where circuits are kept."""

    kept: dict[int, CircuitMessage] = field(default_factory=dict)

    async def circuit(self, circuit_key: int) -> CircuitMessage | None:
        return self.kept.get(circuit_key)

    async def set_circuit(self, circuit: CircuitMessage) -> None:
        self.kept[circuit.circuit_key] = circuit


async def at_once(write: Callable[[], Awaitable[None]]) -> None:
    await write()


def keeper(shelf: Shelf, session: SessionRow = SESSION) -> CircuitKeeper:
    return CircuitKeeper(cast(Any, shelf), Intake.of(session), {}, at_once)


async def begin_laps(one: CircuitKeeper, count: int = 2, seconds: int = 30) -> None:
    """Let a car drive some laps, of which no position is known, and some time pass."""
    intake = one.intake
    for lap in range(1, count + 1):
        intake.race = reduce(intake.race, LapRow(9, 1, lap, Instant(START + lap * 90_000)))
    for second in range(seconds):
        intake.motion.estimator.alive_at = START + 200_000 + second * 1000
        await one.improve()


async def test_without_positions_a_circle_of_the_circuits_length_stands_in() -> None:
    shelf = Shelf()
    one = keeper(shelf)
    await one.open()
    await begin_laps(one, count=1)
    assert one.intake.circuit is None
    await begin_laps(one, seconds=10)
    assert one.intake.circuit is None
    await begin_laps(one)
    message = shelf.kept[150]
    assert message.basis == CIRCUIT_BASIS_SCHEMATIC
    assert message.length_meters == pytest.approx(5419, abs=1)
    assert not message.HasField("lap_count")
    assert not message.HasField("session_key")
    # The start line is at the top, and it is driven clockwise.
    assert message.x_decimeters[0] == 0
    assert message.y_decimeters[0] == max(message.y_decimeters)
    assert message.x_decimeters[1] > 0
    # No position is judged by it.
    assert one.intake.circuit is not None
    assert one.intake.motion.outline is None


async def test_no_circle_stands_in_where_the_length_is_not_known() -> None:
    shelf = Shelf()
    one = keeper(shelf, SessionRow(9, 3, "Race", Instant(START), circuit_key=9))
    await one.open()
    await begin_laps(one)
    assert shelf.kept == {}


async def test_a_circle_goes_when_cars_are_measured() -> None:
    shelf = Shelf()
    one = keeper(shelf)
    await begin_laps(one)
    assert one.intake.circuit is not None
    rows = [LocationRow(9, 1, Instant(START + 300_000 + n * 300), *place(n)) for n in range(9)]
    one.intake.motion.add(rows)
    await one.improve()
    assert one.intake.circuit is None
    assert (shelf.kept[150].revision, len(shelf.kept[150].x_decimeters)) == (2, 0)
    await begin_laps(one)
    assert one.intake.circuit is None


async def test_a_circle_that_was_kept_is_no_shape_after_a_restart() -> None:
    shelf = Shelf()
    await begin_laps(keeper(shelf))
    again = keeper(shelf)
    await again.open()
    assert again.intake.circuit is not None
    assert again.intake.circuit.basis is CircuitBasis.SCHEMATIC
    assert again.intake.motion.outline is None
    assert again.lessons.learned_laps == 0


def test_circuits_outlive_their_messages() -> None:
    message = circuit_message(circle(), SESSION, 3)
    again = circuit_of(message)
    assert again is not None
    assert again.outline.length_dm == pytest.approx(2 * pi * 9_000, rel=0.001)
    repeated = circuit_message(again, SESSION, 3)
    # Points are kept in whole decimetres.
    assert repeated.length_meters == pytest.approx(message.length_meters, abs=0.5)
    repeated.length_meters = message.length_meters
    assert repeated == message


def test_the_basis_has_the_names_and_numbers_of_the_contract() -> None:
    contract = track_pb2.CircuitBasis.items()
    assert {f"CIRCUIT_BASIS_{one.name}": one.value for one in CircuitBasis} == dict(contract)
