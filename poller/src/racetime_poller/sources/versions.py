"""Which version of a row is the newest: of those that were pushed, and of what REST answers.

Every version of a row is pushed, with a number that grows. REST gives the newest version that was
stored when it was asked, without its number. What was pushed since then is newer, or the same.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from racetime_poller.sources.decode import Message

# By what a row is known over its versions. Samples are left out: they never change. OpenF1's own
# `_key` is the same but for race control, where it lets a message hide another of its second, and
# for drivers, who are numbered by their place in a list.
_IDENTITIES: Mapping[str, Callable[[Any], Hashable]] = {
    "drivers": lambda row: row.driver_number,
    "position": lambda row: (row.date, row.driver_number),
    "intervals": lambda row: (row.date, row.driver_number),
    "laps": lambda row: (row.driver_number, row.lap_number),
    "stints": lambda row: (row.driver_number, row.stint_number),
    "pit": lambda row: (row.driver_number, row.lap_number),
    "race_control": lambda row: (row.date, row.message),
    "weather": lambda row: row.date,
    "overtakes": lambda row: (row.date, row.overtaking_driver_number, row.overtaken_driver_number),
    "team_radio": lambda row: (row.date, row.driver_number),
    "championship_drivers": lambda row: row.driver_number,
    "championship_teams": lambda row: row.team_name,
}
# OpenF1 answers from a cache that is up to 3 s old, and stores a row after pushing it.
_STALE_SECONDS = 5.0
# Numbers are instants of taking in, in milliseconds; one from ahead would shut out all that follow.
_MAX_AHEAD_MILLIS = 3_600_000


@dataclass(slots=True)
class Versions:
    """Keeps the newest version of each row that was pushed."""

    _newest: dict[tuple[str, int, Hashable], tuple[int, float]] = field(default_factory=dict)

    def admit(self, endpoint: str, message: Message, now: int, seconds: float) -> bool:
        """Tell whether a pushed row is no older than what was pushed of it; note it then."""
        identity = _IDENTITIES.get(endpoint)
        if identity is None:
            return True
        key = (endpoint, message.row.session_key, identity(message.row))
        known = self._newest.get(key, (0, 0.0))[0]
        version = message.version
        if version is None or version > now + _MAX_AHEAD_MILLIS:
            version = known
        if version < known:
            return False
        self._newest[key] = version, seconds
        return True

    def current(self, endpoint: str, rows: Sequence[Any], asked_at: float) -> Sequence[Any]:
        """Return those rows of an answer that cannot be older than what was pushed of them."""
        identity = _IDENTITIES.get(endpoint)
        if identity is None or not self._newest:
            return rows
        since = asked_at - _STALE_SECONDS
        return [
            row
            for row in rows
            if self._newest.get((endpoint, row.session_key, identity(row)), (0, -1.0))[1] < since
        ]
