"""Whatever race control says, in whatever order and with whatever lost: nothing crashes, and the
same rows always tell the same."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from control_rows import at, said, session, told, whole

from racetime_poller.race import periods, qualifying, stewards
from racetime_poller.race import session as sessions
from racetime_poller.race.deletions import deleted_laps
from racetime_poller.race.rows import RaceControlRow
from racetime_poller.race.state import Race

NAMES = ("Race", "Sprint", "Qualifying", "Sprint Qualifying", "Practice 1", "Parade")
RECORDED = ("2025-australia-race", "2025-qatar-sprint", "2025-emilia-romagna-qualifying")
WORDS = (
    "SAFETY CAR VSC DEPLOYED ENDING IN THIS LAP RED FLAG TRACK CLEAR CAR CARS 5 (BOR) AND 30 "
    "44 NOTED UNDER INVESTIGATION PENALTY SERVED - SECOND TIME DELETED REINSTATED 1:20.123 LAP "
    "TURN DRS ENABLED Q2 WILL START SESSION STARTED ABORTED FINISHED CORRECTION: FIA STEWARDS: "
    "99999999999999999999 ² é 25:61:61 (15:04:49) GRID PLACE DISQUALIFIED , "
)


def everything(race: Race, now: int) -> tuple[Any, ...]:
    control = sessions.control(race, now)
    return (
        control,
        sessions.clock(race, control),
        sessions.track_status(control),
        sessions.progress(race, control, None),
        sessions.overtaking_aid(race.session, control),
        qualifying.qualifying(race, control),
        qualifying.knocked_out(race, control),
        deleted_laps(race),
        stewards.matters(race.race_control),
        periods.track_periods(race, now),
    )


def made_up(chance: random.Random) -> RaceControlRow:
    text = " ".join(chance.choices(WORDS.split(" "), k=chance.randint(0, 12)))
    return said(
        chance.randint(-3_000, 8_000),
        chance.choice((text, text, "SESSION STARTED", "RED FLAG", "CHEQUERED FLAG")),
        chance.choice(("Flag", "SafetyCar", "Other", "SessionStatus", "Drs", "")),
        flag=chance.choice((None, "RED", "GREEN", "CLEAR", "YELLOW", "CHEQUERED", "BLUE", "?")),
        scope=chance.choice((None, "Track", "Sector", "Driver")),
        sector=chance.choice((None, 1, 2, -3)),
        lap_number=chance.choice((None, 1, 60)),
        qualifying_phase=chance.choice((None, 1, 2, 3, 9)),
    )


@pytest.mark.parametrize("name", NAMES)
def test_random_messages_crash_nothing(name: str):
    chance = random.Random(name)
    for _ in range(40):
        rows = [made_up(chance) for _ in range(chance.randint(0, 25))]
        race = told(session(name), *rows)
        assert everything(race, int(at(9_000))) == everything(race, int(at(9_000)))


@pytest.mark.parametrize("name", RECORDED)
def test_lost_messages_crash_nothing_and_give_the_same_again(
    name: str, open_recording: Callable[[str], Any]
):
    race = whole(open_recording(name))
    now = race.race_control[-1].date + 60_000
    chance = random.Random(name)
    for _ in range(15):
        kept = tuple(row for row in race.race_control if chance.random() > 0.2)
        copies = tuple(replace(row) for row in kept)
        once = everything(replace(race, race_control=kept), now)
        assert everything(replace(race, race_control=copies), now) == once
