"""Rows of one endpoint and session, each with the instant from which it can be seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from racetime_simulator.instants import NEVER, NO_DATE, parse_micros
from racetime_simulator.query import FieldFilter, Instant, Query

Row = dict[str, Any]
Column = NDArray[np.int64]
Mask = NDArray[np.bool_]

INTEGER_COLUMNS = ("driver_number", "lap_number", "stint_number")


View = Callable[["Table"], "Table"]
"""Gives a table as faults have it seen."""


class RowSource(Protocol):
    """Gives the JSON of rows by their place in the table."""

    def slice(self, start: int, stop: int) -> Sequence[bytes]:
        """Return the rows from start up to stop."""
        ...

    def take(self, places: Column) -> Sequence[bytes]:
        """Return the rows at these places, in that order."""
        ...


class StoredRows:
    """Rows that were serialised once, at load."""

    def __init__(self, rows: list[bytes]) -> None:
        """Keep the rows as they are."""
        self._rows = rows

    def slice(self, start: int, stop: int) -> Sequence[bytes]:
        """Return the rows from start up to stop."""
        return self._rows[start:stop]

    def take(self, places: Column) -> Sequence[bytes]:
        """Return the rows at these places, in that order."""
        rows = self._rows
        return [rows[place] for place in places.tolist()]


@dataclass
class Table:
    """One endpoint's rows of one session, in the order in which they come to be seen.

    `constants` holds the fields in which all rows agree, `columns` the numbers to filter by.
    Where `keys` is set, rows are versions: of those that pass, the newest of each key is given.
    Where `shown` is set, it says when each row really comes to be seen: late, early or NEVER.
    """

    name: str
    fields: frozenset[str]
    visible: Column
    source: RowSource
    constants: dict[str, object] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    keys: Column | None = None
    order: Column | None = None
    shown: Column | None = None

    @cached_property
    def _dates_ascend(self) -> bool:
        dates = self.columns.get("date")
        return dates is not None and bool(np.all(dates[1:] >= dates[:-1]))

    @cached_property
    def _most_early(self) -> int:
        """Return by how much a row is shown before its time, at most."""
        return 0 if self.shown is None else int(np.max(self.visible - self.shown, initial=0))

    @cached_property
    def _shown_order(self) -> tuple[Column, Column]:
        """Return when rows come to be seen, ascending, and their places."""
        shown = self.visible if self.shown is None else self.shown
        places = np.argsort(shown, kind="stable").astype(np.int64)
        return shown[places], places

    def seen_between(self, after: int, until: int) -> Sequence[bytes]:
        """Return the versions that come to be seen after one instant and up to another."""
        shown, places = self._shown_order
        start, stop = np.searchsorted(shown, [after, min(until, NEVER - 1)], side="right").tolist()
        return self.source.take(places[start:stop])

    def next_shown(self, after: int) -> int:
        """Return when the next version comes to be seen after an instant, NEVER if none does."""
        shown, _ = self._shown_order
        place = int(np.searchsorted(shown, after, side="right"))
        return int(shown[place]) if place < len(shown) else NEVER

    def select(self, query: Query, now: int, view: View | None = None) -> Sequence[bytes]:
        """Return the rows that pass and can be seen now, in OpenF1's order."""
        return (self if view is None else view(self))._select(query, now)

    def _select(self, query: Query, now: int) -> Sequence[bytes]:
        varying: list[FieldFilter] = []
        for filter_ in query.filters:
            if filter_.field not in self.fields:
                return ()
            if filter_.field in self.constants:
                if not filter_.matches(self.constants[filter_.field]):
                    return ()
            else:
                varying.append(filter_)
        start, stop = 0, int(np.searchsorted(self.visible, now + self._most_early, side="right"))
        remaining: list[FieldFilter] = []
        for filter_ in varying:
            window = self._window(filter_)
            if window is None:
                remaining.append(filter_)
            else:
                start, stop = max(start, window[0]), min(stop, window[1])
        if start >= stop:
            return ()
        plain = self.shown is None and self.keys is None and self.order is None
        if not remaining and plain:
            return self.source.slice(start, stop)
        return self.source.take(self._places(start, stop, remaining, now))

    def _window(self, filter_: FieldFilter) -> tuple[int, int] | None:
        """Return the span of places that a plain bound on `date` leaves, if it is one."""
        if filter_.field != "date" or not self._dates_ascend:
            return None
        if len(filter_.conditions) > 1 and not filter_.is_window:
            return None
        dates = self.columns["date"]
        start, stop = 0, len(dates)
        for condition in filter_.conditions:
            value = condition.value
            if not isinstance(value, Instant) or value.whole_day or condition.operator == "=":
                return None
            side: Literal["left", "right"] = "left"
            if condition.operator in (">", "<="):
                side = "right"
            place = int(np.searchsorted(dates, value.micros, side=side))
            if condition.operator.startswith(">"):
                start = max(start, place)
            else:
                stop = min(stop, place)
        # Rows without a date sort first and pass no bound.
        return max(start, int(np.searchsorted(dates, NO_DATE, side="right"))), stop

    def _places(self, start: int, stop: int, filters: list[FieldFilter], now: int) -> Column:
        mask: Mask = np.ones(stop - start, dtype=np.bool_)
        if self.shown is not None:
            mask &= self.shown[start:stop] <= now
        rest: list[FieldFilter] = []
        for filter_ in filters:
            column = self.columns.get(filter_.field)
            if column is None:
                rest.append(filter_)
            else:
                mask &= _column_mask(filter_, column[start:stop])
        places = (np.flatnonzero(mask) + start).astype(np.int64)
        if rest:
            places = self._matching(places, Query(tuple(rest)))
        if self.keys is not None and len(places):
            _, last = np.unique(self.keys[places][::-1], return_index=True)
            places = np.sort(places[len(places) - 1 - last])
        if self.order is not None:
            places = places[np.argsort(self.order[places], kind="stable")]
        return places

    def _matching(self, places: Column, query: Query) -> Column:
        rows = self.source.take(places)
        passing = [query.matches(msgspec.json.decode(row)) for row in rows]
        return places[np.array(passing, dtype=np.bool_)]


