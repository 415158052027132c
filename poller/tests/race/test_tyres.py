"""Tyres in mid-race: which are fitted and how old they are."""

from racetime_poller.race.rows import StintRow
from racetime_poller.race.tyres import fitted
from racetime_poller.race.views import CarTyres, TyreCompound

NEW = StintRow(9, 1, 1, 1, 12, "MEDIUM", 0)
USED = StintRow(9, 1, 2, 13, None, "SOFT", 3)


def test_tyres_age_by_each_lap_that_is_over() -> None:
    ages = [fitted({1: NEW}, laps).age_laps for laps in (0, 1, 2, 11)]
    assert ages == [0, 1, 2, 11]


def test_used_tyres_begin_at_the_age_they_came_with() -> None:
    stints = {1: NEW, 2: USED}
    assert [fitted(stints, laps).age_laps for laps in (12, 13, 20)] == [3, 4, 11]
    assert fitted(stints, 12) == CarTyres(TyreCompound.SOFT, 3, 2, False)


def test_a_stint_that_is_told_before_its_first_lap_has_not_run() -> None:
    assert fitted({1: NEW, 2: USED}, 10).age_laps == 3


def test_what_is_not_known_of_tyres_is_not_made_up() -> None:
    bare = fitted({1: StintRow(9, 1, 1)}, 5)
    assert bare == CarTyres(TyreCompound.UNSPECIFIED, None, 1, None)
    assert fitted({1: StintRow(9, 1, 1, 1, None, "TEST_UNKNOWN", 2)}, 5).age_laps == 7
    assert fitted({1: StintRow(9, 1, 1, None, None, "HARD", 2)}, 5).age_laps is None
