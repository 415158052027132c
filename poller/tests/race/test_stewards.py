"""Matters before the stewards keep their identity from the note to the decision."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from control_rows import START, said, session, told, whole

from racetime_poller.race.rows import RaceControlRow
from racetime_poller.race.steward_words import word
from racetime_poller.race.stewards import matters
from racetime_poller.race.views import PenaltyKind, StewardMatter, StewardMatterState

State = StewardMatterState
BY = "FIA STEWARDS: "
NOTE = "INCIDENT INVOLVING CARS 5 (BOR) AND 30 (LAW) NOTED - UNSAFE RELEASE"
LOOK = BY + "INCIDENT INVOLVING CARS 5 (BOR) AND 30 (LAW) UNDER INVESTIGATION - UNSAFE RELEASE"
GIVEN = BY + "5 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE"
SERVED = BY + "PENALTY SERVED - 5 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE"


def of(*texts: str) -> list[StewardMatter]:
    return list(book(*texts).values())


def book(*texts: str) -> dict[str, StewardMatter]:
    rows = [said(60 * n, text, lap_number=n + 1) for n, text in enumerate(texts)]
    return dict(matters(told(session(), *rows).race_control))


def one(*texts: str) -> StewardMatter:
    (matter,) = of(*texts)
    return matter


def test_a_matter_goes_from_its_note_to_the_penalty_that_was_served():
    told_so_far: list[str] = []
    states = []
    for text in (NOTE, LOOK, GIVEN, SERVED):
        told_so_far.append(text)
        ((key, matter),) = book(*told_so_far).items()
        assert key == f"{START}/5"
        assert (matter.reason, matter.lap, matter.first_at) == ("UNSAFE RELEASE", 1, START)
        assert (matter.message, matter.driver_numbers) == (text, (5, 30))
        states.append(matter.state)
    assert states == [State.NOTED, State.INVESTIGATED, State.PENALISED, State.SERVED]
    assert (matter.penalty_kind, matter.penalty_millis) == (PenaltyKind.TIME, 5_000)


def test_the_car_that_is_to_blame_comes_first():
    blamed = BY + "10 SECOND TIME PENALTY FOR CAR 30 (LAW) - UNSAFE RELEASE"
    assert one(NOTE, LOOK, blamed).driver_numbers == (30, 5)


def test_words_of_one_second_count_in_the_order_of_the_matter():
    rows = [said(0, text) for text in (GIVEN, LOOK, NOTE)]
    (matter,) = matters(told(session(), *rows).race_control).values()
    assert matter.state is State.PENALISED


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("INCIDENT INVOLVING CAR 44 (HAM) NOTED - FALSE START", State.NOTED),
        (BY + "INCIDENT INVOLVING CAR 44 (HAM) UNDER INVESTIGATION", State.INVESTIGATED),
        (BY + "UPDATE: INCIDENT INVOLVING CAR 6 (HAD) UNDER INVESTIGATION", State.INVESTIGATED),
        (BY + "INCIDENT INVOLVING CAR 44 WILL BE INVESTIGATED AFTER THE RACE", State.DEFERRED),
        (BY + "INCIDENT INVOLVING CAR 44 WILL BE INVESTIGATED AFTER THE SPRINT", State.DEFERRED),
        (BY + "Q1 INCIDENT INVOLVING CARS 16 (LEC), 4 (NOR) AND 81 (PIA) NO FURTHER ACTION", 4),
        (BY + "PIT LANE INCIDENT INVOLVING CAR 27 (HUL) REVIEWED NO FURTHER INVESTIGATION", 4),
        ("CAR 4 (NOR) TIME 1:46.347 DELETED - TRACK LIMITS AT TURN 2 LAP 5 7:35:10", None),
        ("CAR 12 (ANT) TIME 1:25.936 WILL BE REINSTATED", None),
        ("WAVED BLUE FLAG FOR CAR 23 (ALB) TIMED AT 15:16:41", None),
        ("BLACK AND ORANGE FLAG FOR CAR 27 (HUL)", None),
        ("LAPPED CARS MAY NOW OVERTAKE THE SAFETY CAR: 5, 31, 87, 30", None),
        ("FIRST CAR TO TAKE THE FLAG - CAR 23 (ALB)", None),
        ("SAFETY CAR IN THIS LAP", None),
        ("CAR 31 (OCO) STOPPED AT TURN 4", None),
    ],
)
def test_a_text_tells_how_far_a_matter_has_come(text: str, state: StewardMatterState | None):
    found = word(said(0, text))
    assert (found.state if found else None) == state


@pytest.mark.parametrize(
    ("text", "kind", "millis", "places"),
    [
        ("10 SECOND TIME PENALTY FOR CAR 7 (DOO) - SPEEDING", PenaltyKind.TIME, 10_000, None),
        ("DRIVE THROUGH PENALTY FOR CAR 41 (LIN)", PenaltyKind.DRIVE_THROUGH, None, None),
        ("DRIVE-THROUGH PENALTY FOR CAR 41 (LIN)", PenaltyKind.DRIVE_THROUGH, None, None),
        ("10 SECOND STOP AND GO PENALTY FOR CAR 4", PenaltyKind.STOP_AND_GO, 10_000, None),
        ("10 SECOND STOP/GO PENALTY FOR CAR 4", PenaltyKind.STOP_AND_GO, 10_000, None),
        ("STOP-AND-GO PENALTY FOR CAR 43 (COL)", PenaltyKind.STOP_AND_GO, None, None),
        ("3 PLACE GRID PENALTY FOR CAR 4 (NOR) - IMPEDING", PenaltyKind.GRID_PLACES, None, 3),
        ("THREE PLACE GRID PENALTY FOR CAR 4", PenaltyKind.GRID_PLACES, None, 3),
        ("5 PLACE GRID DROP AT THE NEXT RACE FOR CAR 1", PenaltyKind.GRID_PLACES, None, 5),
        ("REPRIMAND FOR CAR 44 (HAM) - IMPEDING", PenaltyKind.REPRIMAND, None, None),
        ("WARNING FOR CAR 27 (HUL)", PenaltyKind.WARNING, None, None),
        ("CAR 27 (HUL) DISQUALIFIED - PLANK", PenaltyKind.DISQUALIFICATION, None, None),
    ],
)
def test_every_kind_of_penalty_is_read(
    text: str, kind: PenaltyKind, millis: int | None, places: int | None
):
    matter = one(BY + text)
    assert matter.state is State.PENALISED
    assert (matter.penalty_kind, matter.penalty_millis) == (kind, millis)
    assert matter.grid_places == places


def test_the_black_and_white_flag_is_a_warning_and_the_penalty_after_it_another_matter():
    flag, note, penalty = of(
        "BLACK AND WHITE FLAG FOR CAR 22 (TSU) - TRACK LIMITS",
        "INCIDENT INVOLVING CAR 23 (ALB) NOTED - TRACK LIMITS",
        BY + "5 SECOND TIME PENALTY FOR CAR 22 (TSU) - TRACK LIMITS",
    )
    assert flag.penalty_kind is PenaltyKind.WARNING
    assert note.state is State.NOTED
    assert penalty.penalty_kind is PenaltyKind.TIME


def test_reason_turn_and_time_tell_matters_of_one_car_apart():
    turn_4 = "TURN 4 INCIDENT INVOLVING CAR 5 (BOR) NOTED - FORCING ANOTHER DRIVER OFF THE TRACK"
    turn_9 = turn_4.replace("TURN 4", "TURN 9")
    closed = BY + turn_9.replace("NOTED", "NO FURTHER ACTION")
    first, second, third = of(turn_4, turn_9, NOTE.replace("CARS 5 (BOR) AND", "CAR"), closed)
    assert (first.state, first.turn) == (State.NOTED, 4)
    assert (second.state, second.turn) == (State.CLOSED, 9)
    assert third.state is State.NOTED
    early = "INCIDENT INVOLVING CAR 5 (BOR) NOTED - YELLOW FLAG INFRINGEMENT (15:04:49)"
    late = early.replace("15:04:49", "16:44:04")
    given = BY + "DRIVE THROUGH PENALTY FOR CAR 5 (BOR) - YELLOW FLAG INFRINGEMENT (16:44:04)"
    assert [matter.state for matter in of(early, late, given)] == [State.NOTED, State.PENALISED]


def test_a_penalty_that_comes_again_at_once_is_one_and_later_two():
    again = [said(0, GIVEN), said(20, GIVEN)]
    later = [said(0, GIVEN), said(900, GIVEN), said(1000, SERVED)]
    assert len(matters(tuple(again))) == 1
    states = [matter.state for matter in matters(tuple(later)).values()]
    assert states == [State.SERVED, State.PENALISED]


def test_what_is_served_is_the_penalty_that_was_given():
    warned = "BLACK AND WHITE FLAG FOR CAR 5 (BOR) - UNSAFE RELEASE"
    states = [(one.penalty_kind, one.state) for one in of(warned, GIVEN, SERVED)]
    assert states == [
        (PenaltyKind.WARNING, State.PENALISED),
        (PenaltyKind.TIME, State.SERVED),
    ]


def test_a_correction_replaces_what_was_said():
    corrected = "CORRECTION: " + BY + "10 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE"
    assert one(NOTE, GIVEN, corrected).penalty_millis == 10_000
    revoked = BY + "5 SECOND TIME PENALTY FOR CAR 5 (BOR) RESCINDED - UNSAFE RELEASE"
    matter = one(NOTE, GIVEN, revoked)
    assert (matter.state, matter.penalty_millis) == (State.CLOSED, None)
    assert matter.penalty_kind is PenaltyKind.UNSPECIFIED


def test_two_matters_of_one_instant_and_car_have_two_identities():
    texts = ("INCIDENT INVOLVING CAR 5 NOTED - SPEEDING", "INCIDENT INVOLVING CAR 5 NOTED - X")
    assert list(matters(tuple(said(0, text) for text in texts))) == [f"{START}/5", f"{START}/5/2"]


def test_identities_stay_while_more_is_said(recording: Any):
    messages: Sequence[RaceControlRow] = whole(recording, {"laps", "position"}).race_control
    seen: set[str] = set()
    for count in range(len(messages) + 1):
        now = set(matters(tuple(messages[:count])))
        assert seen <= now
        seen = now


def test_every_recorded_matter_comes_to_its_end(recording: Any):
    """In the recorded sessions nothing stays noted or under investigation."""
    known = matters(whole(recording, {"laps", "position"}).race_control).values()
    assert {matter.state for matter in known} <= {
        State.DEFERRED,
        State.CLOSED,
        State.PENALISED,
        State.SERVED,
    }


def test_the_penalties_of_the_recorded_races(open_recording: Callable[[str], Any]):
    told_penalties = {}
    for name in ("2025-australia-race", "2025-china-race", "2025-qatar-sprint"):
        known = matters(whole(open_recording(name), {"laps", "position"}).race_control).values()
        told_penalties[name] = {
            (matter.driver_numbers[0], matter.penalty_millis, matter.state is State.SERVED)
            for matter in known
            if matter.penalty_kind is PenaltyKind.TIME
        }
    assert told_penalties == {
        "2025-australia-race": {(5, 5_000, True), (12, 5_000, False)},
        "2025-china-race": {(7, 10_000, False)},
        "2025-qatar-sprint": {(22, 5_000, False), (12, 5_000, False)},
    }
