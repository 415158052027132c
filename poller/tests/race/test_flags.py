"""Race control's messages, read in their order, tell flags, phase and aids."""

from racetime_poller.race.flags import Control, as_of, read
from racetime_poller.race.leader import LapStarts
from racetime_poller.race.rows import Instant, RaceControlRow
from racetime_poller.race.views import (
    Evidence,
    SectorFlag,
    SectorFlagKind,
    SessionKind,
    SessionPhase,
    TrackFlag,
)


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


RACE = SessionKind.RACE
LAPS = tuple((100_000 * (lap - 1), lap) for lap in range(1, 20))
STARTED = status(0, "SESSION STARTED")


def raced(*rows: RaceControlRow, laps: LapStarts = LAPS) -> Control:
    return read(rows, RACE, laps)


def green(at: int, text: str = "GREEN LIGHT - PIT EXIT OPEN") -> RaceControlRow:
    return message(at, text, "Flag", flag="GREEN")


def test_a_pit_exit_that_opens_lifts_neither_safety_car_nor_yellow():
    rows = (STARTED, flag(1_000, "YELLOW", 4), car(2_000, "SAFETY CAR DEPLOYED"), green(3_000))
    control = raced(*rows)
    assert control.flag is TrackFlag.SAFETY_CAR
    assert control.sectors[4].flag is SectorFlagKind.YELLOW
    assert raced(*rows, green(4_000, "GREEN FLAG")).flag is TrackFlag.GREEN


def test_the_way_to_the_grid_starts_no_race_and_flags_begin_anew_with_it():
    before = (green(-2_400_000), flag(-60_000, "YELLOW", 4))
    assert read(before, RACE).phase is SessionPhase.UPCOMING
    assert read(before, RACE).flag is TrackFlag.YELLOW
    control = raced(*before, STARTED)
    assert (control.flag, control.flag_since_at) == (TrackFlag.GREEN, 0)
    assert control.sectors[4] == SectorFlag(SectorFlagKind.CLEAR, 0)


def test_a_suspended_race_stays_red_until_it_goes_on():
    rows = (
        STARTED,
        message(10_000, "RED FLAG - RACE SUSPENDED", "Flag", flag="RED"),
        message(60_000, "TRACK CLEAR", "Flag", flag="CLEAR"),
    )
    assert raced(*rows).flag is TrackFlag.RED
    assert raced(*rows).phase is SessionPhase.SUSPENDED
    for word in (green(90_000), status(90_000, "SESSION STARTED")):
        control = raced(*rows, word)
        assert (control.flag, control.flag_since_at) == (TrackFlag.GREEN, 90_000)
        assert (control.started_at, control.resumed_at) == (0, 90_000)


def test_a_race_that_goes_on_behind_the_safety_car_is_not_green():
    rows = (
        STARTED,
        message(10_000, "RED FLAG", "Flag", flag="RED"),
        message(80_000, "SAFETY CAR LIGHTS ON"),
        status(90_000, "SESSION STARTED"),
    )
    assert raced(*rows).flag is TrackFlag.SAFETY_CAR
    for word in ("STANDING START", "ROLLING START", "SAFETY CAR LIGHTS OFF"):
        control = raced(*rows, message(150_000, word))
        assert control.flag is TrackFlag.SAFETY_CAR_ENDING
        assert as_of(control, 200_000).flag is TrackFlag.GREEN
    assert raced(*rows, message(150_000, "OVERTAKE ENABLED")).flag is TrackFlag.GREEN


def test_the_lights_of_a_safety_car_before_the_start_lead_the_field_unless_they_go_out():
    lights = message(-300_000, "SAFETY CAR LIGHTS ON")
    assert raced(lights, STARTED).flag is TrackFlag.SAFETY_CAR
    out = message(-100_000, "SAFETY CAR LIGHTS OFF")
    assert raced(lights, out, STARTED).flag is TrackFlag.GREEN


def test_a_restart_that_nobody_tells_is_told_by_the_safety_car_that_comes_in():
    rows = (STARTED, flag(10_000, "RED"), car(130_000, "SAFETY CAR IN THIS LAP"))
    assert raced(*rows).flag is TrackFlag.SAFETY_CAR_ENDING
    assert raced(*rows).phase is SessionPhase.STARTED


def test_a_race_that_is_not_resumed_ends_with_its_status():
    control = raced(STARTED, flag(10_000, "RED"), status(90_000, "SESSION FINISHED"))
    assert (control.flag, control.phase) == (TrackFlag.CHEQUERED, SessionPhase.FINISHED)
    assert control.chequered_at == 90_000


def test_a_red_flag_after_the_chequered_one_is_shown_until_the_track_is_clear():
    q1 = (status(0, "SESSION STARTED", 1), flag(9, "CHEQUERED"), status(9, "SESSION FINISHED", 1))
    red = (*q1, flag(20, "RED"), flag(21, "CLEAR", 4))
    assert told(*red).flag is TrackFlag.RED
    assert told(*red).phase is SessionPhase.FINISHED
    assert told(*red, flag(30, "CLEAR")).flag is TrackFlag.CHEQUERED


def test_a_safety_car_comes_in_with_the_leader_when_nobody_says_so():
    rows = (STARTED, car(110_000, "SAFETY CAR DEPLOYED"), car(250_000, "SAFETY CAR IN THIS LAP"))
    assert as_of(raced(*rows), 299_999).flag is TrackFlag.SAFETY_CAR_ENDING
    control = as_of(raced(*rows), 300_000)
    assert (control.flag, control.flag_since_at) == (TrackFlag.GREEN, 300_000)
    assert control.flag_evidence is Evidence.LAPS
    blind = raced(*rows, laps=())
    assert as_of(blind, 549_999).flag is TrackFlag.SAFETY_CAR_ENDING
    assert as_of(blind, 550_000).flag_evidence is Evidence.ESTIMATE


