"""Turn rows into state: `reduce(race, row)` is total, pure, and does not mind rows late, repeated
or out of order.

Rows of an endpoint that share an identity are versions of one thing. The rule for them, by field:
what is known is never forgotten for what is not; of two known values that differ the one with the
later instant holds, and for rows without an instant of their own, such as laps, the one that came
later. Versions that are known to be older, as pushed rows may be, must not come here: who pushes
them numbers them. So a table that is read whole last of all rules, whatever came before in whatever
order. Results and the grid are an exception: there null is an answer, so a row replaces a row.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from racetime_poller.race.gap_text import parse_distance
from racetime_poller.race.plausible import fault
from racetime_poller.race.rows import (
    ChampionshipDriverRow,
    ChampionshipTeamRow,
    DriverRow,
    IntervalRow,
    LapRow,
    MeetingRow,
    OvertakeRow,
    PitRow,
    PositionRow,
    RaceControlRow,
    Row,
    SessionResultRow,
    SessionRow,
    StartingGridRow,
    StintRow,
    TeamRadioRow,
    WeatherRow,
)
from racetime_poller.race.state import Gap, Race, merged

K = TypeVar("K")
V = TypeVar("V")

MAX_DRIVER_NUMBER = 99
DRIVER_NUMBERS = range(1, MAX_DRIVER_NUMBER + 1)
MAX_LAPS = 200
# Outside races a lap out of the pits holds the time in the garage; one that is so long, in seconds,
# is no lap at all, such as the phantom of a recorder that was started late.
_LONGEST_LAP_SECONDS = 1_200.0


class SetAside(Exception):
    """A row that cannot be true; `reason` is one word for the counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reduce(race: Race, row: Row) -> Race:
    """Return the state with the row applied; the same object when it brings nothing new.

    Raises SetAside, and changes nothing, for a row that cannot belong to this session.
    """
    _admit(race, row)
    reducer = _REDUCERS.get(type(row))
    return reducer(race, row) if reducer else race


def _admit(race: Race, row: Row) -> None:
    if isinstance(row, MeetingRow):
        return
    if not isinstance(row, StartingGridRow) and row.session_key != race.session.session_key:
        raise SetAside("other_session")
    if reason := fault(row, race.session.date_start):
        raise SetAside(reason)
    number = getattr(row, "driver_number", None)
    if number is not None:
        _admit_driver(number)
    if isinstance(row, LapRow | PitRow) and not 1 <= row.lap_number <= MAX_LAPS:
        raise SetAside("lap_number")


def _admit_driver(number: int) -> None:
    # Whether there is such a car is told by all rows together: `entries`.
    if number not in DRIVER_NUMBERS:
        raise SetAside("driver_number")


