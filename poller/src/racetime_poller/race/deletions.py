"""Times that do not count: those that race control deleted, such as for leaving the track, and
outside races those of laps that ended under a red flag."""

import re
from collections.abc import Mapping, Set
from typing import NamedTuple

from racetime_poller.race import session
from racetime_poller.race.control import Control
from racetime_poller.race.memo import remembered, same
from racetime_poller.race.phases import part_at
from racetime_poller.race.rows import LapRow, RaceControlRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import TrackFlag

# A lap: driver number and lap number.
LapKey = tuple[int, int]
Laps = Mapping[int, Mapping[int, LapRow]]

_CAR = re.compile(r"\bCARS? (\d{1,2})\b")
_LAP = re.compile(r"\bLAP (\d{1,3})\b")
# A lap time; a time of the day has no fraction.
_TIME = re.compile(r"\b(?:(\d{1,2}):)?(\d\d)\.(\d{3})\b")
# Race control's instants are whole seconds, so a lap that ended in that second may be too late.
_RED_SLACK_MILLIS = 1_000


class _Ruling(NamedTuple):
    """What a message says of a lap, which it names by number, by time, or by both."""

    at: int
    driver_number: int
    lap: int | None
    millis: int | None
    deleted: bool


def deleted_laps(race: Race) -> Set[LapKey]:
    """Return the laps whose time does not count."""
    told = _deleted(_rulings(race.race_control), race.laps)
    if race.is_race:
        return told
    late = _under_red(session.control(race), race.laps)
    return _both(told, late) if late else told


@remembered(4)
def _both(one: Set[LapKey], other: Set[LapKey]) -> Set[LapKey]:
    return same(frozenset(one | other))


@remembered(4)
def _rulings(messages: tuple[RaceControlRow, ...]) -> tuple[_Ruling, ...]:
    return tuple(ruling for row in messages if (ruling := _ruling(row)) is not None)


def _ruling(row: RaceControlRow) -> _Ruling | None:
    text = row.message.upper()
    reinstated = "REINSTATED" in text or "NOT DELETED" in text
    if not reinstated and "DELETED" not in text:
        return None
    car, lap, time = _CAR.search(text), _LAP.search(text), _TIME.search(text)
    if car is None or (lap is None and time is None):
        return None
    millis = None
    if time is not None:
        minutes, seconds, thousandths = (int(digits or 0) for digits in time.groups())
        millis = (minutes * 60 + seconds) * 1000 + thousandths
    number = int(lap.group(1)) if lap else None
    return _Ruling(int(row.date), int(car.group(1)), number, millis, not reinstated)


@remembered(4)
def _deleted(rulings: tuple[_Ruling, ...], laps: Laps) -> Set[LapKey]:
    """Go through what was deleted and reinstated, in its order."""
    result: set[LapKey] = set()
    for ruling in rulings:
        lap = _named(ruling, laps.get(ruling.driver_number, {}))
        if lap is None:
            continue
        key = (ruling.driver_number, lap)
        if ruling.deleted:
            result.add(key)
        else:
            result.discard(key)
    return same(frozenset(result))


def _named(ruling: _Ruling, table: Mapping[int, LapRow]) -> int | None:
    """Return the lap that a message means: that of its number, unless only another one fits the
    time that it gives."""
    if ruling.millis is None or (ruling.lap and _lasted(table, ruling.lap) == ruling.millis):
        return ruling.lap
    begun = (
        lap
        for lap, row in table.items()
        if _lasted(table, lap) == ruling.millis and (row.date_start or 0) <= ruling.at
    )
    near = ruling.lap if ruling.lap is not None else max(table, default=0)
    return min(begun, key=lambda lap: (abs(lap - near), lap), default=ruling.lap)


def _lasted(table: Mapping[int, LapRow], lap: int) -> int | None:
    row = table.get(lap)
    return None if row is None or row.lap_duration is None else round(row.lap_duration * 1000)


@remembered(4)
def _under_red(control: Control, laps: Laps) -> Set[LapKey]:
    """Return the laps that were begun in time and ended while a red flag was out. Out laps hold
    the wait in the garage, so that their end is not known."""
    changes = control.changes
    spans = [
        (change.at - _RED_SLACK_MILLIS, after.at if after else None)
        for change, after in zip(changes, (*changes[1:], None), strict=False)
        if change.flag is TrackFlag.RED
    ]
    late = (
        (number, lap)
        for number, table in (laps.items() if spans else ())
        for lap, row in table.items()
        if (at := _ended_at(row)) is not None
        and part_at(control, row.date_start or 0)
        and any(since <= at and (until is None or at < until) for since, until in spans)
    )
    return same(frozenset(late))


def _ended_at(row: LapRow) -> int | None:
    if row.date_start is None or row.lap_duration is None or row.is_pit_out_lap:
        return None
    return int(row.date_start) + round(row.lap_duration * 1000)
