"""Kind, clock and length of a session."""

from collections.abc import Mapping

from racetime_poller.race import flags, leader, silence
from racetime_poller.race.clock import remaining
from racetime_poller.race.control import Control
from racetime_poller.race.distances import laps_by_rule, scheduled_laps
from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import LapRow, SessionResultRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    Evidence,
    OvertakingAid,
    OvertakingAidSystem,
    RaceProgress,
    SessionClock,
    SessionKind,
    SessionPhase,
    TotalLapsBasis,
    TrackFlag,
    TrackStatus,
)

_FIRST_SEASON_WITHOUT_DRS = 2026
# How many cars are entered at most, and the last place that goes on, by phase. A car that does
# not take part leaves the cut where it is.
_CUTS: tuple[tuple[int, dict[int, int]], ...] = (
    (15, {}),
    (20, {1: 15, 2: 10}),
    (22, {1: 16, 2: 10}),
)
# The winner begins the last lap well before the flag, and a lap after it with the flag.
_LAST_LAP_MILLIS = 20_000
# Cars drive a shorter way than that along which circuits are measured: of Melbourne and Shanghai
# 99.2 and 98.4 percent.
_DRIVEN_SHARE = 0.988
_VIRTUAL = (TrackFlag.VIRTUAL_SAFETY_CAR, TrackFlag.VIRTUAL_SAFETY_CAR_ENDING)


def kind(session: SessionRow) -> SessionKind:
    """Read the kind of a session from its name, which is steadier than its type."""
    name = session.session_name
    if name == "Race":
        return SessionKind.RACE
    if name == "Sprint":
        return SessionKind.SPRINT
    if name.startswith("Sprint"):
        return SessionKind.SPRINT_QUALIFYING
    if name == "Qualifying":
        return SessionKind.QUALIFYING
    if name.startswith(("Practice", "Day")):
        return SessionKind.PRACTICE
    return SessionKind.UNSPECIFIED


def gmt_offset_minutes(text: str | None) -> int | None:
    """Read OpenF1's offset, such as "-04:00:00"; None for what cannot be read."""
    parts = (text or "").lstrip("+-").split(":")
    if len(parts) < 2 or not all(part.isdigit() for part in parts):
        return None
    minutes = int(parts[0]) * 60 + int(parts[1])
    return -minutes if text and text.startswith("-") else minutes


def control(race: Race, now: int | None = None) -> Control:
    """Read what race control has said, and at an instant what has ended by itself since."""
    told = flags.read(race.race_control, kind(race.session), leader.lap_starts(race.laps))
    return told if now is None else flags.as_of(told, now)


def clock(race: Race, control: Control, now: int | None = None) -> SessionClock:
    """Derive phase and running time, and at an instant what its silence tells."""
    phase, evidence = control.phase, control.evidence if control.parts else None
    if race.results and (phase is SessionPhase.FINISHED or not race.race_control):
        phase, evidence = SessionPhase.ENDED, Evidence.RESULT
    elif now is not None and silence.is_over(race, control, now):
        phase, evidence = SessionPhase.ENDED, Evidence.SILENCE
    left = remaining(race.session, kind(race.session), control)
    return SessionClock(
        phase=phase,
        started_at=control.started_at,
        finished_at=control.finished_at,
        remaining_millis=left.millis if left else None,
        as_of_at=left.as_of_at if left else None,
        running=left.running and phase is not SessionPhase.ENDED if left else None,
        evidence=evidence,
    )


def track_status(control: Control) -> TrackStatus | None:
    """Tell the ruling flag; None where race control has not said a word of it."""
    if control.flag is None:
        return None
    return TrackStatus(control.flag, control.flag_since_at, control.flag_evidence)


def progress(
    race: Race, control: Control, announced_laps: int | None, lap_meters: float | None = None
) -> RaceProgress | None:
    """Derive laps run and to run; None outside races. The length of a lap tells what no table
    does."""
    if not race.is_race:
        return None
    current = _newest_lap(race.laps)
    if control.chequered_at is not None and control.phase is not SessionPhase.STARTED and current:
        starts = leader.lap_starts(race.laps)
        run = leader.lap_at(starts, control.chequered_at - _LAST_LAP_MILLIS) or current
        run = _laps_of_winner(race.results) or run
        return RaceProgress(run, run, TotalLapsBasis.RUN)
    session = race.session
    total = announced_laps or scheduled_laps(session.circuit_short_name, session.session_name)
    # For every formation lap that is driven again the race is a lap shorter.
    aborted = control.aborted_starts
    basis = TotalLapsBasis.RACE_CONTROL if aborted else TotalLapsBasis.TABLE
    if total is None and lap_meters is not None:
        length = lap_meters / _DRIVEN_SHARE
        total, basis = laps_by_rule(length, session.session_name), TotalLapsBasis.DISTANCE
    if total is None:
        return RaceProgress(current)
    return RaceProgress(current, total - aborted, basis)


@remembered(4)
def _laps_of_winner(results: Mapping[int, SessionResultRow]) -> int | None:
    """Return the laps of the official result; it counts back after a red flag."""
    return next((row.number_of_laps for row in results.values() if row.position == 1), None)


@remembered(4)
def _newest_lap(laps: Mapping[int, Mapping[int, LapRow]]) -> int | None:
    return max((max(table) for table in laps.values() if table), default=None)


def overtaking_aid(session: SessionRow, control: Control) -> OvertakingAid:
    """Name the aid that the season's rules give, and whether race control enabled it."""
    year = session.year or 0
    system = (
        OvertakingAidSystem.OVERTAKE_MODE
        if year >= _FIRST_SEASON_WITHOUT_DRS
        else OvertakingAidSystem.DRS
    )
    enabled = control.aid_enabled
    if enabled and control.car in _VIRTUAL:
        enabled = False
    return OvertakingAid(system, enabled, None if enabled is None else Evidence.RACE_CONTROL)


def cut_positions(session: SessionRow, car_count: int) -> dict[int, int]:
    """Return the last place that goes on, by phase of qualifying; empty where it is not known."""
    if kind(session) not in (SessionKind.QUALIFYING, SessionKind.SPRINT_QUALIFYING):
        return {}
    return dict(next((cuts for most, cuts in _CUTS if car_count <= most), {}))
