"""The sessions that scenes are played of: recorded and made-up ones, cut to a stretch of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from recording_names import OTHERS, RACES

from racetime_simulator.archive import FixedArchive, SessionTables
from racetime_simulator.instants import ALWAYS, NEVER, from_micros, to_micros
from racetime_simulator.madeup.incidents import Incidents
from racetime_simulator.madeup.season import Season
from racetime_simulator.madeup.story import KINDS, Kind
from racetime_simulator.recording import load_session
from racetime_simulator.table import StoredRows, Table

MADE_UP: dict[str, Kind] = {f"made-up {kind}": kind for kind in KINDS}
# What happens in the races, so that stretches of them have it.
_INCIDENTS: dict[Kind, Incidents] = {
    "race": frozenset({"sc", "vsc", "red", "rain", "yellow"}),
    "sprint": frozenset({"wet-start", "red", "yellow"}),
}
SESSIONS = (*RACES, *OTHERS, *MADE_UP)
_SEED, _CARS = 5, 20
_SCHEDULED = datetime(2026, 5, 2, 14, tzinfo=UTC)
# What samples tell depends on when they were seen; they have tests of their own.
_SAMPLED = ("location", "car_data")
# Of the gaps of before, which are most of the rows, no more is left than this.
_GAPS_BEFORE = timedelta(seconds=120)
_TURNS = ("SESSION STARTED", "SESSION ABORTED", "SAFETY CAR DEPLOYED")


class Stretch(NamedTuple):
    """A part of a session that is played: nothing comes to be seen after its last row."""

    archive: FixedArchive
    begin: datetime
    end: datetime

    @property
    def session_key(self) -> int:
        """The session that it is of."""
        return self.session.session_key

    @property
    def session(self) -> SessionTables:
        """What there is of the session."""
        return self.archive.sessions_at(0)[0]


@cache
def _whole(name: str, recordings: Path) -> FixedArchive:
    kind = MADE_UP.get(name)
    if kind is None:
        return FixedArchive(load_session(recordings / name))
    incidents = _INCIDENTS.get(kind)
    session = Season(_SEED, _SCHEDULED, course=kind, cars=_CARS, incidents=incidents).first
    for sampled in _SAMPLED:
        del session.tables[sampled]
    return FixedArchive(session, "simulated")


@cache
def opening(name: str, recordings: Path) -> Stretch:
    """Return the first minutes: the start of a race, the first laps of another session."""
    session = _whole(name, recordings).sessions_at(0)[0]
    begin, end = (session.first_lap_start + timedelta(seconds=s) for s in (-60, 240))
    return _cut(name, recordings, begin, end)


@cache
def middle(name: str, recordings: Path) -> Stretch:
    """Return the minutes about the last stop, restart or safety car before the finish."""
    session = _whole(name, recordings).sessions_at(0)[0]
    start, last = session.first_lap_start, _last_seen(session, "laps") - timedelta(seconds=450)
    turns = [at for at in _turns(_table(session, "race_control")) if start < at < last]
    turn = turns[-1] if turns else start + (last - start) / 2
    begin, end = (turn + timedelta(seconds=second) for second in (-100, 150))
    return _cut(name, recordings, begin, end)


def _turns(table: Table) -> list[datetime]:
    """Return when race control told that much changes."""
    rows = map(msgspec.json.decode, table.source.slice(0, len(table.visible)))
    return [
        from_micros(seen)
        for row, seen in zip(rows, table.visible.tolist(), strict=True)
        if row["message"].startswith(_TURNS)
    ]


@cache
def finish(name: str, recordings: Path) -> Stretch:
    """Return the last minutes, the flag and the result."""
    session = _whole(name, recordings).sessions_at(0)[0]
    begin = _last_seen(session, "laps") - timedelta(seconds=300)
    return _cut(name, recordings, begin, _last_seen(session, *session.tables))


def _table(session: SessionTables, name: str) -> Table:
    table = session.tables[name]
    assert isinstance(table, Table)
    return table


def _last_seen(session: SessionTables, *names: str) -> datetime:
    """Return when the last row of some tables comes to be seen."""
    return from_micros(
        max(
            int(table.visible.max(initial=ALWAYS, where=table.visible < NEVER))
            for table in (_table(session, name) for name in names)
        )
    )


def _cut(name: str, recordings: Path, begin: datetime, end: datetime) -> Stretch:
    whole = _whole(name, recordings)
    session = whole.sessions_at(0)[0]
    tables = {}
    for endpoint in session.tables:
        table = _table(session, endpoint)
        first = to_micros(begin - _GAPS_BEFORE) if endpoint == "intervals" else ALWAYS
        tables[endpoint] = part(table, first, to_micros(end))
    return Stretch(FixedArchive(replace(session, tables=tables), whole.provenance), begin, end)


def part(table: Table, first: int, last: int) -> Table:
    """Return the rows that come to be seen from one instant up to another."""
    span = slice(
        int(np.searchsorted(table.visible, first, side="left")),
        int(np.searchsorted(table.visible, last, side="right")),
    )
    return replace(
        table,
        visible=table.visible[span],
        source=StoredRows(list(table.source.slice(span.start, span.stop))),
        columns={name: column[span] for name, column in table.columns.items()},
        keys=None if table.keys is None else table.keys[span],
        order=None if table.order is None else table.order[span],
    )


PARTS = {"opening": opening, "middle": middle, "finish": finish}
