"""Whatever rows come, a picture can be drawn of them, and what it tells can be true."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from racetime_poller.race.derive import derive
from racetime_poller.race.motion import Movement
from racetime_poller.race.reduce import SetAside, reduce
from racetime_poller.race.rows import (
    DriverRow,
    Instant,
    IntervalRow,
    LapRow,
    OvertakeRow,
    PitRow,
    PositionRow,
    RaceControlRow,
    SessionResultRow,
    SessionRow,
    StartingGridRow,
    StintRow,
)
from racetime_poller.race.state import Race

START = 1_742_000_000_000
CARS = (1, 4, 16, 44, 81)
NAMES = ("Race", "Sprint", "Qualifying", "Sprint Qualifying", "Practice 1")
CODES = (None, 0, 2048, 2049, 2051, 2052, 2064)
WORDS = (
    ("SESSION STARTED", "SessionStatus", None, None),
    ("SESSION ABORTED", "SessionStatus", None, None),
    ("SESSION FINISHED", "SessionStatus", None, None),
    ("CHEQUERED FLAG", "Flag", "CHEQUERED", "Track"),
    ("RED FLAG", "Flag", "RED", "Track"),
    ("SAFETY CAR DEPLOYED", "SafetyCar", None, None),
    ("SAFETY CAR THROUGH THE PIT LANE", "SafetyCar", None, None),
    ("SAFETY CAR IN THIS LAP", "SafetyCar", None, None),
    ("CAR 44 (HAM) STOPPED AT TURN 3", "CarEvent", None, None),
    ("FIA STEWARDS: DRIVE THROUGH PENALTY FOR CAR 16 (LEC) - SPEEDING", "Other", None, None),
    (
        "CAR 1 (VER) TIME 1:31.000 DELETED - TRACK LIMITS AT TURN 4 LAP 4 15:03:19",
        "Other",
        None,
        None,
    ),
)


class Chance(random.Random):
    """Makes up rows, with holes."""

    def maybe(self, value: Any, share: float = 0.8) -> Any:
        return value if self.random() < share else None

    def instant(self) -> Instant:
        return Instant(START + 1000 * self.randint(-100, 4_000))

    def codes(self) -> Any:
        return self.maybe(tuple(self.choices(CODES, k=self.randint(0, 4))))

    def seconds(self, most: float) -> Any:
        return self.maybe(self.uniform(-1, most))

    def lap(self, car: int) -> LapRow:
        sectors = [self.seconds(60) for _ in range(3)]
        whole = self.seconds(self.choice((120, 4_000)))
        speeds = [self.maybe(self.randint(0, 350)) for _ in range(3)]
        out = self.maybe(self.random() < 0.2)
        number, at = self.randint(1, 12), self.maybe(self.instant())
        codes = [self.codes() for _ in range(3)]
        return LapRow(9, car, number, at, whole, *sectors, *speeds, out, *codes)

    def interval(self, car: int) -> IntervalRow:
        gaps = (None, 0.0, self.uniform(0, 100), "+1 LAP", "+2 LAPS", "LAP 5", "nonsense")
        return IntervalRow(9, car, self.instant(), self.choice(gaps), self.choice(gaps))

    def stint(self, car: int) -> StintRow:
        compound = self.choice(("SOFT", "HARD", "UNKNOWN", "X", None))
        numbers = [self.maybe(self.randint(-2, 14)) for _ in range(2)]
        age = self.maybe(self.randint(-2, 20))
        return StintRow(9, car, self.randint(1, 7), *numbers, compound, age)

    def pit(self, car: int) -> PitRow:
        at = self.maybe(self.instant())
        return PitRow(9, car, self.randint(1, 13), at, self.seconds(2_000), self.seconds(40))

    def control(self, car: int) -> RaceControlRow:
        phase = self.maybe(self.randint(1, 3), 0.3)
        return RaceControlRow(9, self.instant(), *self.choice(WORDS), qualifying_phase=phase)

    def result(self, car: int) -> SessionResultRow:
        flags = [self.random() < 0.2 for _ in range(3)]
        return SessionResultRow(9, car, self.maybe(self.randint(1, 5)), 10, None, *flags)

    def row(self) -> Any:
        kinds: tuple[Callable[[int], Any], ...] = (
            self.lap,
            self.lap,
            self.lap,
            self.interval,
            self.stint,
            self.pit,
            self.control,
            self.result,
            lambda car: PositionRow(9, car, self.instant(), self.randint(1, 8)),
            lambda car: DriverRow(9, car, "X"),
            lambda car: StartingGridRow(self.choice((7, 8)), car, self.maybe(self.randint(1, 6))),
            lambda car: OvertakeRow(9, self.instant(), car, self.choice(CARS), 1),
        )
        return self.choice(kinds)(self.choice(CARS))

    def movements(self, now: int) -> Mapping[int, Movement]:
        return {
            number: Movement(
                now - self.randint(0, 90_000),
                now - self.randint(0, 300_000),
                self.maybe(now - 5_000, 0.3),
            )
            for number in self.sample(CARS, self.randint(0, len(CARS)))
        }


@pytest.mark.parametrize("seed", range(10))
def test_of_any_rows_a_picture_can_be_drawn(seed: int) -> None:
    chance = Chance(seed)
    for _ in range(30):
        race = Race(SessionRow(9, 3, chance.choice(NAMES), Instant(START)))
        for _ in range(chance.randint(1, 120)):
            try:
                race = reduce(race, chance.row())
            except SetAside:
                continue
        now = START + 1000 * chance.randint(-100, 6_000)
        told = derive(race, now=now, movements=chance.movements(now), sources={})
        places = sorted(place.position for place in told.positions.values())
        assert places == list(range(1, len(places) + 1))
        for gap in told.gaps.values():
            for millis in (gap.gap_to_leader_millis, gap.interval_millis):
                assert millis is None or millis >= 0
            assert (gap.estimated_gap_to_leader_millis or 0) >= 0
        assert all((tyres.age_laps or 0) >= 0 for tyres in told.tyres.values())
        assert all(status.state for status in told.statuses.values())
