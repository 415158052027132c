"""What each car is doing: waiting, running, in the pit, stopped, out, finished; and how that is
known. Nothing rests on what is no longer told: positions and mini-sectors that have fallen silent
leave a car where its laps and race control put it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from racetime_poller.race.control import Control
from racetime_poller.race.field import FLAG_SLACK_MILLIS, Field, field_of, last_line_at
from racetime_poller.race.laps import in_pit_lane, lap_time, laps_completed
from racetime_poller.race.movement import Movement
from racetime_poller.race.order import cars
from racetime_poller.race.pit_visits import Visits, visits
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState, CarStatus, Evidence, SessionPhase

_STOPPED_AFTER_MILLIS = 20_000
# A car that stands so long out on the track does not go on.
_RETIRED_AFTER_MILLIS = 120_000
# Between runs of a practice a car makes no lap for so long.
_GARAGE_MILLIS = 300_000
_LAST_PHASE = 3
_NO_LAPS: Mapping[int, LapRow] = {}

# What a car does, and how that is known.
Told = tuple[CarState, Evidence]
_ON_TRACK: Told = (CarState.ON_TRACK, Evidence.LAPS)


def statuses(
    race: Race,
    control: Control,
    movements: Mapping[int, Movement],
    now: int,
    knocked_out: AbstractSet[int] = frozenset(),
) -> Mapping[int, CarStatus]:
    """Derive what each car is doing at an instant, in epoch milliseconds."""
    field = field_of(race, control, movements, now)
    result = {}
    for number in cars(race):
        laps, movement = race.laps.get(number, _NO_LAPS), movements.get(number)
        visited = visits(race, number)
        if race.is_race:
            state, evidence = _in_race(race, field, number, movement, visited)
        elif number in knocked_out:
            state, evidence = CarState.KNOCKED_OUT, control.evidence
        else:
            state, evidence = _in_practice(laps, field, movement, visited)
        in_pit = movement is not None and state is CarState.IN_PIT and field.sees
        out = state in (CarState.RETIRED, CarState.STOPPED)
        result[number] = CarStatus(
            state=state,
            stops=len(visited.stops),
            pit_entry_at=movement.pit_entry_at if movement and in_pit else None,
            out_lap=max(laps, default=1) if out else None,
            evidence=evidence,
        )
    return result


def _in_race(
    race: Race, field: Field, number: int, movement: Movement | None, visited: Visits
) -> Told:
    control, laps = field.control, race.laps.get(number, _NO_LAPS)
    result = race.results.get(number)
    if control.started_at is None or field.now < control.started_at:
        return CarState.WAITING, control.evidence
    line_at = last_line_at(laps)
    if field.is_over and _took_flag(laps, field):
        return CarState.FINISHED, Evidence.LAPS
    if result is not None and (result.dnf or result.dns):
        return CarState.RETIRED, Evidence.RESULT
    if field.is_over and result is not None and not laps:
        return CarState.FINISHED, Evidence.RESULT
    if (line_at or control.started_at) < field.lost_before or field.missed_flag(line_at):
        return CarState.RETIRED, Evidence.LAPS
    if control.phase is SessionPhase.SUSPENDED:
        if line_at is None:
            return CarState.WAITING, Evidence.LAPS
        seen = _seen_in_pit(field, movement)
        return seen or _told_to_stand(field, number, movement, line_at) or _ON_TRACK
    return _moving(laps, field, movement, line_at or 0, visited)


def _took_flag(laps: Mapping[int, LapRow], field: Field) -> bool:
    """Tell whether a car crossed the line after the chequered flag."""
    line_at, flag_at = last_line_at(laps), field.control.chequered_at
    if line_at is None or flag_at is None or laps_completed(laps) != max(laps):
        return False
    return line_at >= flag_at - FLAG_SLACK_MILLIS


def _seen_in_pit(field: Field, movement: Movement | None) -> Told | None:
    if movement is not None and movement.pit_entry_at is not None and field.sees:
        return CarState.IN_PIT, Evidence.LOCATION
    return None


def _told_to_stand(
    field: Field, number: int, movement: Movement | None, line_at: int
) -> Told | None:
    """Tell whether race control said that a car stopped, and it has not been seen to go on."""
    moved_at = movement.last_moved_at if movement is not None and field.sees else 0
    stopped_at = field.stopped.get(number)
    if stopped_at is None or stopped_at <= max(line_at, moved_at):
        return None
    return CarState.STOPPED, Evidence.RACE_CONTROL


def _moving(
    laps: Mapping[int, LapRow],
    field: Field,
    movement: Movement | None,
    line_at: int,
    visited: Visits,
) -> Told:
    if told := _seen_in_pit(field, movement):
        return told
    if movement is not None:
        stood = field.stood_millis(movement, line_at)
        if stood > _RETIRED_AFTER_MILLIS and field.line_at > line_at:
            return CarState.RETIRED, Evidence.LOCATION
        if stood > _STOPPED_AFTER_MILLIS:
            return CarState.STOPPED, Evidence.LOCATION
    return _by_laps(laps, field, movement, line_at, visited)


def _by_laps(
    laps: Mapping[int, LapRow],
    field: Field,
    movement: Movement | None,
    line_at: int,
    visited: Visits,
) -> Told:
    """Tell what a car does whose positions tell nothing."""
    if not laps:
        return _ON_TRACK
    newest = max(laps)
    lap = laps[newest]
    if told := _told_to_stand(field, lap.driver_number, movement, line_at):
        return told
    if lap_time(lap) is not None or not field.times:
        return _ON_TRACK
    if newest in visited.rows:
        # Rows of visits come when the car is out again; the line may lie behind the exit.
        return CarState.OUT_LAP, Evidence.PIT
    if in_pit_lane(laps) and not (movement is not None and field.sees):
        return CarState.IN_PIT, Evidence.LAPS
    out_lap = lap.is_pit_out_lap and newest > 1
    return (CarState.OUT_LAP, Evidence.LAPS) if out_lap else _ON_TRACK


def _in_practice(
    laps: Mapping[int, LapRow], field: Field, movement: Movement | None, visited: Visits
) -> Told:
    control = field.control
    if control.started_at is None or not laps:
        return CarState.WAITING, control.evidence
    line_at = last_line_at(laps) or 0
    is_last = control.qualifying_phase in (None, _LAST_PHASE)
    if field.is_over and is_last and _took_flag(laps, field):
        return CarState.FINISHED, Evidence.LAPS
    if movement is not None and field.sees:
        if field.stood_millis(movement, 0) > _STOPPED_AFTER_MILLIS:
            return CarState.IN_PIT, Evidence.LOCATION
        return _moving(laps, field, movement, line_at, visited)
    if field.now - line_at > _GARAGE_MILLIS or field.is_over:
        return CarState.IN_PIT, Evidence.LAPS
    return _by_laps(laps, field, None, line_at, visited)