def _put(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """Return the mapping with the entry; the same object when it has it already."""
    if mapping.get(key) == value:
        return mapping
    return {**mapping, key: value}


def _merge_known(old: Any, new: Any) -> Any:
    """Return `new` with what it does not know taken from `old`; the old one when equal."""
    if old is None:
        return new
    both = merged(old, new)
    return old if both == old else both


def _with(race: Race, name: str, mapping: Any) -> Race:
    return race if getattr(race, name) is mapping else replace(race, **{name: mapping})


def _session(race: Race, row: SessionRow) -> Race:
    merged = _merge_known(race.session, row)
    return race if merged == race.session else replace(race, session=merged)


def _meeting(race: Race, row: MeetingRow) -> Race:
    if row.meeting_key != race.session.meeting_key or race.meeting == row:
        return race
    return replace(race, meeting=_merge_known(race.meeting, row))


def _driver(race: Race, row: DriverRow) -> Race:
    merged = _merge_known(race.drivers.get(row.driver_number), row)
    return _with(race, "drivers", _put(race.drivers, row.driver_number, merged))


def _position(race: Race, row: PositionRow) -> Race:
    if not 1 <= row.position <= MAX_DRIVER_NUMBER:
        raise SetAside("position")
    number = row.driver_number
    first, newest = race.first_positions.get(number), race.positions.get(number)
    race = _with(race, "placings", _put(race.placings, (row.date, number), row))
    if first is None or row.date <= first.date:
        race = _with(race, "first_positions", _put(race.first_positions, number, row))
    if newest is None or row.date >= newest.date:
        race = _with(race, "positions", _put(race.positions, number, row))
    return race


def _interval(race: Race, row: IntervalRow) -> Race:
    try:
        to_leader, interval = parse_distance(row.gap_to_leader), parse_distance(row.interval)
    except ValueError as error:
        raise SetAside("gap") from error
    gap = race.gaps.get(row.driver_number, Gap())
    # A row is a delta: null means "not in this delta", so each value is carried forward by itself.
    if to_leader is not None and (gap.to_leader_date or 0) <= row.date:
        gap = replace(gap, to_leader=to_leader, to_leader_date=row.date)
    if interval is not None and (gap.interval_date or 0) <= row.date:
        gap = replace(gap, interval=interval, interval_date=row.date)
    return _with(race, "gaps", _put(race.gaps, row.driver_number, gap))


def _nested(race: Race, name: str, number: int, key: int, row: Any) -> Race:
    table: Mapping[int, Mapping[int, Any]] = getattr(race, name)
    entries = table.get(number, {})
    changed = _put(entries, key, _merge_known(entries.get(key), row))
    return race if changed is entries else _with(race, name, {**table, number: changed})


def _lap(race: Race, row: LapRow) -> Race:
    if not race.is_race and (row.lap_duration or 0.0) >= _LONGEST_LAP_SECONDS:
        row = replace(row, lap_duration=None)
    return _nested(race, "laps", row.driver_number, row.lap_number, row)


def _stint(race: Race, row: StintRow) -> Race:
    if not 1 <= row.stint_number <= MAX_LAPS:
        raise SetAside("stint_number")
    if row.compound is not None and "UNKNOWN" in row.compound.upper():
        row = replace(row, compound=None)
    if row.tyre_age_at_start is not None and row.tyre_age_at_start < 0:
        row = replace(row, tyre_age_at_start=None)
    return _nested(race, "stints", row.driver_number, row.stint_number, row)


def _pit(race: Race, row: PitRow) -> Race:
    return _nested(race, "pits", row.driver_number, row.lap_number, row)


def _race_control(race: Race, row: RaceControlRow) -> Race:
    key = (row.date, row.message)
    known = {(one.date, one.message): one for one in race.race_control}
    if key in known and (row := _merge_known(known[key], row)) is known[key]:
        return race
    known[key] = row
    ordered = sorted(known.values(), key=lambda one: (one.date, one.message))
    return replace(race, race_control=tuple(ordered))


def _weather(race: Race, row: WeatherRow) -> Race:
    merged_row = _merge_known(race.weathers.get(row.date), row)
    return _with(race, "weathers", _put(race.weathers, row.date, merged_row))


def _overtake(race: Race, row: OvertakeRow) -> Race:
    for number in (row.overtaking_driver_number, row.overtaken_driver_number):
        _admit_driver(number)
    key = (row.date, row.overtaking_driver_number, row.overtaken_driver_number)
    return _with(race, "overtakes", _put(race.overtakes, key, row))


def _starting_grid(race: Race, row: StartingGridRow) -> Race:
    if row.position is not None and not 1 <= row.position <= MAX_DRIVER_NUMBER:
        raise SetAside("position")
    # Rows carry the key of the qualifying; drivers of another session must not slip in.
    return _with(race, "grid", _put(race.grid, (row.session_key, row.driver_number), row))


def _session_result(race: Race, row: SessionResultRow) -> Race:
    return _with(race, "results", _put(race.results, row.driver_number, row))


def _team_radio(race: Race, row: TeamRadioRow) -> Race:
    key = (row.driver_number, row.date)
    return _with(race, "team_radio", _put(race.team_radio, key, row))


def _championship_driver(race: Race, row: ChampionshipDriverRow) -> Race:
    changed = _put(race.championship_drivers, row.driver_number, row)
    return _with(race, "championship_drivers", changed)


def _championship_team(race: Race, row: ChampionshipTeamRow) -> Race:
    return _with(race, "championship_teams", _put(race.championship_teams, row.team_name, row))


# Location and car_data are missing: samples are no state, they go through `motion` and `telemetry`.
_REDUCERS: dict[type, Callable[[Race, Any], Race]] = {
    SessionRow: _session,
    MeetingRow: _meeting,
    DriverRow: _driver,
    PositionRow: _position,
    IntervalRow: _interval,
    LapRow: _lap,
    StintRow: _stint,
    PitRow: _pit,
    RaceControlRow: _race_control,
    WeatherRow: _weather,
    OvertakeRow: _overtake,
    StartingGridRow: _starting_grid,
    SessionResultRow: _session_result,
    TeamRadioRow: _team_radio,
    ChampionshipDriverRow: _championship_driver,
    ChampionshipTeamRow: _championship_team,
}