def _column_mask(filter_: FieldFilter, column: Column) -> Mask:
    masks: list[Mask] = []
    for condition in filter_.conditions:
        value = condition.value
        is_date = filter_.field == "date"
        comparable = isinstance(value, Instant) if is_date else type(value) in (int, float)
        known = column != NO_DATE
        masks.append(
            known & condition.holds(column) if comparable else np.zeros(len(column), dtype=np.bool_)
        )
    combine = np.logical_and if filter_.is_window else np.logical_or
    mask: Mask = combine.reduce(masks)
    return mask


@dataclass(frozen=True)
class Version:
    """A row as it is from an instant on, and what it is a version of."""

    visible: int
    row: Row
    key: object = None


def build_table(
    name: str, versions: Sequence[Version], sort_field: str | None = None, encoded: Any = None
) -> Table:
    """Build a table of rows, serialising each once."""
    places = sorted(range(len(versions)), key=lambda place: versions[place].visible)
    ordered = [versions[place] for place in places]
    rows = [version.row for version in ordered]
    every = [set(row) for row in rows]
    fields = frozenset().union(*every)
    columns: dict[str, Column] = {}
    if "date" in fields:
        columns["date"] = _instants(rows, "date")
    for column in INTEGER_COLUMNS:
        if column in fields and all(type(row.get(column)) is int for row in rows):
            columns[column] = np.array([row[column] for row in rows], dtype=np.int64)
    versioned = any(version.key is not None for version in ordered)
    return Table(
        name=name,
        fields=fields,
        visible=np.array([version.visible for version in ordered], dtype=np.int64),
        source=StoredRows([msgspec.json.encode(row) for row in rows]),
        constants=_constants(rows),
        columns=columns,
        keys=_number_keys([version.key for version in ordered]) if versioned else None,
        order=_instants(rows, sort_field) if sort_field else None,
    )


def _constants(rows: Sequence[Row]) -> dict[str, object]:
    constants: dict[str, object] = {}
    for name in ("session_key", "meeting_key"):
        values = {row.get(name) for row in rows}
        if len(values) == 1:
            constants[name] = values.pop()
    return constants


def _instants(rows: Sequence[Row], name: str) -> Column:
    parsed = [parse_micros(row.get(name)) for row in rows]
    return np.array([NO_DATE if micros is None else micros for micros in parsed], dtype=np.int64)


def _number_keys(keys: Sequence[object]) -> Column:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
