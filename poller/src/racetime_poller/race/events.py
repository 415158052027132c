"""Events of a race: a list that can be replayed. The same state always gives the same identities,
and what turns out untrue is in it no more."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from racetime_poller.race.battles import battles
from racetime_poller.race.field import last_line_at
from racetime_poller.race.memo import remembered
from racetime_poller.race.overtakes import overtakes
from racetime_poller.race.pit_visits import Visits, penalties, pit_stop, visits
from racetime_poller.race.records import UNKNOWN_AT, LapBook
from racetime_poller.race.rows import LapRow, RaceControlRow, SessionResultRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    CarState,
    CarStatus,
    PenaltyKind,
    RaceEvent,
    RaceEventKind,
    StewardMatter,
    StewardMatterState,
    TrackPeriod,
)

Events = Mapping[str, RaceEvent]

_EVENT_FLAGS = frozenset({"RED", "CHEQUERED"})
# On the first lap of a race everybody sets a best time.
_FIRST_LAP = 2
_PENALISED = frozenset({StewardMatterState.PENALISED, StewardMatterState.SERVED})
_NO_LAPS: Mapping[int, LapRow] = {}


def events(
    race: Race,
    book: LapBook,
    statuses: Mapping[int, CarStatus],
    matters: Mapping[str, StewardMatter],
    periods: Mapping[int, TrackPeriod],
    started_at: int | None,
) -> Events:
    """Derive all events by identity, which begins with the kind."""
    parts = [
        _flags(race.race_control),
        _penalties(matters, race.race_control),
        _fastest_laps(book, race.is_race),
    ]
    if not race.is_race:
        # Elsewhere cars come and go, and nobody fights for places on track.
        return _joined(*parts)
    parts += [_stops(number, visits(race, number)) for number in sorted(race.pits)]
    parts += [overtakes(race), battles(race, periods)]
    if started_at is not None:
        parts.append(_retirements(_retired(race, statuses, started_at)))
    return _joined(*parts)


@remembered(2)
def _joined(*parts: Events) -> Events:
    result: dict[str, RaceEvent] = {}
    for part in parts:
        result.update(part)
    return result


@remembered(96)
def _stops(number: int, visited: Visits) -> Events:
    """Return stops at their rows; one of which there is none yet has no instant."""
    result = {}
    for lap in sorted(visited.stops & visited.rows.keys()):
        row = visited.rows[lap]
        if row.date is not None:
            stop = pit_stop(row)
            result[f"pit_stop/{number}/{lap}"] = RaceEvent(
                RaceEventKind.PIT_STOP,
                int(row.date),
                number,
                lap=lap,
                duration_millis=stop.lane_millis,
            )
    return result


@remembered(4)
def _fastest_laps(book: LapBook, is_race: bool) -> Events:
    """Return each lap that was the best of all when it was set."""
    first = _FIRST_LAP if is_race else 1
    return {
        f"fastest_lap/{one.driver_number}/{one.lap}": RaceEvent(
            RaceEventKind.FASTEST_LAP,
            one.at,
            one.driver_number,
            lap=one.lap,
            duration_millis=one.value,
        )
        for one in book.overall[0].sets
        if one.lap >= first and one.at != UNKNOWN_AT
    }


@remembered(4)
def _flags(messages: Sequence[RaceControlRow]) -> Events:
    return {
        f"flag/{row.date}/{row.message}": RaceEvent(
            RaceEventKind.FLAG, int(row.date), lap=row.lap_number, message=row.message
        )
        for row in messages
        if row.category == "SafetyCar"
        or (row.category == "Flag" and row.scope == "Track" and row.flag in _EVENT_FLAGS)
    }


def _retired(
    race: Race, statuses: Mapping[int, CarStatus], started_at: int
) -> tuple[tuple[int, int, int | None], ...]:
    """Return who is out, as of the last line that he crossed, and on which lap."""
    return tuple(
        (number, last_line_at(race.laps.get(number, _NO_LAPS)) or started_at, status.out_lap)
        for number, status in statuses.items()
        if status.state is CarState.RETIRED and number not in _absent(race.results)
    )


@lru_cache(maxsize=4)
def _retirements(retired: tuple[tuple[int, int, int | None], ...]) -> Events:
    return {
        f"retirement/{number}": RaceEvent(RaceEventKind.RETIREMENT, at, number, lap=lap)
        for number, at, lap in retired
    }


@remembered(4)
def _absent(results: Mapping[int, SessionResultRow]) -> AbstractSet[int]:
    return frozenset(number for number, row in results.items() if row.dns)


@remembered(4)
def _penalties(matters: Mapping[str, StewardMatter], messages: Sequence[RaceControlRow]) -> Events:
    """Return who was penalised, as of the decision; a warning is no penalty."""
    return {
        f"penalty/{key}": RaceEvent(
            RaceEventKind.PENALTY,
            _decided_at(matter, messages),
            matter.driver_numbers[0] if matter.driver_numbers else None,
            lap=matter.lap,
            message=matter.message,
            duration_millis=matter.penalty_millis,
        )
        for key, matter in matters.items()
        if matter.state in _PENALISED and matter.penalty_kind is not PenaltyKind.WARNING
    }


def _decided_at(matter: StewardMatter, messages: Sequence[RaceControlRow]) -> int:
    """Return when a penalty was given: what a matter was told last may be that it was served."""
    given = [
        said.at
        for said in penalties(messages)
        if matter.first_at <= said.at <= matter.at
        and said.penalty is matter.penalty_kind
        and set(said.cars) & set(matter.driver_numbers)
    ]
    return max(given, default=matter.at)
