"""All rows that the server knows: the tables of one or more sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from racetime_simulator.instants import SECOND_MICROS, parse_micros
from racetime_simulator.query import Query
from racetime_simulator.table import Row, View

Provenance = Literal["replay", "simulated"]

LATEST_LEAD_MICROS = 60 * SECOND_MICROS
LIVE_MARGIN_MICROS = 30 * 60 * SECOND_MICROS
"""A session counts as live from half an hour before its start to half an hour after its end."""


class Selectable(Protocol):
    """A table, or what stands for one that is still loading."""

    def select(self, query: Query, now: int, view: View | None = None) -> Sequence[bytes]:
        """Return the rows that pass and can be seen now."""
        ...


@dataclass(frozen=True)
class SessionRow:
    """What the server must know of a session to answer for it."""

    session_key: int
    meeting_key: int
    start: int
    end: int
    is_cancelled: bool = False


@dataclass
class SessionTables:
    """One recorded or made-up session: its rows and its place in time."""

    session_key: int
    first_lap_start: datetime
    end: datetime
    sessions: tuple[SessionRow, ...]
    tables: dict[str, Selectable] = field(default_factory=dict)
    # Laps of a made-up race; a recording's are not known to OpenF1.
    total_laps: int | None = None


class Archive(Protocol):
    """Where the server finds tables."""

    provenance: Provenance

    def sessions_at(self, now: int) -> Sequence[SessionTables]:
        """Return the sessions that there are by now, in the order of time."""
        ...


class FixedArchive:
    """An archive of one session that never grows."""

    provenance: Provenance

    def __init__(self, session: SessionTables, provenance: Provenance = "replay") -> None:
        """Hold one session."""
        self._sessions = (session,)
        self.provenance = provenance

    def sessions_at(self, now: int) -> Sequence[SessionTables]:
        """Return the one session."""
        return self._sessions


def latest_session(scheduled: Iterable[SessionRow], now: int) -> SessionRow | None:
    """Return the newest session, not cancelled, that starts within a minute or has started."""
    started = [
        row for row in scheduled if not row.is_cancelled and row.start <= now + LATEST_LEAD_MICROS
    ]
    return max(started, key=lambda row: row.start, default=None)


def is_live(scheduled: Iterable[SessionRow], now: int) -> bool:
    """Return whether a session is on, give or take half an hour."""
    return any(
        row.start - LIVE_MARGIN_MICROS <= now <= row.end + LIVE_MARGIN_MICROS for row in scheduled
    )


def read_session_row(row: Row) -> SessionRow | None:
    """Read a row of `sessions`, None where it lacks a key or a date."""
    start, end = parse_micros(row.get("date_start")), parse_micros(row.get("date_end"))
    key, meeting = row.get("session_key"), row.get("meeting_key")
    if start is None or not isinstance(key, int) or not isinstance(meeting, int):
        return None
    end = start if end is None else end
    return SessionRow(key, meeting, start, end, row.get("is_cancelled") is True)
