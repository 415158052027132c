"""The keeper of circuits: what is known stands until something better is learned."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from math import cos, pi, radians, sin
from typing import Any, cast

import pytest
import virtual_time
from driven_field import START, circle, place

from racetime.v1 import track_pb2
from racetime.v1.track_pb2 import (
    CIRCUIT_BASIS_IMPORTED,
    CIRCUIT_BASIS_LEARNED,
    CIRCUIT_BASIS_SCHEMATIC,
)
from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime_poller.circuits import CircuitKeeper
from racetime_poller.encode_circuit import circuit_message, circuit_of
from racetime_poller.intake import Intake
from racetime_poller.race.circuit import CircuitBasis
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, LocationRow, MeetingRow, SessionRow
from racetime_poller.sources.errors import SourceError, Unavailable

SESSION = SessionRow(9, 3, "Race", Instant(START), circuit_key=150, circuit_short_name="Lusail")


@dataclass
class Shelf:
    """Where circuits are kept."""

    kept: dict[int, CircuitMessage] = field(default_factory=dict)

    async def circuit(self, circuit_key: int) -> CircuitMessage | None:
        return self.kept.get(circuit_key)

    async def set_circuit(self, circuit: CircuitMessage) -> None:
        self.kept[circuit.circuit_key] = circuit

    async def profile(self, circuit_key: int) -> None:
        """Know nothing of laps."""


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


async def test_sectors_lie_on_the_circle_by_the_time_that_they_take() -> None:
    shelf = Shelf()
    one = keeper(shelf)
    await begin_laps(one)
    assert len(shelf.kept[150].sector_end_meters) == 0
    for lap in range(2, 22):
        row = LapRow(9, 1, lap, Instant(START + lap * 90_000), 90.0, 27.0, 36.0, 27.0)
        one.intake.race = reduce(one.intake.race, row)
    await one.improve()
    kept = shelf.kept[150]
    assert kept.basis == CIRCUIT_BASIS_SCHEMATIC
    ends = list(kept.sector_end_meters)
    assert ends == pytest.approx([0.3 * 5419, 0.7 * 5419], abs=1)
    await one.improve()
    assert shelf.kept[150].revision == kept.revision == 2


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


URL = "https://circuits.example/150"


@dataclass
class Files:
    """Answers what it is given, one after the other; the last one again and again."""

    answers: list[bytes | SourceError]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, SourceError):
            raise answer
        return answer


def file_of(scale: float = 1.0) -> bytes:
    """A file of the circle, with a corner a quarter round and a marshalling sector behind it."""
    points = (circle().outline.points[::5] * scale).tolist()

    def mark(degrees: float) -> dict[str, Any]:
        x, y = 9_000 * scale * cos(radians(degrees)), 9_000 * scale * sin(radians(degrees))
        return {"number": 1, "trackPosition": {"x": x, "y": y}}

    axes = {"x": [x for x, _ in points], "y": [y for _, y in points]}
    marks = {"corners": [mark(90)], "marshalSectors": [mark(120)]}
    return json.dumps(axes | marks | {"rotation": 44}).encode()


def with_meeting(one: CircuitKeeper) -> CircuitKeeper:
    one.intake.race = replace(one.intake.race, meeting=MeetingRow(3, "Lusail", URL))
    return one


async def test_a_file_is_the_shape_until_laps_are_learned() -> None:
    shelf, files = Shelf(), Files([file_of()])
    one = with_meeting(keeper(shelf))
    await one.open()
    await one.fetch_file(files.fetch)
    await one.improve()
    kept = shelf.kept[150]
    assert (kept.basis, kept.source_url) == (CIRCUIT_BASIS_IMPORTED, URL)
    assert kept.length_meters == pytest.approx(2 * pi * 900, rel=0.001)
    assert [mark.number for mark in kept.marshal_sectors] == [1]
    assert one.intake.motion.outline is not None
    # It is kept: nobody asks for it again.
    again = with_meeting(keeper(shelf))
    await again.open()
    await again.fetch_file(files.fetch)
    assert files.asked == [URL]


async def test_a_file_adds_to_what_was_learned() -> None:
    shelf = Shelf({150: circuit_message(circle(), SESSION, 3)})
    one = with_meeting(keeper(shelf))
    await one.open()
    await one.fetch_file(Files([file_of()]).fetch)
    await one.improve()
    kept = shelf.kept[150]
    assert (kept.basis, kept.lap_count, kept.revision) == (CIRCUIT_BASIS_LEARNED, 24, 4)
    corner, sector = kept.corners[0], kept.marshal_sectors[0]
    assert corner.distance_meters == pytest.approx(900 * pi / 2, abs=5)
    assert sector.start_distance_meters == pytest.approx(900 * pi * 2 / 3, abs=5)
    assert kept.rotation_degrees == 44


@pytest.mark.parametrize("answer", [b"<html>", SourceError("status 404"), file_of(1.3)])
async def test_a_file_that_cannot_be_used_changes_nothing(answer: bytes | SourceError) -> None:
    known = circuit_message(circle(), SESSION, 3)
    shelf = Shelf({150: known})
    one = with_meeting(keeper(shelf))
    await one.open()
    await one.fetch_file(Files([answer]).fetch)
    await one.improve()
    assert shelf.kept == {150: known}


def test_a_file_that_is_not_there_yet_is_asked_for_again() -> None:
    async def main() -> None:
        shelf, files = Shelf(), Files([Unavailable("cut"), Unavailable("cut"), file_of()])
        one = keeper(shelf)
        await one.open()
        async with asyncio.TaskGroup() as group:
            group.create_task(one.fetch_file(files.fetch))
            # The meeting is not known at once.
            await asyncio.sleep(12)
            assert files.asked == []
            with_meeting(one)
        await one.improve()
        assert files.asked == [URL] * 3
        assert shelf.kept[150].source_url == URL

    virtual_time.run(main)


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
