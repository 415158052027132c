"""Every car has a place, by the best evidence that there is."""

from typing import Any

from racetime_poller.race.order import classification
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import (
    DriverRow,
    Instant,
    IntervalRow,
    LapRow,
    PositionRow,
    SessionRow,
    StartingGridRow,
)
from racetime_poller.race.state import Race
from racetime_poller.race.views import PositionBasis

START = 1_742_000_000_000
CARS = (1, 4, 16, 44, 81)


def told(*rows: Any) -> list[tuple[int, str]]:
    """Return the numbers of the cars in their order, and why."""
    race = Race(SessionRow(9, 3, "Race", Instant(START)))
    for row in (*(DriverRow(9, number) for number in CARS), *rows):
        race = reduce(race, row)
    places = classification(race)
    assert sorted(place.position for place in places.values()) == list(range(1, len(CARS) + 1))
    ordered = sorted(places, key=lambda number: places[number].position)
    return [(number, places[number].basis.name) for number in ordered]


def place(number: int, position: int, seconds: int = 0) -> PositionRow:
    return PositionRow(9, number, Instant(START + 1000 * seconds), position)


def lap(number: int, lap_number: int, seconds: float) -> LapRow:
    return LapRow(9, number, lap_number, Instant(START + round(1000 * seconds)))


def test_without_any_evidence_numbers_rule() -> None:
    assert told() == [(number, PositionBasis.DRIVER_NUMBER.name) for number in CARS]


def test_evidence_is_taken_in_its_order() -> None:
    assert told(
        place(81, 1),
        IntervalRow(9, 44, Instant(START), 2.5),
        lap(16, 5, 400),
        StartingGridRow(8, 4, 7),
    ) == [(81, "POSITION"), (44, "GAP"), (16, "PROGRESS"), (4, "GRID"), (1, "DRIVER_NUMBER")]


def test_of_two_on_one_lap_the_one_that_began_it_first_leads() -> None:
    rows = [lap(1, 5, 402), lap(4, 5, 401), lap(16, 6, 480), lap(44, 5, 401.5), lap(81, 4, 399)]
    assert [number for number, _ in told(*rows)] == [16, 4, 44, 1, 81]


def test_of_two_rows_for_one_place_the_newer_wins() -> None:
    assert [number for number, _ in told(place(1, 1), place(4, 1, 5), place(16, 3))][:3] == [
        4,
        1,
        16,
    ]
