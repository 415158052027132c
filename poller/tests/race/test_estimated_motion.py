"""Cars keep moving on the map whatever becomes of the positions: forward, at a car's speed, marked
as estimated; and glide back once they are measured again."""

import random

import pytest
from driven_field import LENGTH_DM, START, Car, Field, along, measured, place

CARS = [Car(number, 88_000 + 400 * number, START + 900 * number) for number in range(1, 11)]


def at(seconds: float) -> int:
    return START + round(seconds * 1000)


def silent(begin: float, end: float):
    """Positions that fall silent for a while."""
    return lambda car, when: None if at(begin) <= when < at(end) else measured(car, when)


def garbage(begin: float, end: float):
    """Cars that jump about for a while."""
    chance = random.Random(7)

    def feed(car: Car, when: int) -> tuple[int, int] | None:
        if at(begin) <= when < at(end):
            return chance.randint(-30_000, 30_000), chance.randint(-30_000, 30_000)
        return measured(car, when)

    return feed


def frozen(begin: float, end: float):
    """Cars that stand where they were for a while."""
    return lambda car, when: measured(car, at(begin) if at(begin) <= when < at(end) else when)


def one_place(begin: float, end: float):
    """All cars in one place for a while."""
    return lambda car, when: (500, 500) if at(begin) <= when < at(end) else measured(car, when)


def zeros(begin: float, end: float):
    """No fix for a while."""
    return lambda car, when: (0, 0) if at(begin) <= when < at(end) else measured(car, when)


FAULTS = {"silent": silent, "garbage": garbage, "frozen": frozen, "one": one_place, "0": zeros}


@pytest.fixture(scope="module", params=FAULTS)
def play(request: pytest.FixtureRequest) -> Field:
    """Four laps, of which the third has no positions to go by."""
    field = Field(list(CARS), FAULTS[request.param](200, 290))
    field.play(370)
    return field


def test_no_car_jumps(play: Field) -> None:
    assert max(play.fastest(car.number) for car in CARS) < 110


def test_no_car_drives_backwards(play: Field) -> None:
    assert max(play.backwards(car.number) for car in CARS) < 4


def test_every_car_goes_on_in_each_ten_seconds(play: Field) -> None:
    for car in CARS:
        trail = play.trail(car.number)
        for begin in range(215, 285, 10):
            inside = [s for s in trail if at(begin) <= s[0] < at(begin + 10)]
            driven = along(*inside[-1][1:3]) - along(*inside[0][1:3])
            assert inside
            assert driven % LENGTH_DM > 2_000


def test_estimates_are_marked_and_share_no_batch_with_measured_ones(play: Field) -> None:
    for batch in play.told:
        inside = [at(205) <= instant < at(289) for instant in batch.instants]
        assert batch.estimated or not all(inside) or not any(inside)
    for car in CARS:
        told = play.trail(car.number)
        assert all(is_estimated for when, _, _, is_estimated in told if at(208) < when < at(288))
        assert not any(is_estimated for when, _, _, is_estimated in told if when < at(199))


def test_estimates_are_near_the_truth_and_glide_back_to_it(play: Field) -> None:
    for car in CARS:
        assert sorted(play.errors(car.number, at(225)))[-20] < 60
        back = [when for when, _, _, estimated in play.trail(car.number) if estimated]
        assert back[-1] < at(330)
        assert max(play.errors(car.number, at(330))) < 2


def test_estimates_cost_half_of_what_measured_positions_do(play: Field) -> None:
    for car in CARS:
        told = [s for s in play.trail(car.number) if at(225) <= s[0] < at(285)]
        assert len(told) <= 61


@pytest.mark.parametrize("fault", ["garbage", "frozen", "one"])
def test_what_cannot_be_true_is_counted(fault: str) -> None:
    field = Field(list(CARS), FAULTS[fault](150, 200))
    field.play(220)
    reason = "frozen_location" if fault == "frozen" else "garbage_location"
    assert field.motion.rejected[reason] > 1_000


def test_a_car_that_is_measured_stays_so_while_another_is_estimated() -> None:
    cars = CARS[:6]
    field = Field(cars, lambda car, when: None if car.number == 3 else measured(car, when))
    field.play(200)
    assert all(estimated for *_, estimated in field.trail(3))
    assert len(field.trail(3)) > 100
    assert not any(estimated for *_, estimated in field.trail(4))


def test_a_car_that_is_out_stands() -> None:
    cars = [*CARS, Car(63, 90_000, stops_at=at(230))]
    field = Field(cars, silent(150, 999))
    field.play(360)
    last = [s for s in field.trail(63) if s[0] > at(290)]
    assert len({(x, y) for _, x, y, _ in last}) == 1
    # It stands before the line of which nothing was heard, or a little behind it.
    assert -100 < (along(*last[0][1:3]) - 0.7 * LENGTH_DM) / 10 < 200
    assert len(last) < 20


@pytest.mark.parametrize("period", [1_000, 15_000])
def test_without_any_positions_all_cars_move_from_the_first_lap_on(period: int) -> None:
    field = Field(list(CARS), lambda car, when: None, period_millis=period)
    field.play(300)
    for car in CARS:
        errors = field.errors(car.number, at(150))
        assert len(errors) > 120
        assert sorted(errors)[len(errors) // 2] < 40
        assert field.fastest(car.number) < 110
        assert field.backwards(car.number) == 0


def test_all_cars_in_a_hole_of_laps_drive_on() -> None:
    field = Field(list(CARS), silent(150, 999))
    field.play(200)
    field.period_millis = 10**9
    field.play(20)
    moved = [along(*field.trail(car.number)[-1][1:3]) for car in CARS]
    field.play(5)
    assert all(
        a != along(*field.trail(c.number)[-1][1:3]) for a, c in zip(moved, CARS, strict=True)
    )


def test_a_source_that_is_silent_altogether_is_not_guessed_for() -> None:
    field = Field(list(CARS), silent(150, 999))
    field.play(149)
    field.period_millis = 10**9
    field.play(120)
    assert not any(estimated for *_, estimated in field.trail(1) if _[0] > at(200))


def test_an_estimate_depends_on_the_state_alone() -> None:
    one, other = (Field(list(CARS), silent(100, 200)) for _ in range(2))
    one.play(230)
    other.play(230)
    assert one.trail(5) == other.trail(5)


def test_a_place_is_on_the_circle() -> None:
    assert along(*place(12_345.0)) == pytest.approx(12_345, abs=2)
