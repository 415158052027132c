"""The time that is left of a session, by the sporting regulations of 2023 to 2026."""

from typing import NamedTuple

from racetime_poller.race.control import Control, Part
from racetime_poller.race.rows import SessionRow
from racetime_poller.race.views import SessionKind, SessionPhase

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
# Minutes of the phases; the clock stands under a red flag.
_QUALIFYING = {1: 18, 2: 15, 3: 12}
_SPRINT_QUALIFYING = {1: 12, 2: 10, 3: 8}
# Since this season the third phase of qualifying has a minute more.
_LONGER_SINCE = 2026
_LONGER = 13
_PRACTICE_MILLIS = _HOUR
# A race may run so long; what it is suspended comes on top, up to so long in all.
_LIMITS = {
    SessionKind.RACE: (2 * _HOUR, 3 * _HOUR),
    SessionKind.SPRINT: (1 * _HOUR, 3 * _HOUR // 2),
}


class Remaining(NamedTuple):
    """The time that was left at an instant, and whether it counts down since."""

    millis: int
    as_of_at: int
    running: bool


def remaining(session: SessionRow, kind: SessionKind, control: Control) -> Remaining | None:
    """Return the time that is left of the part that runs or ran last; None before the start."""
    part = control.part
    if part is None:
        return None
    if kind is SessionKind.PRACTICE:
        return _of_practice(session, part)
    if kind in _LIMITS:
        return _of_race(*_LIMITS[kind], control, part)
    minutes = _minutes(session, kind, part.number)
    return _of_phase(minutes * _MINUTE, control, part) if minutes else None


def _minutes(session: SessionRow, kind: SessionKind, phase: int) -> int | None:
    if kind is SessionKind.SPRINT_QUALIFYING:
        return _SPRINT_QUALIFYING.get(phase)
    if kind is not SessionKind.QUALIFYING:
        return None
    longer = phase == max(_QUALIFYING) and (session.year or 0) >= _LONGER_SINCE
    return _LONGER if longer else _QUALIFYING.get(phase)


def _of_practice(session: SessionRow, part: Part) -> Remaining:
    # The clock of a practice runs on under a red flag.
    if part.finished_at is not None:
        return Remaining(0, part.finished_at, running=False)
    end = session.date_end
    length = int(end - session.date_start) if end is not None else _PRACTICE_MILLIS
    return Remaining(length, part.started_at, running=True)


def _of_phase(length: int, control: Control, part: Part) -> Remaining:
    at, running = _newest(control, part)
    left = max(0, length - _run(part, at))
    if part.finished_at is not None and not _ended_stopped(part):
        left = 0
    return Remaining(left, at, running)


def _of_race(limit: int, window: int, control: Control, part: Part) -> Remaining:
    at, running = _newest(control, part)
    left = limit - _run(part, at)
    whole = window - (at - part.started_at)
    suspended = control.phase is SessionPhase.SUSPENDED
    # The longest time in all runs on under a red flag.
    return Remaining(max(0, min(left, whole)), at, running or (suspended and whole < left))


def _newest(control: Control, part: Part) -> tuple[int, bool]:
    """Return since when the clock runs or stands."""
    if part.finished_at is not None:
        return part.finished_at, False
    if part.stops and part.stops[-1].until is None:
        return part.stops[-1].at, False
    return max(part.started_at, control.resumed_at or 0), True


def _run(part: Part, at: int) -> int:
    """Return for how long the part has run at an instant."""
    stopped = sum((at if stop.until is None else stop.until) - stop.at for stop in part.stops)
    return at - part.started_at - stopped


def _ended_stopped(part: Part) -> bool:
    return bool(part.stops) and part.stops[-1].until is None
