"""Events: the same state gives the same list, and what is untrue is not in it."""

from typing import Any

from racetime_poller.race.derive import derive
from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import (
    Instant,
    LapRow,
    OvertakeRow,
    PitRow,
    PositionRow,
    RaceControlRow,
    SessionResultRow,
    SessionRow,
)
from racetime_poller.race.state import Race
from racetime_poller.race.views import RaceEvent, RaceEventKind

START = 1_742_000_000_000
LAP = 90.0


def at(seconds: float) -> Instant:
    return Instant(START + round(1000 * seconds))


def told(*rows: Any, name: str = "Race", now: float = 3_000) -> dict[str, RaceEvent]:
    race = Race(SessionRow(9, 3, name, Instant(START)))
    for row in rows:
        race = reduce(race, row)
    return dict(derive(race, now=int(at(now)), movements={}, sources={}).events)


def kind(events: dict[str, RaceEvent], one: RaceEventKind) -> dict[str, RaceEvent]:
    found = {key: event for key, event in events.items() if event.kind is one}
    assert all(key.startswith(f"{one.name.lower()}/") for key in found)
    return found


def laps(number: int, behind: float, count: int, first: int = 1, **known: Any) -> list[LapRow]:
    """Laps of 90 s with their sectors, so long behind whoever began at the start."""
    return [
        LapRow(9, number, n, at(LAP * (n - 1) + behind), LAP, 30.0, 30.0, 30.0, **known)
        for n in range(first, first + count)
    ]


STARTED = RaceControlRow(9, at(0), "SESSION STARTED", "SessionStatus")


def test_a_battle_is_two_laps_within_a_second() -> None:
    found = kind(told(*laps(1, 0, 8), *laps(16, 0.6, 8)), RaceEventKind.BATTLE)
    assert found == {
        "battle/1/16/6": RaceEvent(
            RaceEventKind.BATTLE, int(at(90.6)), 16, 1, lap=2, duration_millis=7 * 90_000
        )
    }
    assert not kind(told(*laps(1, 0, 8), *laps(16, 1.1, 8)), RaceEventKind.BATTLE)
    assert not kind(told(*laps(1, 0, 3), *laps(16, 0.6, 2)), RaceEventKind.BATTLE)


def test_a_battle_goes_on_where_a_line_is_not_known() -> None:
    lost = [row for row in laps(16, 0.6, 8) if row.lap_number != 5]
    assert len(kind(told(*laps(1, 0, 8), *lost), RaceEventKind.BATTLE)) == 1


def test_behind_the_safety_car_nobody_battles() -> None:
    control = [
        STARTED,
        RaceControlRow(9, at(95), "SAFETY CAR DEPLOYED", "SafetyCar"),
        RaceControlRow(9, at(700), "SAFETY CAR IN THIS LAP", "SafetyCar"),
    ]
    rows = [*laps(1, 0, 8), *laps(16, 0.6, 8)]
    assert not kind(told(*control, *rows), RaceEventKind.BATTLE)
    assert kind(
        told(*control, *rows, *laps(1, 0, 9, 9), *laps(16, 0.6, 9, 9)), RaceEventKind.BATTLE
    )


def test_each_lap_that_was_the_best_of_all_is_told_from_the_second_on() -> None:
    rows = [
        LapRow(9, 1, n, at(100 * n), duration)
        for n, duration in ((1, 80.0), (2, 95.0), (3, 94.0), (4, 94.5), (5, 93.0))
    ]
    # A first lap cannot be beaten here, so that no later one is a best.
    assert not kind(told(*rows), RaceEventKind.FASTEST_LAP)
    found = kind(told(*rows[1:]), RaceEventKind.FASTEST_LAP)
    assert list(found) == ["fastest_lap/1/2", "fastest_lap/1/3", "fastest_lap/1/5"]
    best = found["fastest_lap/1/5"]
    assert (best.at, best.lap, best.duration_millis) == (at(593), 5, 93_000)


def test_a_deleted_lap_is_no_fastest_lap() -> None:
    rows = [LapRow(9, 1, n, at(100 * n), 95.0 - n) for n in (2, 3, 4)]
    words = "CAR 1 (VER) TIME 1:31.000 DELETED - TRACK LIMITS AT TURN 4 LAP 4 15:03:19"
    deleted = RaceControlRow(9, at(510), words, "Other")
    found = kind(told(*rows, deleted), RaceEventKind.FASTEST_LAP)
    assert list(found) == ["fastest_lap/1/2", "fastest_lap/1/3"]


