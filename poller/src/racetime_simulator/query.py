"""Query strings as OpenF1 reads them, with its traps.

The server decodes the URL, takes each pair as `key=value` (or the bare key when the value is empty)
and looks for an operator inside that text. So `date%3E=X` means >=, and `date%3E%3D=X` compares
with the text "=X" and matches nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from racetime_simulator.instants import DAY_MICROS, parse_micros, to_micros

DATE_FIELDS = frozenset({"date", "date_start", "date_end"})
UNCAST_FIELDS = frozenset({"team_colour", "gmt_offset"})
KEY_FIELDS = frozenset({"session_key", "meeting_key"})

_PAIR = re.compile(r"([^<>=]+)(>=|<=|=|>|<)(.+)", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOST_PLUS = re.compile(r"(\S+T\d{2}:\d{2}:\d{2}(?:\.\d+)?) (\d{2}:\d{2})")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE"),
    *("JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
EATEN_WORDS = frozenset(
    word for name in (*_WEEKDAYS, *_MONTHS) for word in (name, name[:3])
) | frozenset({"SEPT"})
"""Words that the date parser takes for a date, so that a text of that name is never found."""


class QueryError(Exception):
    """The query cannot be read; OpenF1 answers 500."""


@dataclass(frozen=True)
class Instant:
    """A date to compare with; a day without a time covers the whole day."""

    micros: int
    whole_day: bool = False


Value = bool | int | float | str | Instant


@dataclass(frozen=True)
class Condition:
    """One comparison of a field with a value."""

    operator: str
    value: Value

    def holds(self, actual: Any) -> Any:
        """Return whether a row's value (or each of a column of instants) passes."""
        if isinstance(self.value, Instant):
            return self._holds_instant(actual, self.value)
        return _COMPARE[self.operator](actual, self.value)

    def _holds_instant(self, actual: Any, instant: Instant) -> Any:
        start, end = instant.micros, instant.micros + DAY_MICROS
        if instant.whole_day:
            if self.operator == "=":
                return (actual >= start) & (actual < end)
            if self.operator == ">":
                return actual >= end
            if self.operator == "<=":
                return actual < end
        return _COMPARE[self.operator](actual, start)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda actual, value: actual == value,
    ">": lambda actual, value: actual > value,
    "<": lambda actual, value: actual < value,
    ">=": lambda actual, value: actual >= value,
    "<=": lambda actual, value: actual <= value,
}


@dataclass(frozen=True)
class FieldFilter:
    """All conditions on one field: all of them must hold when they form a window, else any."""

    field: str
    conditions: tuple[Condition, ...]

    @property
    def is_window(self) -> bool:
        """Return whether these are a lower and an upper bound, the right way round."""
        if len(self.conditions) != 2:
            return False
        lower = [c for c in self.conditions if c.operator.startswith(">")]
        upper = [c for c in self.conditions if c.operator.startswith("<")]
        if len(lower) != 1 or len(upper) != 1:
            return False
        low, high = lower[0].value, upper[0].value
        if isinstance(low, Instant) and isinstance(high, Instant):
            return low.micros <= high.micros
        if _kind(low) != _kind(high):
            return False
        return bool(low <= high)  # type: ignore[operator]

    def matches(self, actual: object) -> bool:
        """Return whether a row's value passes."""
        passes = (self._passes(condition, actual) for condition in self.conditions)
        return all(passes) if self.is_window else any(passes)

    def _passes(self, condition: Condition, actual: object) -> bool:
        if isinstance(condition.value, Instant):
            micros = parse_micros(actual) if self.field in DATE_FIELDS else None
            return micros is not None and bool(condition.holds(micros))
        if self.field in DATE_FIELDS or _kind(actual) != _kind(condition.value):
            return False
        return bool(condition.holds(actual))


@dataclass(frozen=True)
class Query:
    """A whole query: every field's filter must pass."""

    filters: tuple[FieldFilter, ...]
    csv: bool = False

    def matches(self, row: Mapping[str, object]) -> bool:
        """Return whether a row passes; a field that the row lacks passes nothing."""
        return all(f.matches(row.get(f.field)) for f in self.filters)

    def names(self, field: str) -> bool:
        """Return whether there is a filter on a field."""
        return any(f.field == field for f in self.filters)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "none"


def cast(field: str, text: str) -> Value:
    """Cast a value in OpenF1's order: bool, number, date, text."""
    if field in UNCAST_FIELDS:
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if any(sign in text for sign in ".eE") else int(text)
    return _cast_instant(text) or text


def _cast_instant(text: str) -> Instant | None:
    if text.upper() in EATEN_WORDS:
        return Instant(0, whole_day=True)
    lost_plus = _LOST_PLUS.fullmatch(text)
    if lost_plus:
        text = f"{lost_plus[1]}+{lost_plus[2]}"
    try:
        return Instant(to_micros(datetime.fromisoformat(text)), bool(_DAY.fullmatch(text)))
    except (ValueError, OverflowError):
        return None


def parse_query(raw_query: str, latest: Callable[[str], int | None] = lambda field: None) -> Query:
    """Read a query string; `latest` gives the number that `session_key=latest` stands for."""
    grouped: dict[str, list[Condition]] = {}
    csv = False
    for key, value in parse_qsl(raw_query, keep_blank_values=True):
        pair = _PAIR.fullmatch(f"{key}={value}" if value else key)
        if pair is None:
            raise QueryError(f"no operator and value in {key!r}")
        field, operator, text = pair.groups()
        if field == "csv":
            csv = text.lower() == "true"
            continue
        resolved: Value | None = None
        if field in KEY_FIELDS and text == "latest":
            resolved = latest(field)
        grouped.setdefault(field, []).append(
            Condition(operator, cast(field, text) if resolved is None else resolved)
        )
    return Query(tuple(FieldFilter(f, tuple(cs)) for f, cs in grouped.items()), csv)
