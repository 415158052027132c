"""Tell rows that can be true from those that cannot: a number or an instant beyond all reason."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast

from racetime_poller.race.rows import LapRow

# No number of a row is larger; the contract keeps them in 32 bits.
LARGEST_NUMBER = 1_000_000
# All rows of a session are from the days about its start; the contract's offsets hold 24 days.
FARTHEST_MILLIS = 7 * 24 * 3600 * 1000
# No car is so many laps ahead of its own last and of all others.
_MAX_LAP_JUMP = 5
_INSTANTS = ("date", "date_start", "date_end")


@lru_cache
def _names(kind: Any) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of a row's instants and of its other fields that may hold numbers."""
    names = [field.name for field in fields(kind)]
    instants = [name for name in names if name in _INSTANTS]
    texts = {field.name for field in fields(kind) if field.type in (str, str | None)}
    return instants, [name for name in names if name not in instants and name not in texts]


def fault(row: Any, session_start: int) -> str | None:
    """Return in one word why a row cannot be true; None when it can."""
    instants, others = _names(cast(Hashable, type(row)))
    for name in others:
        value = getattr(row, name)
        if isinstance(value, int | float) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            return "number"
    for name in instants:
        at = getattr(row, name)
        if at is not None and abs(at - session_start) > FARTHEST_MILLIS:
            return "instant"
    return None


def are_plain(rows: Sequence[Any], session_start: int) -> bool:
    """Tell whether all of many rows of one kind can be true, whose session and driver are known:
    quicker than row by row."""
    if not rows:
        return True
    instants, others = _names(cast(Hashable, type(rows[0])))
    others = [name for name in others if name not in ("session_key", "driver_number")]
    columns = zip(*map(attrgetter(*instants, *others), rows), strict=True)
    reaches = [FARTHEST_MILLIS] * len(instants) + [LARGEST_NUMBER] * len(others)
    origins = [session_start] * len(instants) + [0] * len(others)
    for column, origin, reach in zip(columns, origins, reaches, strict=True):
        known = [value for value in column if value is not None] if None in column else column
        if known and not (max(known) - origin <= reach and min(known) - origin >= -reach):
            return False
    return True


def split_laps(
    known: Mapping[int, Mapping[int, LapRow]], rows: Sequence[LapRow]
) -> tuple[Sequence[LapRow], Sequence[LapRow]]:
    """Tell the laps of an answer that can be true from those far beyond all others.

    A car may jump, when the feed lost its laps; then another car has come as far, or a lap beside
    it is there as well. What is told apart now may be true once more is known: it is read again.
    """
    reached = {number: set(laps) for number, laps in known.items()}
    for row in rows:
        reached.setdefault(row.driver_number, set()).add(row.lap_number)
    farthest = sorted((max(laps) for laps in reached.values() if laps), reverse=True)
    field = farthest[1] if len(farthest) > 1 else 0
    kept: list[LapRow] = []
    beyond: list[LapRow] = []
    for row in sorted(rows, key=lambda row: row.lap_number):
        own = reached[row.driver_number]
        steps = range(row.lap_number - _MAX_LAP_JUMP, row.lap_number)
        near = row.lap_number <= field + _MAX_LAP_JUMP or not own.isdisjoint(steps)
        (kept if near or row.lap_number + 1 in own else beyond).append(row)
    return kept, beyond
