"""Tables as they are seen under the faults of rows: rewritten, late, or with holes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from racetime_simulator.faults.episodes import Rewrite
from racetime_simulator.faults.location import LOCATION_CHANGES
from racetime_simulator.faults.oddities import (
    double_places,
    double_stops,
    hide_messages,
    spoil_first_lap,
    spoil_stints,
)
from racetime_simulator.faults.repairs import change_result, clear_names, move_start, repair_late
from racetime_simulator.faults.window import ALWAYS_ON, RowFault, Window
from racetime_simulator.instants import ALWAYS, NEVER, SECOND_MICROS
from racetime_simulator.table import Column, Mask, Table, Version, build_table
from racetime_simulator.versions import SORT_FIELDS

_OWN_TABLES = frozenset({"sessions", "meetings", "drivers"})


def spoil(table: Table, faults: Sequence[RowFault]) -> tuple[Table, dict[str, int]]:
    """Return a table under faults, and how many of its rows each of them struck."""
    struck: dict[str, int] = {}
    mine = [fault for fault in faults if fault.strikes(table.name)]
    for stage in (_rewritten, _moved, _shifted):
        for fault in mine:
            table, times = stage(table, fault)
            if times:
                struck[fault.name] = struck.get(fault.name, 0) + times
    return table, struck


def _rewritten(table: Table, fault: RowFault) -> tuple[Table, int]:
    rewrite = _REWRITES.get(fault.name)
    if rewrite is None:
        return table, 0
    versions, times = rewrite(_versions(table), fault, fault.random(table.name))
    return build_table(table.name, versions, SORT_FIELDS.get(table.name)), times


def _versions(table: Table) -> list[Version]:
    rows = map(msgspec.json.decode, table.source.slice(0, len(table.visible)))
    keys = range(len(table.visible)) if table.keys is None else table.keys.tolist()
    return [
        Version(seen, row, key)
        for seen, row, key in zip(table.visible.tolist(), rows, keys, strict=True)
    ]


def _moved(table: Table, fault: RowFault) -> tuple[Table, int]:
    change = LOCATION_CHANGES.get(fault.name)
    if change is None:
        return table, 0
    within = _within(table.visible, fault.window)
    source, times = change(table, within, fault.rate, fault.random(table.name))
    return replace(table, source=source), times


def _shifted(table: Table, fault: RowFault) -> tuple[Table, int]:
    shift = _SHIFTS.get(fault.name)
    if shift is None:
        return table, 0
    before = table.visible if table.shown is None else table.shown
    shown = np.where(_within(table.visible, fault.window), shift(table, fault, before), before)
    return replace(table, shown=shown), int(np.count_nonzero(shown != before))


def _within(visible: Column, window: Window) -> Mask:
    if window == ALWAYS_ON:
        return np.ones(len(visible), dtype=np.bool_)
    return (visible >= window.start) & (visible < window.end)


def _late(table: Table, fault: RowFault, shown: Column) -> Column:
    random = np.random.default_rng([fault.seed & 0xFFFFFFFF, *table.name.encode()])
    late = (random.random(len(shown)) < fault.rate) & (shown > ALWAYS) & (shown < NEVER)
    extra = random.integers(5 * SECOND_MICROS, 20 * SECOND_MICROS + 1, len(shown))
    return np.where(late, shown + extra, shown)


def _missing(table: Table, fault: RowFault, shown: Column) -> Column:
    if table.name in _OWN_TABLES:
        return shown
    chance = fault.random(table.name).random(len(shown))
    gone = (chance if table.keys is None else chance[table.keys]) < fault.rate
    return np.where(gone, NEVER, shown)


def _stopped(table: Table, fault: RowFault, shown: Column) -> Column:
    return np.full(len(shown), NEVER, dtype=np.int64)


def _without_first(table: Table, fault: RowFault, shown: Column) -> Column:
    drivers = table.columns.get("driver_number")
    if drivers is None:
        return shown
    _, first = np.unique(drivers, return_index=True)
    gone = first[fault.random(table.name).random(len(first)) < fault.rate]
    result = shown.copy()
    result[gone] = NEVER
    return result


def _skewed(table: Table, fault: RowFault, shown: Column) -> Column:
    whole = fault.random("all")
    skew = whole.uniform(2, 8) * whole.choice([-1, 1])
    own = fault.random(table.name).uniform(-1, 1)
    bounded = (shown > ALWAYS) & (shown < NEVER)
    return np.where(bounded, shown + round((skew + own) * SECOND_MICROS), shown)


_SHIFTS: dict[str, Callable[[Table, RowFault, Column], Column]] = {
    "late": _late,
    "clock_skew": _skewed,
    "missing": _missing,
    "location_stop": _stopped,
    "missing_first_positions": _without_first,
}

_REWRITES: dict[str, Rewrite] = {
    "late_repair": repair_late,
    "result_changes": change_result,
    "duplicate_positions": double_places,
    "null_drivers": clear_names,
    "null_stints": spoil_stints,
    "phantom_lap": spoil_first_lap,
    "duplicate_pit": double_stops,
    "same_second_messages": hide_messages,
    "moved_start": move_start,
}
