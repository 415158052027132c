"""Tell when a session is over by its silence: not every end is told.

It is over when nothing was heard of it for a while after the flag; without one, when that is so
long past its schedule.
"""

from collections.abc import Mapping

from racetime_poller.race.control import Control
from racetime_poller.race.field import last_line_at
from racetime_poller.race.memo import remembered
from racetime_poller.race.parts import PHASES
from racetime_poller.race.rows import LapRow, PositionRow, SessionRow
from racetime_poller.race.state import Gap, Race
from racetime_poller.race.views import SessionPhase

_QUIET_MILLIS = 10 * 60_000
_OVERRUN_MILLIS = 3 * 3_600_000
# How long a session may be of which the schedule gives no end.
_LENGTH_MILLIS = 2 * 3_600_000
_BEGUN = (SessionPhase.STARTED, SessionPhase.SUSPENDED, SessionPhase.FINISHED)


def is_over(race: Race, control: Control, now: int) -> bool:
    """Tell whether a session that has begun is over at an instant."""
    if control.phase not in _BEGUN or now - _heard_at(race, control) < _QUIET_MILLIS:
        return False
    if control.phase is SessionPhase.FINISHED and _is_last_part(control):
        return True
    return now > _scheduled_end(race.session) + _OVERRUN_MILLIS


def _is_last_part(control: Control) -> bool:
    return control.qualifying_phase in (None, PHASES[-1])


def _scheduled_end(session: SessionRow) -> int:
    if session.date_end is not None:
        return int(session.date_end)
    return int(session.date_start) + _LENGTH_MILLIS


def _heard_at(race: Race, control: Control) -> int:
    """Return when cars, or the course of the session, were heard of last.

    Weather goes on after the end, and so do the stewards.
    """
    told = (control.started_at, control.resumed_at, control.finished_at, control.chequered_at)
    stop_at = control.part.stops[-1].at if control.part and control.part.stops else None
    cars = (_line_at(race.laps), _placed_at(race.positions), _gap_at(race.gaps))
    return max(at for at in (*told, stop_at, *cars, 0) if at is not None)


@remembered(4)
def _line_at(laps: Mapping[int, Mapping[int, LapRow]]) -> int | None:
    lines = (last_line_at(table) for table in laps.values())
    return max((at for at in lines if at is not None), default=None)


@remembered(4)
def _placed_at(positions: Mapping[int, PositionRow]) -> int | None:
    return max((int(row.date) for row in positions.values()), default=None)


@remembered(4)
def _gap_at(gaps: Mapping[int, Gap]) -> int | None:
    told = (at for gap in gaps.values() for at in (gap.to_leader_date, gap.interval_date))
    return max((int(at) for at in told if at is not None), default=None)
