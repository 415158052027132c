"""Times that race control deleted, reinstated, or that ended under a red flag."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from control_rows import lap, said, session, status, told, track, whole

from racetime_poller.race.deletions import deleted_laps
from racetime_poller.race.rows import Row

LAPS = [
    lap(2, 1, 0, 95.0),
    lap(2, 2, 95, 77.188),
    lap(2, 3, 172, 78.0),
    lap(2, 4, 250, 77.188),
    lap(4, 3, 170, 77.188),
]


def deleted(*rows: Row) -> set[tuple[int, int]]:
    return set(deleted_laps(told(session(), *LAPS, *rows)))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("CAR 2 (SAR) TIME 1:18.000 DELETED - TRACK LIMITS AT TURN 18 LAP 3 16:03:19", (2, 3)),
        ("CAR 2 (SAR) LAP DELETED - TRACK LIMITS AT TURN 7 LAP 1 20:04:38", (2, 1)),
        ("CAR 2 (SAR) LAP DELETED - TRACK LIMITS AT TURN 3 LAP 2 21:27:35 (PIT)", (2, 2)),
        ("CAR 2 (SAR) LAP 3 DELETED - TRACK LIMITS AT TURN 3", (2, 3)),
        ("CAR 2 (SAR) TIME 1:18.000 DELETED - TRACK LIMITS AT TURN 8", (2, 3)),
        ("CAR 2 (SAR) TIME 1:17.188 DELETED - TRACK LIMITS LAP 3 16:31:25", (2, 2)),
        ("CAR 2 (SAR) TIME 1:59.999 DELETED - TRACK LIMITS AT TURN 2 LAP 9 1:00:00", (2, 9)),
    ],
)
def test_a_message_names_a_lap_by_number_by_time_or_by_both(text: str, key: tuple[int, int]):
    assert deleted(said(400, text)) == {key}


def test_a_time_alone_means_the_newest_lap_begun_until_then_that_took_it():
    text = "CAR 2 (SAR) TIME 1:17.188 DELETED - TRACK LIMITS AT TURN 18"
    assert deleted(said(180, text)) == {(2, 2)}
    assert deleted(said(400, text)) == {(2, 4)}
    assert deleted(said(400, text.replace("1:17.188", "1:11.111"))) == set()


def test_a_lap_is_reinstated_and_may_be_deleted_again():
    rows = [
        said(400, "CAR 2 (SAR) TIME 1:18.000 DELETED - TRACK LIMITS AT TURN 10 LAP 3 17:20:13"),
        said(410, "CAR 2 (SAR) TIME 1:18.000 WILL BE REINSTATED"),
        said(420, "CAR 2 (SAR) TIME 1:18.000 DELETED - TRACK LIMITS AT TURN 10 LAP 3 17:20:13"),
        said(430, "CAR 2 (SAR) LAP 3 WILL BE REINSTATED"),
    ]
    assert [(2, 3) in deleted(*rows[:count]) for count in range(5)] == [0, 1, 0, 1, 0]


def test_other_messages_delete_nothing():
    texts = ("LAP TIME OF CAR 87 (BEA) - UNDER REVIEW", "TRACK LIMITS AT TURN 4", "DELETED", "")
    assert deleted(*(said(400 + n, text) for n, text in enumerate(texts))) == set()


def test_outside_races_a_lap_that_ended_under_a_red_flag_does_not_count():
    laps = [lap(1, 1, 10, 80.0), lap(4, 1, 60, 80.0), lap(4, 2, 210, 70.0), lap(5, 1, 90, 300.0)]
    waited = lap(5, 2, 90, 50.0, is_pit_out_lap=True)
    flags = [status(0, "STARTED"), track(100, "RED"), status(200, "STARTED")]
    for name, expected in (("Practice 1", {(4, 1)}), ("Race", set())):
        race = told(session(name), *laps, waited, *flags)
        assert deleted_laps(race) == expected


def test_a_session_of_which_nothing_is_said_has_no_deleted_laps():
    assert deleted_laps(told(session("Qualifying"), lap(1, 1, 10, 80.0))) == set()
    assert deleted_laps(session("Practice 1")) == set()


def test_every_recorded_ruling_finds_a_lap_of_its_time(recording: Any):
    race = whole(recording, {"position"})
    for message in race.race_control:
        if "DELETED" in message.message and " TIME " in message.message:
            ((number, count),) = deleted_laps(replace(race, race_control=(message,)))
            seconds = race.laps[number][count].lap_duration or 0
            assert f"{int(seconds // 60)}:{seconds % 60:06.3f}" in message.message


def test_recorded_reinstatements_are_heeded(open_recording: Callable[[str], Any]):
    singapore = whole(open_recording("2024-singapore-race"))
    assert (55, 1) not in deleted_laps(singapore)
    qatar = deleted_laps(whole(open_recording("2025-qatar-sprint")))
    assert (12, 12) in qatar, "reinstated on the last lap, deleted again after the flag"
    assert len(qatar) == 20
