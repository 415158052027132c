"""What each car is doing: waiting, running, in the pit, stopped, out, finished."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from racetime_poller.race.flags import Control
from racetime_poller.race.laps import laps_completed
from racetime_poller.race.motion import Movement
from racetime_poller.race.order import cars
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState, CarStatus, SessionPhase

# The chequered flag is announced in whole seconds, and a little before or after the leader crosses
# the line.
_FLAG_SLACK_MILLIS = 5_000
_STOPPED_AFTER_MILLIS = 20_000
# Positions that are older tell nothing more of where a car is.
_STALE_MILLIS = 60_000
# A car is out when another one began so many laps since it last crossed the line.
_LOST_LAPS = 4
# Between runs of a practice a car makes no lap for so long.
_GARAGE_MILLIS = 300_000


@dataclass(frozen=True, slots=True)
class _Field:
    """What all cars together tell, to hold one car against."""

    control: Control
    now: int
    # The newest position of any car: no clock, so that a silent feed stops nobody.
    seen_at: int
    # Who has not crossed the line since is out. It stands still with the laps, under a red flag
    # too.
    lost_before: int

    @property
    def sees(self) -> bool:
        """Whether positions are fresh enough to go by."""
        return self.now - self.seen_at <= _STALE_MILLIS

    def stands(self, movement: Movement, line_at: int) -> bool:
        """Tell whether a car had not moved when it was last seen, nor crossed the line since."""
        begun_at = max(self.control.started_at or 0, self.control.resumed_at or 0)
        moved_at = max(movement.last_moved_at, line_at, begun_at)
        return self.seen_at - moved_at > _STOPPED_AFTER_MILLIS


def statuses(
    race: Race, control: Control, movements: Mapping[int, Movement], now: int
) -> Mapping[int, CarStatus]:
    """Derive what each car is doing at an instant, in epoch milliseconds."""
    seen_at = max((movement.last_seen_at for movement in movements.values()), default=0)
    field = _Field(control, now, seen_at, _lost_before(race.laps.values()))
    result = {}
    for number in cars(race):
        laps = race.laps.get(number, {})
        movement = movements.get(number)
        state = (
            _in_race(race, field, number, movement)
            if race.is_race
            else _in_practice(laps, field, movement)
        )
        out = state in (CarState.RETIRED, CarState.STOPPED)
        in_pit = movement is not None and state is CarState.IN_PIT and field.sees
        result[number] = CarStatus(
            state=state,
            stops=len(race.pits.get(number, {})),
            pit_entry_at=movement.pit_entry_at if movement and in_pit else None,
            out_lap=max(laps, default=1) if out else None,
        )
    return result


def _lost_before(tables: Iterable[Mapping[int, LapRow]]) -> int:
    """Return the latest instant at which any car began its last lap but three."""
    begins = (
        laps[sorted(laps)[-_LOST_LAPS]].date_start or 0
        for laps in tables
        if len(laps) >= _LOST_LAPS
    )
    return max(begins, default=0)


def _last_line_at(laps: Mapping[int, LapRow]) -> int | None:
    """Return when the car last crossed the line, as far as its laps tell."""
    for number in sorted(laps, reverse=True):
        lap = laps[number]
        if lap.date_start is not None:
            return int(lap.date_start) + round((lap.lap_duration or 0) * 1000)
    return None


def _in_race(race: Race, field: _Field, number: int, movement: Movement | None) -> CarState:
    control, laps = field.control, race.laps.get(number, {})
    result = race.results.get(number)
    if control.started_at is None or field.now < control.started_at:
        return CarState.WAITING
    line_at = _last_line_at(laps)
    over = control.chequered_at is not None and control.phase in (
        SessionPhase.FINISHED,
        SessionPhase.ENDED,
    )
    if over and line_at is not None and control.chequered_at is not None:
        newest_is_over = laps_completed(laps) == max(laps)
        if newest_is_over and line_at >= control.chequered_at - _FLAG_SLACK_MILLIS:
            return CarState.FINISHED
    if result is not None and (result.dnf or result.dns):
        return CarState.RETIRED
    if (line_at or control.started_at) < field.lost_before:
        return CarState.RETIRED
    if control.phase is SessionPhase.SUSPENDED:
        return CarState.ON_TRACK if line_at is not None else CarState.WAITING
    return _moving(laps, field, movement, line_at or 0)


def _moving(
    laps: Mapping[int, LapRow], field: _Field, movement: Movement | None, line_at: int
) -> CarState:
    if movement is not None:
        if movement.pit_entry_at is not None and field.sees:
            return CarState.IN_PIT
        if field.stands(movement, line_at):
            return CarState.STOPPED
    if not laps:
        return CarState.ON_TRACK
    newest = laps[max(laps)]
    out_lap = newest.is_pit_out_lap and newest.lap_number > 1 and newest.lap_duration is None
    return CarState.OUT_LAP if out_lap else CarState.ON_TRACK


def _in_practice(laps: Mapping[int, LapRow], field: _Field, movement: Movement | None) -> CarState:
    if field.control.started_at is None or not laps:
        return CarState.WAITING
    line_at = _last_line_at(laps) or 0
    if movement is None or not field.sees:
        in_garage = field.now - line_at > _GARAGE_MILLIS
        return CarState.IN_PIT if in_garage else _moving(laps, field, None, line_at)
    if field.stands(movement, 0):
        return CarState.IN_PIT
    return _moving(laps, field, movement, line_at)
