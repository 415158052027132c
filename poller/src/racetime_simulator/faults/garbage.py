"""Rows among which something is wrong, none of the true ones missing."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from racetime_simulator.faults.faults import Faults


def disturb_rows(faults: "Faults", rows: Sequence[bytes], now: int) -> Sequence[bytes]:
    """Return rows with repeated, shuffled and garbage ones among them."""
    if not faults.names & {"duplicate", "reorder", "garbage_rows"}:
        return rows
    disturbed = list(rows)
    chance = faults.strikes("duplicate", now) if rows else None
    if chance is not None:
        disturbed += chance.choices(disturbed, k=1 + len(disturbed) // 4)
    chance = faults.strikes("garbage_rows", now)
    if chance is not None:
        for _ in range(1 + len(disturbed) // 20):
            sample = chance.choice(rows) if rows else b"{}"
            disturbed.insert(chance.randint(0, len(disturbed)), garbage(sample, chance))
    chance = faults.strikes("reorder", now)
    if chance is not None:
        chance.shuffle(disturbed)
    return disturbed


def garbage(sample: bytes, chance: random.Random) -> bytes:
    """Return something like a row that no client should believe."""
    row = msgspec.json.decode(sample)
    kind = chance.randrange(8)
    if kind == 0:
        return chance.choice((b"null", b"[]", b"17", b'"row"', b"{}", b"[null]"))
    if not row:
        return b"{}"
    return msgspec.json.encode(_KINDS[kind](row, chance))


Row = dict[str, object]


def _without_identity(row: Row, chance: random.Random) -> Row:
    del row[chance.choice(sorted(row))]
    row.pop("date", None)
    row.pop("driver_number", None)
    return row


def _nulls(row: Row, chance: random.Random) -> Row:
    return dict.fromkeys(row)


def _wrong_driver(row: Row, chance: random.Random) -> Row:
    row["driver_number"] = chance.choice((-1, 0, 999, 10**12, "44?", None, 4.5))
    for name in ("date", "date_start"):
        if name in row:
            row[name] = "not a date"
    return row


def _wrong_types(row: Row, chance: random.Random) -> Row:
    return {key: chance.choice(("NaN", "", "Infinity", [], {}, -1e300)) for key in row}


def _nested(row: Row, chance: random.Random) -> Row:
    return {key: {"value": value} for key, value in row.items()}


def _wrong_session(row: Row, chance: random.Random) -> Row:
    row["session_key"] = chance.choice((None, "latest", [row.get("session_key")]))
    row["an_extra_field"] = {"nested": [1, 2, {"deep": None}]}
    return row


def _wrong_date(row: Row, chance: random.Random) -> Row:
    wrong = ("0000-00-00T00:00:00", "2026-13-45T99:99:99+00:00", 1e18, True, "")
    row["date"] = row["date_start"] = chance.choice(wrong)
    row["driver_number"] = row["lap_number"] = "NaN"
    return row


_KINDS = (
    _nulls,
    _without_identity,
    _nulls,
    _wrong_driver,
    _wrong_types,
    _nested,
    _wrong_session,
    _wrong_date,
)
