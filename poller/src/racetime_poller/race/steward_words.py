"""What one message of race control says of a matter before the stewards.

The wording is that of the FIA's messages of 2023 to 2026, such as "FIA STEWARDS: TURN 14 INCIDENT
INVOLVING CARS 7 (DOO) AND 6 (HAD) UNDER INVESTIGATION - FORCING ANOTHER DRIVER OFF THE TRACK".
"""

import re
from dataclasses import dataclass

from racetime_poller.race.rows import RaceControlRow
from racetime_poller.race.views import PenaltyKind, StewardMatterState

_CODE = r"\d{1,2}(?:\s*\([A-Z0-9]{2,4}\))?"
_CARS = re.compile(rf"\bCARS?:?\s+({_CODE}(?:\s*(?:,\s*AND\b|,|\bAND\b|&)\s*{_CODE})*)")
_NUMBER = re.compile(r"(\d{1,2})(?:\s*\([A-Z0-9]{2,4}\))?")
_PREFIX = re.compile(r"(?:FIA )?STEWARDS\s*:\s*|UPDATED?\s*[:-]\s*|CORRECTI?(?:ON|ED)\s*[:-]\s*")
_CORRECTION = re.compile(r"\bCORRECTI?(?:ON|ED)\b")
_SERVED = re.compile(r"PENALTY SERVED\s*[-:]?\s*|(?=.*\bPENALTY (?:HAS BEEN |WAS )?SERVED\b)")
_TURN = re.compile(r"\bTURNS? (\d{1,2})\b")
_PHASE = re.compile(r"\b(S?Q[123])\b")
# The time of the day at which it happened: in brackets since 2026, before it "TIMED AT".
_CLOCK = re.compile(r"\s*(?:\(|\bTIMED AT )(\d{1,2}:\d\d:\d\d)\)?")
_SECONDS = re.compile(r"\b(\d{1,3}|[A-Z]+)[ -]SECONDS?\b")
_PLACES = re.compile(r"\b(\d{1,2}|[A-Z]+)[ -](?:GRID )?(?:PLACES?|POSITIONS?)\b")
_WORDS = {"ONE": 1, "TWO": 2, "THREE": 3, "FIVE": 5, "TEN": 10, "FIFTEEN": 15, "TWENTY": 20}

_REVOKED = re.compile(r"\b(?:RESCINDED|WITHDRAWN|REVOKED|CANCELL?ED|OVERTURNED)\b")
_CLOSED = re.compile(r"\bNO FURTHER (?:ACTION|INVESTIGATION)\b|\bREVIEWED\b")
_DEFERRED = re.compile(r"\bINVESTIGATED AFTER\b|\bUNDER INVESTIGATION AFTER\b")
_INVESTIGATED = re.compile(r"\bUNDER INVESTIGATION\b|\bBEING INVESTIGATED\b")
_NOTED = re.compile(r"\bNOTED\b")
_PENALTIES = (
    (re.compile(r"\bDRIVE[ -]THROUGH\b"), PenaltyKind.DRIVE_THROUGH),
    (re.compile(r"\bSTOP(?:[ -](?:AND|&)[ -]|[ /-])GO\b"), PenaltyKind.STOP_AND_GO),
    (re.compile(r"\bTIME PENALTY\b|\bSECONDS? PENALTY\b"), PenaltyKind.TIME),
    (re.compile(r"\bGRID\b.*\b(?:PENALTY|DROP)\b"), PenaltyKind.GRID_PLACES),
    (re.compile(r"\bREPRIMAND"), PenaltyKind.REPRIMAND),
    (re.compile(r"\bDISQUALIFI|^BLACK FLAG\b"), PenaltyKind.DISQUALIFICATION),
    (re.compile(r"^BLACK AND WHITE FLAG\b|\bWARNING\b"), PenaltyKind.WARNING),
)
_TIMED = (PenaltyKind.TIME, PenaltyKind.STOP_AND_GO)
# What mentions cars but is no matter of the stewards: lap times, blue flags.
_OTHERS = re.compile(r"\bDELETED\b|\bREINSTATED\b|\bBLUE FLAG\b|\bBLACK AND ORANGE\b")


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a matter. `clock` is the time of the day at which it happened."""

    at: int
    message: str
    state: StewardMatterState
    cars: tuple[int, ...]
    reason: str = ""
    turn: int | None = None
    phase: str | None = None
    clock: str | None = None
    lap: int | None = None
    penalty: PenaltyKind = PenaltyKind.UNSPECIFIED
    penalty_millis: int | None = None
    grid_places: int | None = None
    corrects: bool = False


def word(row: RaceControlRow) -> Word | None:
    """Read a message; None when it is about something else."""
    text = row.message.upper().strip()
    cars = _CARS.search(text)
    if cars is None or _OTHERS.search(text):
        return None
    corrects = _CORRECTION.search(text[: cars.start()]) is not None
    said = _without_prefixes(text)
    served = _SERVED.match(said)
    said = said[served.end() :] if served else said
    head, reason = _parted(said)
    penalty = next((kind for pattern, kind in _PENALTIES if pattern.search(head)), None)
    state = _state(head, reason, penalty, served=served is not None)
    if state is StewardMatterState.UNSPECIFIED:
        return None
    known = penalty if state in _WITH_PENALTY and penalty else PenaltyKind.UNSPECIFIED
    turn, phase, clock = (pattern.search(text) for pattern in (_TURN, _PHASE, _CLOCK))
    return Word(
        at=int(row.date),
        message=row.message,
        state=state,
        cars=tuple(dict.fromkeys(int(n) for n in _NUMBER.findall(cars.group(1)))),
        reason=reason,
        turn=int(turn.group(1)) if turn else None,
        phase=phase.group(1) if phase else None,
        clock=clock.group(1) if clock else None,
        lap=row.lap_number,
        penalty=known,
        penalty_millis=_seconds(head) if known in _TIMED else None,
        grid_places=_count(_PLACES, head) if known is PenaltyKind.GRID_PLACES else None,
        corrects=corrects or _REVOKED.search(said) is not None,
    )


_WITH_PENALTY = (StewardMatterState.PENALISED, StewardMatterState.SERVED)


def _without_prefixes(text: str) -> str:
    while found := _PREFIX.match(text):
        text = text[found.end() :]
    return text


def _parted(said: str) -> tuple[str, str]:
    """Return what a message says until the cars are named and the state told, and the reason."""
    cars = _CARS.search(said)
    end = cars.end() if cars else 0
    head, dash, reason = said[end:].partition(" - ")
    head = _CLOCK.sub("", said[:end] + head)
    return head, _CLOCK.sub("", reason).strip() if dash else ""


def _state(
    head: str, reason: str, penalty: PenaltyKind | None, *, served: bool
) -> StewardMatterState:
    if served:
        return StewardMatterState.SERVED
    if _REVOKED.search(head) or _REVOKED.search(reason) or _CLOSED.search(head):
        return StewardMatterState.CLOSED
    if _DEFERRED.search(head):
        return StewardMatterState.DEFERRED
    if _INVESTIGATED.search(head):
        return StewardMatterState.INVESTIGATED
    if _NOTED.search(head):
        return StewardMatterState.NOTED
    return StewardMatterState.PENALISED if penalty else StewardMatterState.UNSPECIFIED


def _seconds(head: str) -> int | None:
    seconds = _count(_SECONDS, head)
    return None if seconds is None else seconds * 1000


def _count(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    if found is None:
        return None
    digits = found.group(1)
    return int(digits) if digits.isdigit() else _WORDS.get(digits)
