"""Rows that are told wrong for a while: versions in, versions out."""

from collections.abc import Callable, Iterable

import numpy as np

from racetime_simulator.faults.catalogue import FAULTS
from racetime_simulator.faults.window import RowFault, Window
from racetime_simulator.instants import SECOND_MICROS
from racetime_simulator.table import Row, Version

Random = np.random.Generator
Rewritten = tuple[list[Version], int]
"""The versions as told, and how many rows were struck."""

Rewrite = Callable[[list[Version], RowFault, Random], Rewritten]

Spoil = Callable[[Row], Row | None]
"""Makes a row wrong, or has it not be there (None)."""


def by_key(versions: Iterable[Version]) -> dict[object, list[Version]]:
    """Return the versions of each row, in their order."""
    found: dict[object, list[Version]] = {}
    for version in versions:
        found.setdefault(version.key, []).append(version)
    return found


def episode(own: list[Version], window: Window, spoil: Spoil) -> list[Version]:
    """Return a row's versions as told: within the window wrong, or not there at all, then right.

    Where the window begins after the row did, the row turns wrong then.
    """
    before = [version for version in own if version.visible < window.start]
    within = [version for version in own if window.holds(version.visible)]
    told = list(before)
    turns = [Version(window.start, before[-1].row, before[-1].key)] if before else []
    for version in (*turns, *within):
        wrong = spoil(version.row)
        if wrong is not None:
            told.append(Version(version.visible, wrong, version.key))
    if window.ends and (before or within):
        told.append(Version(window.end, (within or before)[-1].row, own[0].key))
    return told + [version for version in own if version.visible >= window.end]


def each_struck(
    versions: list[Version],
    fault: RowFault,
    random: Random,
    pick: Callable[[], Spoil],
    *,
    turns: bool = False,
) -> Rewritten:
    """Spoil a share of the rows that first come within the window, each for a while.

    Where a row `turns`, it may have come before: it turns wrong when the window begins.
    """
    told: list[Version] = []
    struck = 0
    for own in by_key(versions).values():
        comes = own[0].visible if not turns else max(own[0].visible, fault.window.start)
        if random.random() >= fault.rate or not fault.window.holds(comes):
            told += own
            continue
        struck += 1
        told += episode(own, until_repaired(own, fault, FAULTS[fault.name].seconds), pick())
    return told, struck


def until_repaired(own: list[Version], fault: RowFault, seconds: float) -> Window:
    """Return when a row is wrong: up to the fault's end, else for so long after it was whole."""
    end = fault.window.end
    if not fault.window.ends:
        end = own[-1].visible + round(seconds * SECOND_MICROS)
    return Window(max(own[0].visible, fault.window.start), end)
