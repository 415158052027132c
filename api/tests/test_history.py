"""The tables of a session say what its laps say: places at each line, gaps, tyres."""

from racetime.v1.car_pb2 import TYRE_COMPOUND_HARD, TYRE_COMPOUND_SOFT
from racetime.v1.history_pb2 import RACE_EVENT_KIND_FLAG, RACE_EVENT_KIND_OVERTAKE
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import SESSION_KIND_PRACTICE, SESSION_KIND_RACE
from racetime_api.history import UNKNOWN, tables


def add_lap(state: RaceState, number: int, lap: int, start: int | None, millis: int) -> None:
    entry = state.laps[number * 1000 + lap]
    entry.driver_number, entry.lap_number, entry.lap_millis = number, lap, millis
    if start is not None:
        entry.start_race_offset_millis = start


def a_race() -> RaceState:
    state = RaceState()
    state.session.kind = SESSION_KIND_RACE
    # Car 44 passes car 1 on lap 2; car 63 is a lap behind at the end.
    for number, starts in ((1, [1_000, 91_000]), (44, [1_000, 91_500]), (63, [1_000])):
        for lap, start in enumerate(starts, start=1):
            add_lap(state, number, lap, start, 90_000 + number)
    state.laps[44_002].lap_millis = 89_000
    return state


def rows(answer) -> dict[tuple[int, int], tuple[int, int]]:
    keys = zip(answer.driver_numbers, answer.lap_numbers, strict=True)
    return dict(zip(keys, zip(answer.positions, answer.gap_millis, strict=True), strict=True))


def test_places_and_gaps_are_those_at_the_line():
    answer = tables(a_race(), sequence=5, log_revision=2)
    assert rows(answer) == {
        (1, 1): (1, 0),
        (1, 2): (2, 181_001 - 180_500),
        (44, 1): (3, 500),
        (44, 2): (1, 0),
        (63, 1): (2, 63),
    }
    assert (answer.sequence, answer.log_revision) == (5, 2)


def test_what_is_not_known_is_told_as_such():
    state = a_race()
    add_lap(state, 5, 1, None, 90_000)
    answer = tables(state, sequence=1, log_revision=1)
    assert rows(answer)[5, 1] == (0, UNKNOWN)
    assert set(answer.tyre_age_laps) == {UNKNOWN}
    assert len(answer.compounds) == len(answer.driver_numbers) == len(answer.pit_out)


def test_outside_races_nobody_has_a_place_on_a_lap():
    state = a_race()
    state.session.kind = SESSION_KIND_PRACTICE
    answer = tables(state, sequence=1, log_revision=1)
    assert set(rows(answer).values()) == {(0, UNKNOWN)}


def test_each_lap_has_the_tyres_it_was_driven_on():
    state = a_race()
    for number, (compound, first, age) in enumerate(
        [(TYRE_COMPOUND_SOFT, 1, 3), (TYRE_COMPOUND_HARD, 2, 0)], start=1
    ):
        stint = state.stints[1000 + number]
        stint.driver_number, stint.stint_number, stint.compound = 1, number, compound
        stint.first_lap, stint.age_at_start_laps = first, age
    answer = tables(state, sequence=1, log_revision=1)
    assert list(answer.compounds[:2]) == [TYRE_COMPOUND_SOFT, TYRE_COMPOUND_HARD]
    assert list(answer.tyre_age_laps[:2]) == [4, 1]


def test_entries_that_turned_out_untrue_are_left_out_and_events_are_in_order():
    state = a_race()
    add_lap(state, 1, 3, 181_000, 90_000)
    state.laps[1_003].Clear()
    state.stints[1001].Clear()
    state.events["overtake/9"].kind = RACE_EVENT_KIND_OVERTAKE
    state.events["overtake/9"].race_offset_millis = 9
    state.events["flag/5"].kind = RACE_EVENT_KIND_FLAG
    state.events["flag/5"].race_offset_millis = 5
    state.events["battle/1"].Clear()
    answer = tables(state, sequence=1, log_revision=1)
    assert (1, 3) not in rows(answer)
    assert not answer.stints
    assert [event.race_offset_millis for event in answer.events] == [5, 9]
