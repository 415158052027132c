"""What all cars of a session together tell, to hold one car against."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from racetime_poller.race.control import Control
from racetime_poller.race.laps import lap_time
from racetime_poller.race.memo import remembered
from racetime_poller.race.movement import Movement
from racetime_poller.race.rows import LapRow, RaceControlRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import SessionPhase

# The chequered flag is announced in whole seconds, and a little before or after the leader crosses
# the line.
FLAG_SLACK_MILLIS = 5_000
# Positions that are older tell nothing more of where a car is.
_STALE_MILLIS = 60_000
# Nor do lines and mini-sectors when no car crossed a line for so long: no lap takes longer.
_STALE_LAPS_MILLIS = 180_000
# When the flag is out, who still runs takes it within so long.
_LONGEST_LAP_MILLIS = 240_000
# A car is out when another one began so many laps since it last crossed the line.
_LOST_LAPS = 4
_STANDS = re.compile(r"\bCAR (\d{1,2})\b(?: \([A-Z]{3}\))? (?:HAS )?STOPPED\b")
_OVER = (SessionPhase.FINISHED, SessionPhase.ENDED)


@dataclass(frozen=True, slots=True)
class Field:
    """What all cars together tell."""

    control: Control
    now: int
    # The newest position of any car: no clock, so that a silent feed stops nobody.
    seen_at: int
    # When any car last began a lap.
    line_at: int
    # When any car last ended one.
    finished_at: int
    # Who has not crossed the line since is out. It stands still with the laps, under a red flag
    # too.
    lost_before: int
    # Who was told to stand on track, and when.
    stopped: Mapping[int, int]

    @property
    def sees(self) -> bool:
        """Whether positions are fresh enough to go by."""
        return self.now - self.seen_at <= _STALE_MILLIS

    @property
    def times(self) -> bool:
        """Whether laps are fresh enough to go by: under a red flag none is begun."""
        suspended = self.control.phase is SessionPhase.SUSPENDED
        return suspended or self.now - self.line_at <= _STALE_LAPS_MILLIS

    @property
    def is_over(self) -> bool:
        """Whether the chequered flag is out for good."""
        return self.control.chequered_at is not None and self.control.phase in _OVER

    def missed_flag(self, line_at: int | None) -> bool:
        """Tell whether a car is out that did not take the flag when others did."""
        flag_at = self.control.chequered_at
        if not self.is_over or flag_at is None or self.finished_at < flag_at - FLAG_SLACK_MILLIS:
            return False
        return self.now - flag_at > _LONGEST_LAP_MILLIS and (line_at or 0) < flag_at

    def stood_millis(self, movement: Movement, line_at: int) -> int:
        """Return for how long a car had not moved when cars were last seen."""
        begun_at = max(self.control.started_at or 0, self.control.resumed_at or 0)
        return self.seen_at - max(movement.last_moved_at, line_at, begun_at)


def field_of(race: Race, control: Control, movements: Mapping[int, Movement], now: int) -> Field:
    """Return what all cars tell at an instant, in epoch milliseconds."""
    seen_at = max((movement.last_seen_at for movement in movements.values()), default=0)
    return Field(control, now, seen_at, *_lines(race.laps), _stopped(race.race_control))


@remembered(4)
def _lines(tables: Mapping[int, Mapping[int, LapRow]]) -> tuple[int, int, int]:
    """Return when any car last began a lap, ended one, and began its last but three."""
    starts = [_last_starts(laps) for laps in tables.values()]
    newest = max((start[0] for start in starts), default=0)
    ended = max((last_line_at(laps) or 0 for laps in tables.values()), default=0)
    return newest, ended, max((start[1] for start in starts), default=0)


@remembered(96)
def _last_starts(laps: Mapping[int, LapRow]) -> tuple[int, int]:
    newest = max((lap.date_start or 0 for lap in laps.values()), default=0)
    lost = laps[sorted(laps)[-_LOST_LAPS]].date_start if len(laps) >= _LOST_LAPS else None
    return int(newest), int(lost or 0)


@remembered(4)
def _stopped(messages: Iterable[RaceControlRow]) -> Mapping[int, int]:
    found = ((_STANDS.search(row.message.upper()), row) for row in messages)
    return {int(match[1]): int(row.date) for match, row in found if match}


@remembered(96)
def last_line_at(laps: Mapping[int, LapRow]) -> int | None:
    """Return when a car last crossed the line, as far as its laps tell."""
    for number in sorted(laps, reverse=True):
        lap = laps[number]
        if lap.date_start is not None:
            return int(lap.date_start) + (lap_time(lap) or 0)
    return None