def test_a_safety_car_that_stays_out_after_all_is_out():
    rows = (STARTED, car(250_000, "SAFETY CAR IN THIS LAP"), car(270_000, "SAFETY CAR DEPLOYED"))
    assert as_of(raced(*rows), 999_000).flag is TrackFlag.SAFETY_CAR


def test_a_virtual_safety_car_ends_fifteen_seconds_after_it_was_said_to():
    rows = (STARTED, car(10_000, "VSC DEPLOYED"), car(60_000, "VSC ENDING"))
    assert as_of(raced(*rows), 74_999).flag is TrackFlag.VIRTUAL_SAFETY_CAR_ENDING
    assert as_of(raced(*rows), 75_000).flag is TrackFlag.GREEN
    assert raced(*rows, message(90_000, "RISK OF RAIN IS 0%")).flag_since_at == 75_000
    yellow = raced(STARTED, flag(9_000, "YELLOW", 3), *rows[1:])
    assert as_of(yellow, 75_000).flag is TrackFlag.YELLOW, "its sector is still not clear"


def test_texts_tell_where_categories_are_missing():
    rows = (STARTED, message(5_000, "SAFETY CAR DEPLOYED", "Other"))
    assert raced(*rows).flag is TrackFlag.SAFETY_CAR
    assert raced(*rows, message(6_000, "RED FLAG", "Other")).flag is TrackFlag.RED
    noted = "INCIDENT INVOLVING CAR 14 (ALO) NOTED - SAFETY CAR INFRINGEMENT"
    harmless = (noted, "INCIDENT INVOLVING CAR 6 (HAD) NOTED - RED FLAG INFRINGEMENT")
    for text in (*harmless, "SAFETY CAR WILL USE START/FINISH STRAIGHT", "PIT EXIT CLOSED"):
        assert raced(STARTED, message(5_000, text)).flag is TrackFlag.GREEN


def test_a_safety_car_and_a_red_flag_shut_the_aid_until_it_is_enabled_again():
    on = (STARTED, message(1_000, "DRS ENABLED", "Drs"))
    assert raced(*on).aid_enabled is True
    for row in (car(2_000, "SAFETY CAR DEPLOYED"), flag(2_000, "RED")):
        assert raced(*on, row).aid_enabled is False
        assert raced(*on, row, message(9_000, "OVERTAKE MODE ENABLED")).aid_enabled is True
        assert raced(STARTED, row).aid_enabled is None, "nothing was said of it yet"
    for text in ("DRS DISABLED IN ZONE 3", "LOW GRIP CONDITIONS"):
        assert raced(*on, message(2_000, text)).aid_enabled is True


def test_starts_that_are_aborted_are_counted_once_each():
    rows = (
        message(-900_000, "ABORTED START"),
        message(-880_000, "START ABORTED"),
        message(-300_000, "EXTRA FORMATION LAP"),
        STARTED,
        message(600_000, "EXTRA FORMATION LAP"),
    )
    assert raced(*rows).aborted_starts == 2
    noted = message(-1, "ABORTED START INFRINGEMENT BY CAR 4 (NOR) NOTED")
    assert raced(noted, STARTED).aborted_starts == 0


def test_what_was_read_is_kept_while_nothing_is_said():
    rows = (STARTED, flag(9_000, "YELLOW", 3), car(60_000, "VSC ENDING"))
    assert read(rows, RACE, LAPS) is read(rows, RACE, LAPS)
    ended = as_of(read(rows, RACE, LAPS), 99_000)
    assert as_of(read(rows, RACE, LAPS), 120_000) is ended


def test_a_phase_that_there_is_not_is_passed_over():
    rows = (status(0, "SESSION STARTED", 1), status(9, "SESSION FINISHED", 7))
    assert told(*rows, status(20, "SESSION STARTED", 2)).qualifying_phase == 2
    assert told(*rows).qualifying_phase == 1


def test_a_slippery_track_and_a_risk_of_rain_turn_no_flag() -> None:
    rows = [
        status(0, "SESSION STARTED"),
        message(10, "RISK OF RAIN FOR F1 RACE IS 90%"),
        message(20, "LOW GRIP CONDITIONS"),
        message(30, "TRACK SURFACE SLIPPERY IN TRACK SECTOR 12"),
    ]
    control = told(*rows)
    assert (control.flag, control.sectors) == (TrackFlag.GREEN, {})
    held = [*rows[:1], car(5, "SAFETY CAR DEPLOYED"), *rows[1:]]
    assert told(*held).flag is TrackFlag.SAFETY_CAR
    stood = [*rows[:1], flag(5, "RED"), status(6, "SESSION ABORTED"), *rows[1:]]
    assert told(*stood).flag is TrackFlag.RED


def test_a_safety_car_that_is_out_before_the_start_leads_it() -> None:
    before = [
        message(1_000, "LOW GRIP CONDITIONS"),
        message(2_000, "RACE WILL START BEHIND THE SAFETY CAR"),
        car(3_000, "SAFETY CAR DEPLOYED"),
    ]
    assert told(*before).flag is TrackFlag.SAFETY_CAR
    assert told(*before).started_at is None
    led = [*before, status(4_000, "SESSION STARTED")]
    assert told(*led).flag is TrackFlag.SAFETY_CAR
    called = [*led, car(250_000, "SAFETY CAR IN THIS LAP")]
    assert told(*called).flag is TrackFlag.SAFETY_CAR_ENDING
    assert told(*called, flag(300_000, "CLEAR")).flag is TrackFlag.GREEN
