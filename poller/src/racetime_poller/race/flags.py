"""Track status, phase and aids: a state machine over race control's messages in their order.

Race control says when most things end, but not all, and messages get lost. What ends by itself: a
safety car that is coming in when the leader crosses the line, a virtual one some seconds after it
was told to end. `read` tells what the messages and the leader's laps say, `as_of` what an instant
adds.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from racetime_poller.race import leader, parts
from racetime_poller.race.control import Change, Control
from racetime_poller.race.leader import LapStarts
from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import Instant, RaceControlRow
from racetime_poller.race.views import (
    Evidence,
    SectorFlag,
    SectorFlagKind,
    SessionKind,
    SessionPhase,
    TrackFlag,
)

__all__ = ["Control", "as_of", "read"]

_SECTOR_FLAGS = {
    "YELLOW": SectorFlagKind.YELLOW,
    "DOUBLE YELLOW": SectorFlagKind.DOUBLE_YELLOW,
    "CLEAR": SectorFlagKind.CLEAR,
    "GREEN": SectorFlagKind.CLEAR,
}
_YELLOW = (SectorFlagKind.YELLOW, SectorFlagKind.DOUBLE_YELLOW)
# By the sporting regulations a virtual safety car ends 10 to 15 s after the message says so.
_VIRTUAL_ENDS_MILLIS = 15_000
# No lap behind the safety car takes longer.
_CAR_ENDS_MILLIS = 300_000
# A safety car that comes in "this lap" is announced well before the line.
_LINE_AFTER_MILLIS = 20_000
# A start is missing when the first lap was begun so long before race control speaks of one.
_MISSING_START_MILLIS = 120_000
# A start that is aborted may be told in two ways.
_SAME_ABORT_MILLIS = 60_000
_ABORTED_START = re.compile(r"(ABORTED START|START ABORTED|EXTRA FORMATION LAP)\b(?!.*\bNOTED\b)")
# The field that ran behind the safety car is let go: from the grid, or over the line.
_RELEASED = re.compile(r"(SAFETY CAR LIGHTS OFF|SAFETY CAR WILL ENTER|(STANDING|ROLLING) START$)")
_CAR = re.compile(r"(SAFETY CAR|VSC|VIRTUAL SAFETY CAR) (DEPLOYED|ENDING)|SAFETY CAR IN THIS LAP")
_TRACK_FLAGS = {
    "RED FLAG": "RED",
    "RED FLAG - RACE SUSPENDED": "RED",
    "CHEQUERED FLAG": "CHEQUERED",
    "TRACK CLEAR": "CLEAR",
}
_AID = re.compile(r"(?:DRS|OVERTAKE(?: MODE)?) (ENABLED|DISABLED)$")


@remembered(8)
def read(
    messages: tuple[RaceControlRow, ...],
    kind: SessionKind = SessionKind.UNSPECIFIED,
    starts: LapStarts = (),
) -> Control:
    """Read all messages of a session, in the order of their instants.

    `starts` are the leader's laps, which tell of a start and of the line where race control
    does not.
    """
    control = Control()
    missing = _missing_start(messages, starts)
    rows = sorted((*messages, missing), key=lambda row: row.date) if missing else messages
    for row in rows:
        control = as_of(control, int(row.date))
        if row is missing and control.started_at is None:
            control = replace(control, evidence=Evidence.LAPS)
        control = _turned(_step(control, row, kind, starts), int(row.date), row.lap_number)
    return control


def as_of(control: Control, now: int) -> Control:
    """Return what an instant adds: a safety car that was coming in is gone."""
    if control.car_gone is None or now < control.car_gone[0]:
        return control
    return _gone(control, *control.car_gone)


@remembered(8)
def _gone(control: Control, at: int, evidence: Evidence) -> Control:
    return _turned(replace(control, car=None, car_gone=None), at, None, evidence)


def _missing_start(messages: Sequence[RaceControlRow], starts: LapStarts) -> RaceControlRow | None:
    """Return the start that the first lap tells and no message does."""
    if not starts or starts[0][1] != 1:
        return None
    at = starts[0][0]
    told = (row for row in messages if row.message.upper() == "SESSION STARTED")
    if any(row.date <= at + _MISSING_START_MILLIS for row in told):
        return None
    return RaceControlRow(0, Instant(at), "SESSION STARTED", "SessionStatus")


def _step(control: Control, row: RaceControlRow, kind: SessionKind, starts: LapStarts) -> Control:
    text = row.message.upper()
    if row.category == "SessionStatus":
        control = _read_status(control, row, kind, text)
    elif row.category == "Flag" or text in _TRACK_FLAGS:
        control = _read_flag(control, row, kind, text)
    elif _CAR.match(text):
        control = _read_car(control, row, kind, starts)
    else:
        control = _read_other(control, int(row.date), text, starts)
    if phase := _phase(row):
        control = replace(control, qualifying_phase=phase)
    return control


def _phase(row: RaceControlRow) -> int | None:
    return row.qualifying_phase if row.qualifying_phase in parts.PHASES else None


def _read_status(control: Control, row: RaceControlRow, kind: SessionKind, text: str) -> Control:
    match text:
        case "SESSION STARTED" | "SESSION RESUMED":
            return parts.start(control, int(row.date), kind, _phase(row))
        case "SESSION ABORTED" | "SESSION STOPPED" | "SESSION SUSPENDED":
            return _stop(control, int(row.date))
        case "SESSION FINISHED":
            return parts.finish(control, int(row.date))
    return control


def _read_flag(control: Control, row: RaceControlRow, kind: SessionKind, text: str) -> Control:
    at, flag = int(row.date), row.flag or _TRACK_FLAGS.get(text, "")
    if row.scope == "Sector" and row.sector is not None and flag in _SECTOR_FLAGS:
        entry = SectorFlag(_SECTOR_FLAGS[flag], at)
        return replace(control, sectors={**control.sectors, row.sector: entry})
    if row.scope != "Track" and text not in _TRACK_FLAGS:
        return control
    if flag == "RED":
        return _stop(control, at)
    if flag == "CHEQUERED":
        return parts.finish(control, at, chequered=True)
    if flag == "CLEAR" or (flag == "GREEN" and "PIT EXIT" not in text):
        return _clear(control, at, flag)
    if flag == "GREEN":
        return parts.open_pit(control, at, kind, _phase(row))
    return control


def _stop(control: Control, at: int) -> Control:
    # A red flag shuts the aid without a word; it is enabled anew, with one.
    known = None if control.aid_enabled is None else False
    return replace(parts.stop(control, at), aid_enabled=known)


def _clear(control: Control, at: int, flag: str) -> Control:
    """Clear the whole track. What is suspended stays so until it goes on: the marshals are
    done."""
    sectors = parts.cleared(control.sectors, at)
    red = control.red and flag == "CLEAR" and control.phase is not SessionPhase.FINISHED
    return replace(control, sectors=sectors, car=None, car_gone=None, red=red, open=True)


def _read_car(
    control: Control, row: RaceControlRow, kind: SessionKind, starts: LapStarts
) -> Control:
    at, text = int(row.date), row.message.upper()
    virtual = text.startswith("V")
    if "DEPLOYED" in text:
        running = control.phase is SessionPhase.STARTED
        car = TrackFlag.VIRTUAL_SAFETY_CAR if virtual else TrackFlag.SAFETY_CAR
        aid = control.aid_enabled if virtual or control.aid_enabled is None else False
        ready = not virtual and not running
        return replace(control, car=car, car_gone=None, lights=ready, aid_enabled=aid)
    if virtual:
        gone = (at + _VIRTUAL_ENDS_MILLIS, Evidence.ESTIMATE)
        return replace(control, car=TrackFlag.VIRTUAL_SAFETY_CAR_ENDING, car_gone=gone)
    if control.phase is SessionPhase.SUSPENDED:
        # It leads the field: the session went on, though nobody said so.
        control = parts.start(control, at, kind, _phase(row))
    return _coming_in(control, at, starts)


def _coming_in(control: Control, at: int, starts: LapStarts) -> Control:
    line = leader.next_start(starts, at + _LINE_AFTER_MILLIS)
    late = at + _CAR_ENDS_MILLIS
    by_line = line is not None and line <= late
    gone = (line, Evidence.LAPS) if line is not None and by_line else (late, Evidence.ESTIMATE)
    return replace(control, car=TrackFlag.SAFETY_CAR_ENDING, car_gone=gone)


def _read_other(control: Control, at: int, text: str, starts: LapStarts) -> Control:
    if found := _AID.match(text):
        return _aid(control, enabled=found.group(1) == "ENABLED")
    if text == "SAFETY CAR LIGHTS ON":
        return replace(control, lights=control.phase is not SessionPhase.STARTED)
    if _RELEASED.match(text):
        return _released(control, at, starts)
    if control.started_at is None and _ABORTED_START.match(text):
        same = control.aborted_at is not None and at - control.aborted_at < _SAME_ABORT_MILLIS
        count = control.aborted_starts + (not same)
        return replace(control, aborted_starts=count, aborted_at=at)
    return parts.announced(control, text)


def _aid(control: Control, *, enabled: bool) -> Control:
    # It is never enabled behind the safety car, so that one is gone.
    behind = control.car in (TrackFlag.SAFETY_CAR, TrackFlag.SAFETY_CAR_ENDING)
    if enabled and behind:
        control = replace(control, car=None, car_gone=None)
    return replace(control, aid_enabled=enabled)


def _released(control: Control, at: int, starts: LapStarts) -> Control:
    if control.phase is not SessionPhase.STARTED:
        return replace(control, lights=False)
    return _coming_in(control, at, starts) if control.car is TrackFlag.SAFETY_CAR else control


def _turned(
    control: Control, at: int, lap: int | None, evidence: Evidence | None = None
) -> Control:
    """Note that another flag rules since an instant."""
    flag = _ruling(control)
    if flag is control.flag or flag is None:
        return control
    known = evidence or control.evidence
    change = Change(at, flag, known, lap)
    return replace(
        control,
        flag=flag,
        flag_since_at=at,
        flag_evidence=known,
        changes=(*control.changes, change),
    )


def _ruling(control: Control) -> TrackFlag | None:
    if control.red:
        return TrackFlag.RED
    if control.chequered_at is not None:
        return TrackFlag.CHEQUERED
    if control.car is not None:
        return control.car
    if any(one.flag in _YELLOW for one in control.sectors.values()):
        return TrackFlag.YELLOW
    return TrackFlag.GREEN if control.open else None
