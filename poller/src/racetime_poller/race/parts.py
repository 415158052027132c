"""The course of a session, by race control: it starts, is stopped, goes on and ends; phases of a
qualifying are parts that do so one after another."""

import re
from collections.abc import Mapping
from dataclasses import replace

from racetime_poller.race.control import Control, Part
from racetime_poller.race.views import (
    SectorFlag,
    SectorFlagKind,
    SessionKind,
    SessionPhase,
    TrackFlag,
)

PHASES = range(1, 4)
QUALIFYING = frozenset({SessionKind.QUALIFYING, SessionKind.SPRINT_QUALIFYING})
_OF_ONE_PART = frozenset({SessionKind.RACE, SessionKind.SPRINT, SessionKind.PRACTICE})
# Sessions that begin when the pit exit opens. That of a race opens long before it, for the laps
# to the grid.
_FROM_THE_PIT = QUALIFYING | {SessionKind.PRACTICE}
_ANNOUNCED = re.compile(r"\bS?Q([123]) WILL START\b|\bSTART OF S?Q([123])\b")
# Between two phases there are seven minutes; a pit exit that opens sooner begins nothing.
_BREAK_MILLIS = 180_000


def start(control: Control, at: int, kind: SessionKind, phase: int | None) -> Control:
    """Start a session or its next part, or let it go on; a start told twice is one."""
    running = control.phase is SessionPhase.STARTED
    part, next_part = control.part, _next_part(control, kind, phase)
    if part is not None and next_part == part.number:
        if running:
            return control
        return _go(replace(control, parts=(*control.parts[:-1], part.resumed(at))), at)
    # A part that begins ends the one before it, though nobody said so.
    begun = replace(
        control,
        parts=(*control.parts, Part(next_part, at)),
        started_at=at,
        qualifying_phase=next_part if kind in QUALIFYING else None,
        announced_part=None,
    )
    return _go(begun, at)


def _next_part(control: Control, kind: SessionKind, phase: int | None) -> int:
    """Return the number of the part that a start begins or continues."""
    last = control.part.number if control.part else 0
    if kind in _OF_ONE_PART:
        return 1
    over = control.phase is SessionPhase.FINISHED or not last
    told = max(phase or 0, control.announced_part or 0) if kind in QUALIFYING else phase or 0
    # The number that a message carries may still be that of the phase before.
    return min(max(told, last + over), PHASES[-1])


def _go(control: Control, at: int) -> Control:
    """Let cars run: flags begin anew, and a safety car that stood ready leads them."""
    return replace(
        control,
        phase=SessionPhase.STARTED,
        resumed_at=at,
        chequered_at=None,
        open=True,
        red=False,
        car=TrackFlag.SAFETY_CAR if control.lights else None,
        car_gone=None,
        lights=False,
        sectors=cleared(control.sectors, at),
    )


def cleared(sectors: Mapping[int, SectorFlag], at: int) -> Mapping[int, SectorFlag]:
    """Return all sectors without a flag since an instant, or since they were clear."""
    return {
        number: one if one.flag is SectorFlagKind.CLEAR else SectorFlag(SectorFlagKind.CLEAR, at)
        for number, one in sectors.items()
    }


def open_pit(control: Control, at: int, kind: SessionKind, phase: int | None) -> Control:
    """Open the pit exit: what was stopped goes on, and sessions without a grid begin."""
    if control.phase is SessionPhase.SUSPENDED:
        return start(control, at, kind, phase)
    if kind not in _FROM_THE_PIT:
        return replace(control, open=True)
    part = control.part
    if part is None:
        return start(control, at, kind, phase)
    # After a practice the pit exit opens for practice starts.
    rested = part.finished_at is not None and at - part.finished_at >= _BREAK_MILLIS
    if kind in QUALIFYING and rested and part.number < PHASES[-1]:
        return start(control, at, kind, phase)
    return replace(control, open=True)


def stop(control: Control, at: int) -> Control:
    """Show the red flag; a session that was running is suspended."""
    stopped = replace(control, red=True, car=None, car_gone=None)
    if control.phase is not SessionPhase.STARTED or control.part is None:
        return stopped
    parts = (*control.parts[:-1], control.part.stopped(at))
    return replace(stopped, phase=SessionPhase.SUSPENDED, parts=parts)


def finish(control: Control, at: int, *, chequered: bool = False) -> Control:
    """End the part that runs. The flag and the status both say so; the status is more exact."""
    part = control.part
    over = control.phase is SessionPhase.FINISHED
    flag_at = at if control.chequered_at is None or chequered else control.chequered_at
    if chequered and over:
        return replace(control, chequered_at=flag_at)
    ended = (replace(part, finished_at=at),) if part else ()
    return replace(
        control,
        phase=SessionPhase.FINISHED,
        finished_at=at,
        chequered_at=flag_at,
        parts=(*control.parts[:-1], *ended),
        red=control.red and over,
        car=None,
        car_gone=None,
        lights=False,
    )


def announced(control: Control, text: str) -> Control:
    """Take in a message that names the next part."""
    found = _ANNOUNCED.search(text)
    if found is None:
        return control
    return replace(control, announced_part=int(found.group(1) or found.group(2)))
