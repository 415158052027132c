"""Track status, phase and aids, read from the messages of race control in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from racetime_poller.race.rows import RaceControlRow
from racetime_poller.race.views import SectorFlag, SectorFlagKind, SessionPhase, TrackFlag

_SECTOR_FLAGS = {
    "YELLOW": SectorFlagKind.YELLOW,
    "DOUBLE YELLOW": SectorFlagKind.DOUBLE_YELLOW,
    "CLEAR": SectorFlagKind.CLEAR,
    "GREEN": SectorFlagKind.CLEAR,
}


@dataclass(frozen=True, slots=True)
class Control:
    """What race control has said so far. Red, safety car and yellows are apart: a clear sector
    does not lift a red."""

    phase: SessionPhase = SessionPhase.UPCOMING
    started_at: int | None = None
    # When it last went on: the start, or the end of a red flag.
    resumed_at: int | None = None
    finished_at: int | None = None
    chequered_at: int | None = None
    open: bool = False
    red: bool = False
    car: TrackFlag | None = None
    sectors: Mapping[int, SectorFlag] = field(default_factory=dict)
    aid_enabled: bool | None = None
    qualifying_phase: int | None = None
    flag: TrackFlag | None = None
    flag_since_at: int | None = None


def read(messages: Iterable[RaceControlRow]) -> Control:
    """Read all messages of a session, in the order of their instants."""
    control = Control()
    for row in messages:
        control = _step(control, row)
    return control


def _step(control: Control, row: RaceControlRow) -> Control:
    changed = _read_status(control, row)
    changed = _read_flag(changed, row)
    changed = _read_text(changed, row)
    if row.qualifying_phase:
        changed = replace(changed, qualifying_phase=row.qualifying_phase)
    flag = _ruling(changed)
    if flag is not changed.flag:
        changed = replace(changed, flag=flag, flag_since_at=row.date)
    return changed


def _read_status(control: Control, row: RaceControlRow) -> Control:
    if row.category != "SessionStatus":
        return control
    match row.message.upper():
        case "SESSION STARTED" | "SESSION RESUMED":
            # Q2 begins with the same words as Q1 and takes the chequered flag away. So does what
            # goes on after a red flag, whose clock ran on.
            goes_on = control.phase in (SessionPhase.STARTED, SessionPhase.SUSPENDED)
            return replace(
                control,
                phase=SessionPhase.STARTED,
                started_at=control.started_at if goes_on else row.date,
                resumed_at=row.date,
                finished_at=None,
                chequered_at=None,
                open=True,
                red=False,
            )
        case "SESSION ABORTED":
            return replace(control, phase=SessionPhase.SUSPENDED, red=True)
        case "SESSION FINISHED":
            return replace(control, phase=SessionPhase.FINISHED, finished_at=row.date)
    return control


def _read_flag(control: Control, row: RaceControlRow) -> Control:
    if row.category != "Flag" or row.flag is None:
        return control
    if row.scope == "Sector" and row.sector is not None and row.flag in _SECTOR_FLAGS:
        entry = SectorFlag(_SECTOR_FLAGS[row.flag], row.date)
        return replace(control, sectors={**control.sectors, row.sector: entry})
    if row.scope != "Track":
        return control
    match row.flag:
        case "RED":
            return replace(control, red=True)
        case "CHEQUERED":
            return replace(control, chequered_at=row.date)
        case "GREEN" | "CLEAR":
            cleared = {
                number: flag
                if flag.flag is SectorFlagKind.CLEAR
                else SectorFlag(SectorFlagKind.CLEAR, row.date)
                for number, flag in control.sectors.items()
            }
            red = control.red and row.flag == "CLEAR"
            return replace(control, sectors=cleared, car=None, red=red, open=True)
    return control


def _read_text(control: Control, row: RaceControlRow) -> Control:
    text = row.message.upper()
    if row.category == "SafetyCar":
        return replace(control, car=_car(control.car, text))
    if text in ("DRS ENABLED", "OVERTAKE ENABLED"):
        return replace(control, aid_enabled=True)
    if text in ("DRS DISABLED", "OVERTAKE DISABLED"):
        return replace(control, aid_enabled=False)
    return control


def _car(car: TrackFlag | None, text: str) -> TrackFlag | None:
    virtual = "VSC" in text or "VIRTUAL" in text
    if "DEPLOYED" in text:
        return TrackFlag.VIRTUAL_SAFETY_CAR if virtual else TrackFlag.SAFETY_CAR
    if virtual and "ENDING" in text:
        return TrackFlag.VIRTUAL_SAFETY_CAR_ENDING
    return TrackFlag.SAFETY_CAR_ENDING if "IN THIS LAP" in text else car


def _ruling(control: Control) -> TrackFlag | None:
    if control.chequered_at is not None:
        return TrackFlag.CHEQUERED
    if control.red:
        return TrackFlag.RED
    if control.car is not None:
        return control.car
    yellow = (SectorFlagKind.YELLOW, SectorFlagKind.DOUBLE_YELLOW)
    if any(flag.flag in yellow for flag in control.sectors.values()):
        return TrackFlag.YELLOW
    return TrackFlag.GREEN if control.open else None
