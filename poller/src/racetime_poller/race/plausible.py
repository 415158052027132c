"""Tell rows that can be true from those that cannot: a number or an instant beyond all reason."""

from collections.abc import Hashable, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, cast

# No number of a row is larger; the contract keeps them in 32 bits.
LARGEST_NUMBER = 1_000_000
# All rows of a session are from the days about its start; the contract's offsets hold 24 days.
FARTHEST_MILLIS = 7 * 24 * 3600 * 1000
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
