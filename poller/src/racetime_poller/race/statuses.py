"""What each car is doing: waiting, running, in the pit, stopped, out, finished."""

from collections.abc import Mapping
from statistics import median

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
# A car that has not begun a lap for so long after the start never will.
_NO_START_MILLIS = 240_000
_STOPPED_AFTER_MILLIS = 20_000
# A car whose lap takes so many times the usual one is out.
_LOST_LAPS = 2.5
_USUAL_LAP_MILLIS = 100_000
_NEWEST_LAPS = 40


def statuses(
    race: Race, control: Control, movements: Mapping[int, Movement], now: int
) -> Mapping[int, CarStatus]:
    """Derive what each car is doing at an instant, in epoch milliseconds."""
    usual = _usual_lap(race)
    result = {}
    for number in cars(race):
        laps = race.laps.get(number, {})
        movement = movements.get(number)
        state = (
            _in_race(race, control, number, movement, now, usual)
            if race.is_race
            else _in_practice(laps, movement, control, now)
        )
        out = state in (CarState.RETIRED, CarState.STOPPED)
        in_pit = movement is not None and state is CarState.IN_PIT
        result[number] = CarStatus(
            state=state,
            stops=len(race.pits.get(number, {})),
            pit_entry_at=movement.pit_entry_at if movement and in_pit else None,
            out_lap=max(laps, default=1) if out else None,
        )
    return result


def _usual_lap(race: Race) -> float:
    """Return the usual lap time of late, in milliseconds."""
    newest = sorted(
        (
            (lap.lap_number, lap.lap_duration * 1000)
            for laps in race.laps.values()
            for lap in (laps[number] for number in sorted(laps)[-4:])
            if lap.lap_duration is not None
        ),
        reverse=True,
    )[:_NEWEST_LAPS]
    return median(duration for _, duration in newest) if newest else _USUAL_LAP_MILLIS


def _last_line_at(laps: Mapping[int, LapRow]) -> int | None:
    """Return when the car last crossed the line, as far as its laps tell."""
    if not laps:
        return None
    newest = laps[max(laps)]
    if newest.date_start is None:
        return None
    return int(newest.date_start) + round((newest.lap_duration or 0) * 1000)


def _in_race(
    race: Race,
    control: Control,
    number: int,
    movement: Movement | None,
    now: int,
    usual: float,
) -> CarState:
    laps = race.laps.get(number, {})
    result = race.results.get(number)
    if control.started_at is None or now < control.started_at:
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
    if control.phase is SessionPhase.SUSPENDED:
        return CarState.ON_TRACK if line_at is not None else CarState.WAITING
    if line_at is None:
        lost = now - control.started_at > _NO_START_MILLIS
        return CarState.RETIRED if lost else CarState.ON_TRACK
    if now - line_at > _LOST_LAPS * usual + 30_000:
        return CarState.RETIRED
    return _moving(laps, movement, now)


def _moving(laps: Mapping[int, LapRow], movement: Movement | None, now: int) -> CarState:
    if movement is not None and movement.pit_entry_at is not None:
        return CarState.IN_PIT
    if movement is not None and now - movement.last_moved_at > _STOPPED_AFTER_MILLIS:
        return CarState.STOPPED
    newest = laps[max(laps)]
    out_lap = newest.is_pit_out_lap and newest.lap_number > 1 and newest.lap_duration is None
    return CarState.OUT_LAP if out_lap else CarState.ON_TRACK


def _in_practice(
    laps: Mapping[int, LapRow], movement: Movement | None, control: Control, now: int
) -> CarState:
    if control.started_at is None or not laps:
        return CarState.WAITING
    line_at = _last_line_at(laps)
    moved_at = movement.last_moved_at if movement else (line_at or 0)
    # Between runs a car stands in its garage: no lap and no movement for some minutes.
    quiet = _STOPPED_AFTER_MILLIS if movement else 3 * _USUAL_LAP_MILLIS
    if now - max(moved_at, (line_at or 0) if not movement else 0) > quiet:
        return CarState.IN_PIT
    return _moving(laps, movement, now)
