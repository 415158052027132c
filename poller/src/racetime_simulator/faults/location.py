"""Location that is wrong: cars that stand still, jump, or are nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np

from racetime_simulator.table import Column, Mask, Row, RowSource, Table

_BUCKET_MICROS = 5_000_000
"""A car that jumps does so for some seconds."""


class _Change(Protocol):
    def __call__(self, rows: list[Row], places: Column) -> None:
        """Change these rows, which stand at these places."""


@dataclass(frozen=True)
class ChangedRows:
    """Rows of which some are changed when they are asked for."""

    source: RowSource
    struck: Mask
    change: _Change

    def slice(self, start: int, stop: int) -> Sequence[bytes]:
        """Return the rows from start up to stop."""
        if not self.struck[start:stop].any():
            return self.source.slice(start, stop)
        return self.take(np.arange(start, stop, dtype=np.int64))

    def take(self, places: Column) -> Sequence[bytes]:
        """Return the rows at these places, in that order."""
        rows = list(self.source.take(places))
        mine = np.flatnonzero(self.struck[places])
        decoded = [msgspec.json.decode(rows[n]) for n in mine.tolist()]
        self.change(decoded, places[mine])
        for n, row in zip(mine.tolist(), decoded, strict=True):
            rows[n] = msgspec.json.encode(row)
        return rows


def _frozen(
    table: Table, within: Mask, rate: float, random: np.random.Generator
) -> tuple[RowSource, int]:
    stands_at = _last_before(table, within)

    def stand(rows: list[Row], places: Column) -> None:
        frozen = map(msgspec.json.decode, table.source.take(stands_at[places]))
        for row, other in zip(rows, frozen, strict=True):
            row.update(x=other["x"], y=other["y"], z=other["z"])

    return ChangedRows(table.source, within, stand), int(within.sum())


def _last_before(table: Table, within: Mask) -> Column:
    """Return for each struck row the place of the car's last good row, or of its first one."""
    places = np.arange(len(within), dtype=np.int64)
    drivers = table.columns["driver_number"]
    found = places.copy()
    for driver in np.unique(drivers).tolist():
        own = np.flatnonzero(drivers == driver)
        good = np.where(within[own], -1, np.arange(len(own)))
        last = np.maximum(np.maximum.accumulate(good), 0)
        found[own] = own[last]
    return found


def _zeroed(
    table: Table, within: Mask, rate: float, random: np.random.Generator
) -> tuple[RowSource, int]:
    def clear(rows: list[Row], places: Column) -> None:
        for row in rows:
            row.update(x=0, y=0, z=0)

    return ChangedRows(table.source, within, clear), int(within.sum())


def _jumping(
    table: Table, within: Mask, rate: float, random: np.random.Generator
) -> tuple[RowSource, int]:
    buckets = table.columns["date"] // _BUCKET_MICROS
    drivers = table.columns["driver_number"]
    salt = int(random.integers(1, 1 << 31))
    struck = within & (_noise(buckets * 1_009 + drivers * 7_919 + salt) < rate)
    size = 2_000 + 30_000 * _noise(np.arange(len(within), dtype=np.int64) + salt)
    turn = 2 * np.pi * _noise(np.arange(len(within), dtype=np.int64) * 31 + salt)
    x, y = np.rint(size * np.cos(turn)), np.rint(size * np.sin(turn))

    def jump(rows: list[Row], places: Column) -> None:
        for row, dx, dy in zip(rows, x[places].tolist(), y[places].tolist(), strict=True):
            row["x"] += int(dx)
            row["y"] += int(dy)

    return ChangedRows(table.source, struck, jump), int(struck.sum())


def _noise(numbers: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return numbers from 0 up to 1 that look random and depend on nothing else."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


LOCATION_CHANGES: dict[
    str, Callable[[Table, Mask, float, np.random.Generator], tuple[RowSource, int]]
] = {"frozen_location": _frozen, "zero_location": _zeroed, "garbage_location": _jumping}
