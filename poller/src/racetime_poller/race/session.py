"""Kind, clock and length of a session."""

from dataclasses import replace

from racetime_poller.race.distances import scheduled_laps
from racetime_poller.race.flags import Control
from racetime_poller.race.laps import laps_completed
from racetime_poller.race.rows import SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    OvertakingAid,
    OvertakingAidSystem,
    RaceProgress,
    SessionClock,
    SessionKind,
    SessionPhase,
    TotalLapsBasis,
)

_FIRST_SEASON_WITHOUT_DRS = 2026
# Last place that goes on, by phase, by how many cars are entered.
_CUTS = {20: {1: 15, 2: 10}, 22: {1: 16, 2: 10}}


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


def with_lights_out(control: Control, race: Race) -> Control:
    """Fill in the start from the first lap where race control did not announce it."""
    starts = [laps[1].date_start for laps in race.laps.values() if 1 in laps]
    known = [start for start in starts if start is not None]
    if control.started_at is not None or not known or control.phase is not SessionPhase.UPCOMING:
        return control
    finished = control.chequered_at is not None
    phase = SessionPhase.FINISHED if finished else SessionPhase.STARTED
    return replace(control, phase=phase, started_at=min(known), finished_at=control.chequered_at)


def clock(race: Race, control: Control) -> SessionClock:
    """Derive phase and running time. Scheduled time counts down in practice only."""
    phase = control.phase
    if phase is SessionPhase.FINISHED and race.results:
        phase = SessionPhase.ENDED
    remaining = as_of = None
    session = race.session
    if kind(session) is SessionKind.PRACTICE and control.started_at and session.date_end:
        # The clock of a practice runs on under a red flag.
        remaining, as_of = session.date_end - session.date_start, int(session.date_start)
    return SessionClock(
        phase=phase,
        started_at=control.started_at,
        finished_at=control.finished_at,
        remaining_millis=remaining,
        as_of_at=as_of,
        running=phase in (SessionPhase.STARTED, SessionPhase.SUSPENDED) if as_of else None,
    )


def progress(race: Race, control: Control, announced_laps: int | None) -> RaceProgress | None:
    """Derive laps run and to run; None outside races."""
    if not race.is_race:
        return None
    laps = [max(table) for table in race.laps.values() if table]
    current = max(laps, default=None)
    if control.chequered_at is not None and control.phase is not SessionPhase.STARTED and laps:
        run = max(laps_completed(table) for table in race.laps.values())
        return RaceProgress(run, run, TotalLapsBasis.RUN)
    session = race.session
    total = announced_laps or scheduled_laps(session.circuit_short_name, session.session_name)
    if total is None:
        return RaceProgress(current)
    # For every formation lap that is driven again the race is a lap shorter.
    aborted = sum(row.message.upper() == "ABORTED START" for row in race.race_control)
    basis = TotalLapsBasis.RACE_CONTROL if aborted else TotalLapsBasis.TABLE
    return RaceProgress(current, total - aborted, basis)


def overtaking_aid(session: SessionRow, control: Control) -> OvertakingAid:
    """Name the aid that the season's rules give, and whether race control enabled it."""
    year = session.year or 0
    system = (
        OvertakingAidSystem.OVERTAKE_MODE
        if year >= _FIRST_SEASON_WITHOUT_DRS
        else OvertakingAidSystem.DRS
    )
    return OvertakingAid(system, control.aid_enabled)


def cut_positions(session: SessionRow, car_count: int) -> dict[int, int]:
    """Return the last place that goes on, by phase of qualifying; empty where it is not known."""
    qualifying = (SessionKind.QUALIFYING, SessionKind.SPRINT_QUALIFYING)
    return dict(_CUTS.get(car_count, {})) if kind(session) in qualifying else {}
