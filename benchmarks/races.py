"""The races that are measured: rows of OpenF1 in the order in which a poller would see them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from racetime_poller.race.rows import ENDPOINTS, SessionRow
from racetime_poller.sources.decode import Decoded, decode
from racetime_simulator.archive import SessionTables
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.season import build_session, tell_race
from racetime_simulator.query import Query
from racetime_simulator.recording import batch_visible, load_recording
from racetime_simulator.table import Column, RowSource, StoredRows, Table

RECORDED = ("2025-australia-race", "2025-china-race")
MADE_UP = "made-up"
SAMPLED = ("location", "car_data")
# What a poller reads once and the bench gives at the start.
_NOT_FOLLOWED = frozenset({"sessions"})
_EVERYTHING = Query(())
_FOR_EVER = 1 << 62
_MADE_UP_START = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)


def recordings() -> Path:
    """Answer the folder of the recorded sessions, which may not be there."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "recordings"
    return Path(os.environ.get("RACETIME_RECORDINGS") or beside)


def names() -> tuple[str, ...]:
    """Answer the races to measure: the recorded ones, else the made-up one."""
    found = tuple(name for name in RECORDED if (recordings() / name).is_dir())
    return found or (MADE_UP,)


@dataclass
class Feed:
    """Rows of an endpoint, given once each when their time has come."""

    endpoint: str
    visible: Column
    source: RowSource
    given: int = 0

    def until(self, now: int) -> bytes:
        """Answer the rows that came to be seen since the last call as OpenF1 would; now in ms."""
        start, stop = self.given, int(np.searchsorted(self.visible, now * 1000, side="right"))
        self.given = max(start, stop)
        return b"[" + b",".join(self.source.slice(start, stop)) + b"]" if stop > start else b""

    @property
    def count(self) -> int:
        """Answer how many rows there are."""
        return len(self.visible)


@dataclass
class Race:
    """A race to play."""

    name: str
    session: SessionRow
    feeds: Mapping[str, Feed]
    started_at: int
    ended_at: int
    total_laps: int | None
    provenance: str

    def rows(self, now: int, endpoints: frozenset[str]) -> Iterator[tuple[str, Decoded]]:
        """Answer the new rows of some endpoints, endpoint by endpoint."""
        for endpoint, feed in self.feeds.items():
            if endpoint in endpoints and (body := feed.until(now)):
                yield endpoint, decode(endpoint, body)

    @property
    def seconds(self) -> float:
        """Answer how long the race lasts, from lights out to the last car's flag."""
        return (self.ended_at - self.started_at) / 1000


def open_race(name: str) -> Race:
    """Open a recorded race by the name of its folder, or make one up."""
    if name == MADE_UP:
        session = build_session(tell_race(1, 0, _MADE_UP_START))
        return race_of(name, session, "simulated")
    return race_of(name, load_recording(recordings() / name).session, "replay")


def race_of(name: str, tables: SessionTables, provenance: str) -> Race:
    """Prepare the tables of a session for playing."""
    feeds = {
        endpoint: _feed(endpoint, table)
        for endpoint, table in tables.tables.items()
        if endpoint in ENDPOINTS and endpoint not in _NOT_FOLLOWED
    }
    body = b"[" + b",".join(tables.tables["sessions"].select(_EVERYTHING, _FOR_EVER)) + b"]"
    rows = decode("sessions", body).rows
    flag = to_micros(tables.end) // 1000
    laps = decode(
        "laps", Feed("laps", feeds["laps"].visible, feeds["laps"].source).until(_FOR_EVER)
    )
    ends = [row.date_start + row.lap_duration * 1000 for row in laps.rows if _is_timed(row)]
    return Race(
        name,
        next(row for row in rows if row.session_key == tables.session_key),
        feeds,
        to_micros(tables.first_lap_start) // 1000,
        int(max(ends, default=flag)),
        tables.total_laps,
        provenance,
    )


def _is_timed(lap: Any) -> bool:
    return lap.date_start is not None and lap.lap_duration is not None


def _feed(endpoint: str, table: Any) -> Feed:
    if isinstance(table, Table):
        return Feed(endpoint, table.visible, table.source)
    # A recording's samples, which were loaded beside the rest.
    rows = list(table.select(_EVERYTHING, _FOR_EVER))
    decoded = decode(endpoint, b"[" + b",".join(rows) + b"]")
    dates = np.array([row.date for row in decoded.rows], dtype=np.int64) * 1000
    return Feed(endpoint, batch_visible(dates), StoredRows(rows))
