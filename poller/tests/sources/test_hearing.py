"""What push brings, and what has fallen silent."""

from racetime_poller.sources.hearing import ALWAYS_EXPECTED, EXPECTED_IN_RACE, Hearing
from racetime_poller.sources.periods import PUSHED

EVERYTHING = frozenset(PUSHED)


def heard(at: float, *endpoints: str) -> Hearing:
    hearing = Hearing()
    hearing.connected(0.0)
    for endpoint in endpoints or PUSHED:
        hearing.hear(endpoint, at)
    return hearing


def test_push_brings_nothing_until_something_came() -> None:
    hearing = Hearing()
    assert hearing.brings(0.0, EXPECTED_IN_RACE, running=True) is None
    hearing.connected(0.0)
    assert hearing.brings(1.0, EXPECTED_IN_RACE, running=True) is None
    hearing.hear("laps", 1.0)
    assert hearing.brings(2.0, EXPECTED_IN_RACE, running=True) == EVERYTHING
    hearing.disconnected()
    assert hearing.brings(2.0, EXPECTED_IN_RACE, running=True) is None


def test_an_endpoint_is_silent_when_others_move_on() -> None:
    hearing = heard(100.0)
    hearing.hear("weather", 111.0)
    silent = EVERYTHING - {"location", "car_data"}
    assert hearing.brings(111.0, EXPECTED_IN_RACE, running=True) == silent
    assert hearing.brings(111.0, EXPECTED_IN_RACE, running=True, leeway=5) == EVERYTHING
    hearing.hear("location", 112.0)
    hearing.hear("car_data", 112.0)
    assert hearing.brings(112.0, EXPECTED_IN_RACE, running=True) == EVERYTHING


def test_nobody_expects_laps_of_a_race_that_is_halted() -> None:
    hearing = heard(100.0)
    for endpoint in ALWAYS_EXPECTED:
        hearing.hear(endpoint, 400.0)
    assert hearing.brings(400.0, ALWAYS_EXPECTED, running=False) == EVERYTHING


def test_push_that_says_nothing_is_silent_altogether() -> None:
    hearing = heard(100.0)
    assert hearing.brings(116.0, EXPECTED_IN_RACE, running=True) is None
    assert hearing.brings(116.0, ALWAYS_EXPECTED, running=False) is not None
    assert hearing.brings(191.0, frozenset(), running=False) is None
