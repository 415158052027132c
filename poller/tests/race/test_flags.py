"""Race control's messages, read in their order, tell flags, phase and aids."""

from racetime_poller.race.flags import Control, read
from racetime_poller.race.rows import Instant, RaceControlRow
from racetime_poller.race.views import SectorFlagKind, SessionPhase, TrackFlag


def message(
    at: int,
    text: str,
    category: str = "Other",
    *,
    flag: str | None = None,
    sector: int | None = None,
    scope: str | None = None,
    phase: int | None = None,
) -> RaceControlRow:
    return RaceControlRow(
        session_key=1,
        date=Instant(at),
        message=text,
        category=category,
        flag=flag,
        scope=scope or ("Sector" if sector else "Track" if flag else None),
        sector=sector,
        qualifying_phase=phase,
    )


def status(at: int, text: str, phase: int | None = None) -> RaceControlRow:
    return message(at, text, "SessionStatus", phase=phase)


def flag(at: int, name: str, sector: int | None = None) -> RaceControlRow:
    return message(at, f"{name} {at}", "Flag", flag=name, sector=sector)


def car(at: int, text: str) -> RaceControlRow:
    return message(at, text, "SafetyCar")


def told(*rows: RaceControlRow) -> Control:
    return read(rows)


def test_before_any_message_no_flag_is_known():
    assert told().flag is None
    assert told().phase is SessionPhase.UPCOMING


def test_a_yellow_in_one_sector_rules_until_it_is_cleared():
    yellow = told(status(1, "SESSION STARTED"), flag(2, "DOUBLE YELLOW", 7))
    assert (yellow.flag, yellow.flag_since_at) == (TrackFlag.YELLOW, 2)
    assert yellow.sectors[7].flag is SectorFlagKind.DOUBLE_YELLOW
    clear = told(status(1, "SESSION STARTED"), flag(2, "DOUBLE YELLOW", 7), flag(3, "CLEAR", 7))
    assert (clear.flag, clear.flag_since_at) == (TrackFlag.GREEN, 3)


def test_a_clear_track_clears_every_sector():
    control = told(flag(1, "YELLOW", 3), flag(2, "YELLOW", 4), flag(3, "CLEAR"))
    assert {one.flag for one in control.sectors.values()} == {SectorFlagKind.CLEAR}


def test_a_cleared_sector_does_not_lift_a_red_flag_of_the_same_second():
    control = told(status(1, "SESSION STARTED"), flag(2, "RED"), flag(2, "CLEAR", 7))
    assert control.flag is TrackFlag.RED


def test_an_aborted_session_is_red_and_suspended_until_it_starts_again():
    stopped = told(status(1, "SESSION STARTED"), status(2, "SESSION ABORTED"))
    assert (stopped.flag, stopped.phase) == (TrackFlag.RED, SessionPhase.SUSPENDED)
    again = told(
        status(1, "SESSION STARTED"), status(2, "SESSION ABORTED"), status(3, "SESSION STARTED")
    )
    assert (again.flag, again.phase) == (TrackFlag.GREEN, SessionPhase.STARTED)


def test_a_safety_car_comes_in_before_the_track_is_clear():
    deployed = (status(1, "SESSION STARTED"), car(2, "SAFETY CAR DEPLOYED"))
    assert told(*deployed).flag is TrackFlag.SAFETY_CAR
    assert told(*deployed, flag(3, "YELLOW", 5)).flag is TrackFlag.SAFETY_CAR
    coming_in = (*deployed, car(4, "SAFETY CAR IN THIS LAP"))
    assert told(*coming_in).flag is TrackFlag.SAFETY_CAR_ENDING
    assert told(*coming_in, flag(5, "CLEAR")).flag is TrackFlag.GREEN


def test_a_safety_car_through_the_pit_lane_is_still_a_safety_car():
    control = told(car(1, "SAFETY CAR DEPLOYED"), car(2, "SAFETY CAR THROUGH THE PIT LANE"))
    assert control.flag is TrackFlag.SAFETY_CAR


def test_both_spellings_of_the_virtual_safety_car_are_read():
    for text in ("VSC DEPLOYED", "VIRTUAL SAFETY CAR DEPLOYED"):
        assert told(car(1, text)).flag is TrackFlag.VIRTUAL_SAFETY_CAR
        ending = told(car(1, text), car(2, "VSC ENDING"))
        assert ending.flag is TrackFlag.VIRTUAL_SAFETY_CAR_ENDING


def test_the_chequered_flag_of_q1_goes_when_q2_starts():
    q1 = (status(1, "SESSION STARTED", 1), flag(2, "CHEQUERED"), status(2, "SESSION FINISHED"))
    ended = told(*q1)
    assert (ended.flag, ended.phase) == (TrackFlag.CHEQUERED, SessionPhase.FINISHED)
    q2 = told(*q1, status(3, "SESSION STARTED", 2))
    assert (q2.flag, q2.phase, q2.qualifying_phase) == (TrackFlag.GREEN, SessionPhase.STARTED, 2)


def test_drs_and_overtake_are_enabled_but_lapped_cars_may_overtake_is_no_aid():
    assert told(message(1, "DRS ENABLED", "Drs")).aid_enabled is True
    assert told(message(1, "OVERTAKE DISABLED")).aid_enabled is False
    assert told(message(1, "LAPPED CARS MAY NOW OVERTAKE: 1, 2")).aid_enabled is None
