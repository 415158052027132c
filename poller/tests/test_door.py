"""Rows that are pushed come in as they belong together."""

import asyncio

import msgspec
import virtual_time

from racetime_poller.door import Door
from racetime_poller.intake import Intake
from racetime_poller.race.rows import Instant, SessionRow
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import parse_instant

T0 = parse_instant("2026-06-07T13:00:00")
FIRST, LATER = "2026-06-07T13:00:01", "2026-06-07T13:05:01.250"


class Told:
    """Counts what is told."""

    def __init__(self) -> None:
        self.urgent = 0

    def __call__(self, *, urgent: bool = False) -> None:
        self.urgent += urgent


def open_door() -> tuple[Door, Told]:
    clock = SourceClock(_base_millis=float(T0 + 600_000), _base_monotonic=0.0)
    told = Told()
    door = Door(Intake.of(SessionRow(9, 3, "Race", Instant(T0))), clock, told)
    door.messages("position", [place(car, car, FIRST, car) for car in (1, 2, 3, 4)])
    told.urgent = 0
    return door, told


def place(car: int, position: int, date: str, version: int) -> bytes:
    row = {"session_key": 9, "driver_number": car, "position": position, "date": date}
    return msgspec.json.encode(row | {"_id": version})


def places(door: Door) -> list[int]:
    return [door.intake.race.positions[car].position for car in (1, 2, 3, 4)]


def test_places_that_change_together_are_let_in_together_however_they_come() -> None:
    async def main() -> None:
        door, told = open_door()
        assert not door.messages("position", [place(1, 2, LATER, 10)])
        assert not door.messages("position", [place(2, 3, LATER, 11)])
        assert places(door) == [1, 2, 3, 4]
        assert told.urgent == 0
        assert door.messages("position", [place(3, 1, LATER, 12)])
        assert places(door) == [2, 3, 1, 4]
        assert told.urgent == 1
        await asyncio.sleep(1)
        assert told.urgent == 1

    virtual_time.run(main)


def test_a_change_of_places_with_a_hole_is_let_in_a_little_later() -> None:
    async def main() -> None:
        door, told = open_door()
        door.messages("position", [place(1, 2, LATER, 10)])
        await asyncio.sleep(0.29)
        assert places(door) == [1, 2, 3, 4]
        await asyncio.sleep(0.02)
        assert places(door) == [2, 2, 3, 4]
        assert told.urgent == 1
        # What is double already holds nothing else back.
        assert door.messages("position", [place(3, 4, LATER, 11), place(4, 3, LATER, 12)])
        assert places(door) == [2, 2, 4, 3]

    virtual_time.run(main)