def test_stops_are_told_and_passages_behind_the_safety_car_are_not() -> None:
    rows = [
        STARTED,
        RaceControlRow(9, at(100), "SAFETY CAR THROUGH THE PIT LANE", "SafetyCar"),
        RaceControlRow(9, at(400), "SAFETY CAR IN THIS LAP", "SafetyCar"),
        PitRow(9, 1, 2, at(195), 14.0),
        PitRow(9, 1, 9, at(825), 22.5, 2.4),
        PitRow(9, 1, 10, at(840)),
        *laps(1, 0, 3),
    ]
    found = kind(told(*rows), RaceEventKind.PIT_STOP)
    assert list(found) == ["pit_stop/1/9"]
    assert found["pit_stop/1/9"].duration_millis == 22_500


def test_who_is_out_is_told_as_of_the_last_line_and_who_did_not_start_is_not() -> None:
    rows = [STARTED, *laps(1, 0, 20), *laps(16, 1, 5), *laps(44, 2, 20)]
    found = kind(told(*rows, now=1_805), RaceEventKind.RETIREMENT)
    assert list(found) == ["retirement/16"]
    assert (found["retirement/16"].at, found["retirement/16"].lap) == (at(451), 5)
    absent = SessionResultRow(9, 81, dns=True)
    assert kind(told(*rows, absent, now=1_805), RaceEventKind.RETIREMENT) == found
    # It was only late: then it never was out.
    assert not kind(told(*rows, *laps(16, 1, 20), now=1_805), RaceEventKind.RETIREMENT)


def test_overtakes_are_the_feeds_where_it_tells_any() -> None:
    rows = [OvertakeRow(9, at(300), 44, 16, 2), *_swap()]
    found = kind(told(*rows), RaceEventKind.OVERTAKE)
    assert found == {
        f"overtake/{at(300)}/44/16": RaceEvent(
            RaceEventKind.OVERTAKE, int(at(300)), 44, 16, position=2
        )
    }


def _swap(lost_at: float = 300) -> list[Any]:
    grid = [PositionRow(9, n, at(-100), p) for p, n in enumerate((1, 16, 44), start=1)]
    swap = [PositionRow(9, 44, at(lost_at), 2), PositionRow(9, 16, at(lost_at), 3)]
    return [*grid, *swap, *laps(1, 0, 8), *laps(16, 2, 8), *laps(44, 4, 8)]


def test_where_the_feed_tells_none_places_that_change_on_track_are_overtakes() -> None:
    found = kind(told(*_swap()), RaceEventKind.OVERTAKE)
    assert found == {
        f"overtake/{at(300)}/44/16": RaceEvent(
            RaceEventKind.OVERTAKE, int(at(300)), 44, 16, position=2, message="from places"
        )
    }
    stop = PitRow(9, 16, 3, at(305), 22.0)
    assert not kind(told(*_swap(), stop), RaceEventKind.OVERTAKE)
    assert not kind(told(*_swap(lost_at=60)), RaceEventKind.OVERTAKE), "first lap"
    assert not kind(told(*_swap(), name="Practice 1"), RaceEventKind.OVERTAKE)


def test_penalties_and_flags_are_told() -> None:
    rows = [
        STARTED,
        RaceControlRow(9, at(100), "RED FLAG", "Flag", "RED", "Track"),
        RaceControlRow(
            9, at(200), "FIA STEWARDS: 10 SECOND TIME PENALTY FOR CAR 1 (VER) - UNSAFE RELEASE"
        ),
    ]
    found = told(*rows, *laps(1, 0, 2))
    assert [event.message for event in kind(found, RaceEventKind.FLAG).values()] == ["RED FLAG"]
    (penalty,) = kind(found, RaceEventKind.PENALTY).values()
    assert (penalty.driver_number, penalty.duration_millis) == (1, 10_000)
    words = "FIA STEWARDS: PENALTY SERVED - 10 SECOND TIME PENALTY FOR CAR 1 (VER) - UNSAFE RELEASE"
    served = told(*rows, *laps(1, 0, 2), RaceControlRow(9, at(900), words))
    (after,) = kind(served, RaceEventKind.PENALTY).values()
    assert (after.at, after.duration_millis) == (at(200), 10_000)


def test_a_warning_is_no_penalty() -> None:
    words = "BLACK AND WHITE FLAG FOR CAR 1 (VER) - TRACK LIMITS"
    assert not kind(told(RaceControlRow(9, at(200), words), *laps(1, 0, 2)), RaceEventKind.PENALTY)
