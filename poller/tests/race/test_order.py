"""Every car has a place, by the best evidence that there is."""

from collections.abc import Iterable
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


def told(*rows: Any, name: str = "Race") -> list[tuple[int, str]]:
    """Return the numbers of the cars in their order, and why."""
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for row in (*(DriverRow(9, number) for number in CARS), *rows):
        race = reduce(race, row)
    places = classification(race)
    assert sorted(place.position for place in places.values()) == list(range(1, len(CARS) + 1))
    ordered = sorted(places, key=lambda number: places[number].position)
    return [(number, places[number].basis.name) for number in ordered]


def order(*rows: Any, **more: Any) -> list[int]:
    return [number for number, _ in told(*rows, **more)]


def place(number: int, position: int, seconds: int = 0) -> PositionRow:
    return PositionRow(9, number, Instant(START + 1000 * seconds), position)


def lap(number: int, lap_number: int, seconds: float, **known: Any) -> LapRow:
    return LapRow(9, number, lap_number, Instant(START + round(1000 * seconds)), **known)


def laps(numbers: Iterable[int], first: int, last: int) -> list[LapRow]:
    """Laps of 90 s in which the cars follow each other by two seconds, in an order."""
    return [
        lap(number, n, 90 * (n - 1) + 2 * place, lap_duration=90.0)
        for place, number in enumerate(numbers)
        for n in range(first, last + 1)
    ]


PLACED = [place(number, position) for position, number in enumerate(CARS, start=1)]


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
    assert order(*rows) == [16, 4, 44, 1, 81]


def test_a_sector_tells_before_the_line_does() -> None:
    rows = [lap(1, 5, 400), lap(4, 5, 402), lap(16, 5, 404)]
    ends = [lap(4, 5, 402, duration_sector_1=20.0), lap(1, 5, 400, duration_sector_1=30.0)]
    assert order(*rows)[:3] == [1, 4, 16]
    assert order(*rows, *ends)[:3] == [4, 1, 16]


def test_of_two_rows_for_one_place_the_newer_wins() -> None:
    assert order(place(1, 1), place(4, 1, 5), place(16, 3))[:3] == [4, 1, 16]


def test_a_row_that_was_lost_is_made_up_for_by_the_others() -> None:
    assert order(*PLACED) == [1, 4, 16, 44, 81]
    # One gained two places, or lost one; nothing was heard of those whom it passed.
    assert order(*PLACED, place(44, 2, 9)) == [1, 44, 4, 16, 81]
    assert order(*PLACED, place(1, 2, 9)) == [4, 1, 16, 44, 81]
    # What was heard since stands.
    assert order(*PLACED, place(44, 2, 9), place(16, 3, 10)) == [1, 44, 16, 4, 81]


def test_places_that_there_are_not_break_nothing() -> None:
    assert order(*PLACED[1:], place(1, 8), place(4, 8, 5))[:2] == [16, 44]
    assert len(order(place(1, 8), place(4, 8, 5), place(16, 8, 6))) == len(CARS)


def test_a_car_without_a_row_fills_the_place_that_is_left() -> None:
    rows = [row for row in PLACED if row.driver_number != 16]
    assert order(*rows) == [1, 4, 16, 44, 81]


def test_rows_of_places_hold_against_lines_of_less_than_a_lap() -> None:
    behind = [*laps((4, 1, 16, 44, 81), 1, 3)]
    assert order(*PLACED, *behind, place(1, 1, 260), place(4, 2, 260))[:2] == [1, 4]


def test_when_rows_of_places_fall_silent_the_lines_tell() -> None:
    rows = [*PLACED, *laps(CARS, 1, 3), *laps((81, 4, 1, 16, 44), 4, 8)]
    assert told(*rows) == [(number, "PROGRESS") for number in (81, 4, 1, 16, 44)]
    # They are back.
    again = [place(number, n, 900) for n, number in enumerate(CARS, start=1)]
    assert order(*rows, *again) == list(CARS)


def test_a_lap_that_was_lost_contradicts_no_row() -> None:
    known = [row for row in laps(CARS, 1, 8) if row.driver_number != 1 or row.lap_number in (1, 8)]
    assert told(*PLACED, *known)[0] == (1, "POSITION")


def test_a_car_that_stopped_sinks_though_no_row_says_so() -> None:
    rows = [*PLACED, *laps(CARS, 1, 3), *laps(CARS[1:], 4, 8)]
    assert order(*rows) == [4, 16, 44, 81, 1]


def test_gaps_tell_when_lines_have_ended() -> None:
    rows = laps((4, 1, 16, 44, 81), 1, 3)
    late = [
        IntervalRow(9, number, Instant(START + 900_000), 2.0 * n) for n, number in enumerate(CARS)
    ]
    assert told(*rows, *late) == [(number, "GAP") for number in CARS]


def test_outside_races_the_best_lap_rules() -> None:
    rows = [lap(1, 2, 90, lap_duration=91.0), lap(81, 2, 95, lap_duration=90.0), lap(4, 5, 400)]
    assert order(*rows, name="Practice 1")[:2] == [81, 1]
