"""Make the lap-by-lap tables of a session out of its state. Pure; off the way to watchers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from racetime.v1.car_pb2 import TYRE_COMPOUND_UNSPECIFIED
from racetime.v1.history_pb2 import Lap, RaceEvent, Stint
from racetime.v1.race_service_pb2 import GetHistoryResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import SESSION_KIND_RACE, SESSION_KIND_SPRINT

UNKNOWN = -1

_RACES = frozenset({SESSION_KIND_RACE, SESSION_KIND_SPRINT})
_Place = tuple[int, int]


def tables(state: RaceState, *, sequence: int, log_revision: int) -> GetHistoryResponse:
    """Return the tables of a state whose timing and history lanes are filled."""
    answer = GetHistoryResponse(sequence=sequence, log_revision=log_revision)
    laps = [lap for _, lap in sorted(state.laps.items()) if lap.lap_number > 0]
    places = _places(laps) if state.session.kind in _RACES else {}
    stints = _by_driver(state.stints.values())
    for lap in laps:
        _add_lap(answer, lap, places.get((lap.driver_number, lap.lap_number)))
        _add_tyres(answer, lap, stints[lap.driver_number])
    # An entry that turned out untrue is an empty one.
    answer.stints.extend(one for _, one in sorted(state.stints.items()) if one.ByteSize())
    answer.pit_stops.extend(one for _, one in sorted(state.pit_stops.items()) if one.ByteSize())
    periods = (one for _, one in sorted(state.track_periods.items()) if one.ByteSize())
    answer.track_periods.extend(periods)
    told = (event for event in state.events.values() if event.ByteSize())
    answer.events.extend(sorted(told, key=_order))
    return answer


def _order(event: RaceEvent) -> tuple[int, int, int]:
    return event.race_offset_millis, event.kind, event.driver_number


def _add_lap(answer: GetHistoryResponse, lap: Lap, place: _Place | None) -> None:
    position, gap = place or (0, UNKNOWN)
    answer.driver_numbers.append(lap.driver_number)
    answer.lap_numbers.append(lap.lap_number)
    answer.lap_millis.append(lap.lap_millis)
    answer.sector_1_millis.append(lap.sector_1_millis)
    answer.sector_2_millis.append(lap.sector_2_millis)
    answer.sector_3_millis.append(lap.sector_3_millis)
    answer.start_race_offset_millis.append(lap.start_race_offset_millis)
    answer.speed_trap_kph.append(lap.speed_trap_kph)
    answer.positions.append(position)
    answer.gap_millis.append(gap)
    answer.pit_out.append(lap.pit_out)
    answer.deleted.append(lap.deleted)


def _add_tyres(answer: GetHistoryResponse, lap: Lap, stints: Iterable[Stint]) -> None:
    fitted = [
        one for one in stints if one.HasField("first_lap") and one.first_lap <= lap.lap_number
    ]
    stint = max(fitted, key=lambda one: one.first_lap, default=None)
    answer.compounds.append(stint.compound if stint else TYRE_COMPOUND_UNSPECIFIED)
    age = UNKNOWN
    if stint is not None and stint.HasField("age_at_start_laps"):
        age = stint.age_at_start_laps + lap.lap_number - stint.first_lap + 1
    answer.tyre_age_laps.append(age)


def _by_driver(stints: Iterable[Stint]) -> Mapping[int, list[Stint]]:
    found: dict[int, list[Stint]] = defaultdict(list)
    for stint in stints:
        found[stint.driver_number].append(stint)
    return found


def _places(laps: Iterable[Lap]) -> Mapping[tuple[int, int], _Place]:
    """Return place and gap of each car at the end of each lap, by when it crossed the line."""
    starts = {
        (lap.driver_number, lap.lap_number): lap.start_race_offset_millis
        for lap in laps
        if lap.HasField("start_race_offset_millis")
    }
    ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (number, lap_number), start in starts.items():
        # A lap ends where the next one begins.
        ends[lap_number - 1].append((start, number))
    for lap in laps:
        key = (lap.driver_number, lap.lap_number)
        is_last = (lap.driver_number, lap.lap_number + 1) not in starts
        if is_last and key in starts and lap.HasField("lap_millis"):
            ends[lap.lap_number].append((starts[key] + lap.lap_millis, lap.driver_number))
    return {
        (number, lap_number): (position, end - min(crossed)[0])
        for lap_number, crossed in ends.items()
        if lap_number > 0
        for position, (end, number) in enumerate(sorted(crossed), start=1)
    }
