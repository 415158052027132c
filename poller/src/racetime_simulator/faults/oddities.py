"""Rows that OpenF1 has been seen to give: doubled, inverted, absurd."""

from typing import Any

from racetime_simulator.faults.episodes import (
    Random,
    Rewritten,
    Spoil,
    by_key,
    each_struck,
    episode,
)
from racetime_simulator.faults.window import RowFault
from racetime_simulator.instants import parse_micros, print_micros
from racetime_simulator.table import Row, Version

_PHANTOM_SECONDS = 1_260.0
_PHANTOM_LAPS = range(1, 7)
"""Lap 1 is absurd, the others are not there."""
_HARMLESS = "RISK OF RAIN FOR THIS SESSION IS 10%"


def double_places(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Put some cars on a neighbour's place."""

    def pick() -> Spoil:
        step = int(random.choice([-1, 1]))

        def spoil(row: Row) -> Row:
            place = row.get("position")
            return {**row, "position": max(1, place + step) if isinstance(place, int) else None}

        return spoil

    return each_struck(versions, fault, random, pick, turns=True)


def spoil_stints(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Take the compound or the age from some stints, or turn them round."""

    def pick() -> Spoil:
        kind = int(random.integers(4))

        def spoil(row: Row) -> Row:
            start = row.get("lap_start")
            changes: tuple[dict[str, Any], ...] = (
                {"compound": None, "tyre_age_at_start": None},
                {"compound": "UNKNOWN"},
                {"compound": "TEST_UNKNOWN", "tyre_age_at_start": 0},
                {"lap_end": start - 2 if isinstance(start, int) else None},
            )
            return {**row, **changes[kind]}

        return spoil

    return each_struck(versions, fault, random, pick, turns=True)


def spoil_first_lap(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Tell the first laps as if the recorder had begun in mid-session."""
    told: list[Version] = []
    struck = 0
    for own in by_key(versions).values():
        lap = own[0].row.get("lap_number")
        if lap not in _PHANTOM_LAPS or own[-1].visible >= fault.window.end:
            told += own
            continue
        struck += 1
        told += episode(own, fault.window, _absurd if lap == 1 else _not_there)
    return told, struck


def _absurd(row: Row) -> Row:
    sectors = {f"duration_sector_{n}": None for n in (1, 2, 3)}
    return {**row, **sectors, "lap_duration": _PHANTOM_SECONDS}


def _not_there(row: Row) -> None:
    return None


def double_stops(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Tell some stops twice: seconds later, a lap later, without the standing time."""
    told = list(versions)
    for version in versions:
        date, lap = parse_micros(version.row.get("date")), version.row.get("lap_number")
        is_struck, later = random.random() < fault.rate, int(random.integers(400_000, 3_000_000))
        if not is_struck or date is None or lap is None:
            continue
        if fault.window.holds(version.visible):
            row = {**version.row, "date": print_micros(date + later), "lap_number": lap + 1}
            if "stop_duration" in row:
                row["stop_duration"] = None
            told.append(Version(version.visible + 5 * later, row, ("again", version.key)))
    return told, len(told) - len(versions)


def hide_messages(versions: list[Version], fault: RowFault, random: Random) -> Rewritten:
    """Send a harmless message with the `_key` of another one: REST gives the later of the two."""
    told: list[Version] = []
    for version in versions:
        told.append(version)
        is_struck, is_later = random.random() < fault.rate, random.random() < 0.5
        if is_struck and fault.window.holds(version.visible):
            row = {**version.row, "message": _HARMLESS}
            apart = 200_000 if is_later else -200_000
            told.append(Version(version.visible + apart, row, version.key))
    return told, len(told) - len(versions)
