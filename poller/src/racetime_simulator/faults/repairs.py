"""Rows that are repaired: wrong or missing first, right later."""

import numpy as np

from racetime_simulator.faults.episodes import (
    Random,
    Rewritten,
    Spoil,
    by_key,
    each_struck,
    episode,
    until_repaired,
)
from racetime_simulator.faults.window import RowFault
from racetime_simulator.instants import SECOND_MICROS, parse_micros, print_micros
from racetime_simulator.table import Row, Version

_MEASURES = ("lap_duration", "duration_sector_1", "lane_duration", "pit_duration", "points")
_LOST = ("duration_sector_2", "stop_duration", "i1_speed", "compound")
_IDENTITY = frozenset({"session_key", "meeting_key", "driver_number"})
_MOVES_MINUTES = (-180, -60, -20, 15, 40, 120)


def repair_late(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Tell a share of the rows wrong or not at all for some minutes."""

    def pick() -> Spoil:
        is_missing, share = random.random() < 0.5, random.uniform(-0.02, 0.05)
        return lambda row: None if is_missing else _slightly_wrong(row, share)

    return each_struck(versions, fault, random, pick)


def _slightly_wrong(row: Row, share: float) -> Row:
    wrong = {name: None if name in _LOST else value for name, value in row.items()}
    for name in _MEASURES:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            wrong[name] = round(value * (1 + share), 3)
    return wrong


def change_result(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Swap some neighbours in the first result; it is corrected by row, as OpenF1 does."""
    if len(versions) < 2:
        return versions, 0
    numbers = [version.row["driver_number"] for version in versions]
    places = random.choice(len(numbers) - 1, max(1, len(numbers) // 8), replace=False)
    for place in sorted(places.tolist()):
        numbers[place : place + 2] = numbers[place + 1], numbers[place]
    told: list[Version] = []
    for place, (version, number) in enumerate(zip(versions, numbers, strict=True)):
        own = [Version(version.visible, version.row, place)]
        if fault.window.holds(version.visible):
            until = until_repaired(own, fault, float(random.integers(3_600, 10_800)))
            own = episode(own, until, _with_driver(number))
        told += own
    return told, len(places)


def _with_driver(number: object) -> Spoil:
    return lambda row: {**row, "driver_number": number}


def clear_names(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Clear all names but one; some drivers are not in the list at all."""
    told: list[Version] = []
    keys = by_key(versions)
    kept = int(random.integers(len(keys))) if keys else 0
    for place, own in enumerate(keys.values()):
        is_gone = random.random() < 0.2
        if place == kept:
            told += own
        elif not is_gone:
            told += episode(own, fault.window, _nameless)
        elif fault.window.ends:
            # A list does not grow shorter: who is gone was not there before either.
            told.append(Version(fault.window.end, own[-1].row, own[0].key))
    return told, max(0, len(keys) - 1)


def _nameless(row: Row) -> Row:
    return {name: value if name in _IDENTITY else None for name, value in row.items()}


def move_start(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Tell a wrong schedule."""

    def moved(row: Row) -> Row:
        shift = moved_by(fault.seed, row.get("session_key"))
        dates = {name: parse_micros(row.get(name)) for name in ("date_start", "date_end")}
        told = {n: print_micros(at + shift) for n, at in dates.items() if at is not None}
        return {**row, **told}

    told: list[Version] = []
    keys = by_key(versions)
    for own in keys.values():
        told += episode(own, fault.window, moved)
    return told, len(keys)


def moved_by(seed: int, session_key: object) -> int:
    """Return by how many microseconds the schedule of a session is wrong."""
    random = np.random.default_rng([seed & 0xFFFFFFFF, *str(session_key).encode()])
    return int(random.choice(_MOVES_MINUTES)) * 60 * SECOND_MICROS
