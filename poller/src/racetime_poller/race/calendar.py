"""Which session is on: by what there is of it, not by the schedule alone.

Races have begun hours before the schedule that OpenF1 had, and late; sessions were cancelled and
stayed in the schedule. Keys are not in the order of time.
"""

from collections.abc import Iterable, Sequence

from racetime_poller.race.rows import Row, SessionRow

_HOUR_MILLIS = 3_600_000
# A session may begin so long before its schedule: then there are signs of life of it.
EARLY_MILLIS = 12 * _HOUR_MILLIS
# After so long without a sign none is expected any more.
LATE_MILLIS = 12 * _HOUR_MILLIS
# Of each session that may be next, as many are looked at: one may be cancelled without a word.
MOST_CANDIDATES = 2


def candidates(
    sessions: Iterable[SessionRow], following: SessionRow, now: int
) -> Sequence[SessionRow]:
    """Return the sessions that may follow the one that is followed, the likeliest first."""
    known: dict[int, SessionRow] = {}
    for row in sessions:
        known[row.session_key] = row
    later = [
        row
        for row in known.values()
        if row.session_key != following.session_key
        and not row.is_cancelled
        and row.date_start > following.date_start
        and row.date_start - EARLY_MILLIS <= now <= row.date_start + LATE_MILLIS
    ]
    return sorted(later, key=lambda row: (row.date_start, row.session_key))[:MOST_CANDIDATES]


def lives(session: SessionRow, rows: Iterable[Row], now: int) -> bool:
    """Tell whether rows are a sign of life of a session: its own, of now and not of long ago."""
    begin = session.date_start - EARLY_MILLIS
    for row in rows:
        if getattr(row, "session_key", None) != session.session_key:
            continue
        at = getattr(row, "date", None) or getattr(row, "date_start", None)
        if at is not None and begin <= at <= now:
            return True
    return False
