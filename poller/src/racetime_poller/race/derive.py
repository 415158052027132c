"""Everything that RaceTime says of a race at an instant, derived from its state."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import TypeVar

from racetime_poller.race import (
    bests,
    deletions,
    entries,
    events,
    gaps,
    order,
    periods,
    pit_visits,
    qualifying,
    records,
    session,
    statuses,
    stewards,
    timings,
    tyres,
)
from racetime_poller.race.laps import laps_completed
from racetime_poller.race.memo import remembered
from racetime_poller.race.motion import Movement
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    CarBests,
    CarGap,
    CarPosition,
    CarSectors,
    CarState,
    CarStatus,
    CarTiming,
    CarTyres,
    OvertakingAid,
    PitStop,
    Qualifying,
    RaceEvent,
    RaceProgress,
    SectorFlag,
    SessionBests,
    SessionClock,
    SourceFreshness,
    StewardMatter,
    Stint,
    TrackPeriod,
    TrackStatus,
)

T = TypeVar("T")

# Keys of tables by driver and number: driver_number * KEY_BASE + number.
KEY_BASE = 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """What is told of a race; the names are those of the contract's RaceState."""

    race: Race
    clock: SessionClock
    progress: RaceProgress | None
    qualifying: Qualifying | None
    track_status: TrackStatus | None
    sector_flags: Mapping[int, SectorFlag]
    overtaking_aid: OvertakingAid
    positions: Mapping[int, CarPosition]
    gaps: Mapping[int, CarGap]
    timings: Mapping[int, CarTiming]
    sectors: Mapping[int, CarSectors]
    tyres: Mapping[int, CarTyres]
    statuses: Mapping[int, CarStatus]
    bests: SessionBests
    steward_matters: Mapping[str, StewardMatter]
    track_periods: Mapping[int, TrackPeriod]
    car_bests: Mapping[int, CarBests]
    deleted_laps: Set[tuple[int, int]]
    laps: Mapping[int, LapRow]
    stints: Mapping[int, Stint]
    pit_stops: Mapping[int, PitStop]
    events: Mapping[str, RaceEvent]
    sources: Mapping[str, SourceFreshness] = field(default_factory=dict)
    # Endpoints that have told what they have; of others nothing is known, not even that it is gone.
    told: Set[str] = frozenset()


def derive(
    race: Race,
    *,
    now: int,
    movements: Mapping[int, Movement],
    sources: Mapping[str, SourceFreshness],
    announced_laps: int | None = None,
    told: Set[str] = frozenset(),
) -> Picture:
    """Derive the picture of a race at an instant, in epoch milliseconds."""
    race = entries.entered(race)
    control = session.control(race, now)
    deleted = deletions.deleted_laps(race)
    book = records.lap_book(race, deleted)
    entered = set(order.cars(race))
    tables = {n: table for n, table in race.laps.items() if n in entered and table}
    positions = order.classification(race, deleted)
    knocked_out = qualifying.knocked_out(race, control)
    states = statuses.statuses(race, control, movements, now, knocked_out)
    out = {n for n, status in states.items() if status.state is CarState.RETIRED}
    runs = {n: found for n in entered if (found := tyres.runs_of(race, n))}
    matters = stewards.matters(race.race_control)
    spans = periods.track_periods(race, now)
    return Picture(
        race=race,
        clock=session.clock(race, control),
        progress=session.progress(race, control, announced_laps),
        qualifying=qualifying.qualifying(race, control),
        track_status=session.track_status(control),
        sector_flags=control.sectors,
        overtaking_aid=session.overtaking_aid(race.session, control),
        positions=positions,
        gaps=gaps.gaps(race, sorted(positions, key=lambda n: positions[n].position), out),
        timings={n: timings.timing(table, book) for n, table in tables.items()},
        sectors={n: timings.sectors(table, book) for n, table in tables.items()},
        tyres={n: tyres.fitted(r, laps_completed(race.laps.get(n, {}))) for n, r in runs.items()},
        statuses=states,
        bests=bests.session_bests(race.laps, book),
        steward_matters=matters,
        track_periods=spans,
        car_bests=bests.car_bests(race, control, deleted),
        deleted_laps=deleted,
        laps=_all_laps(race.laps),
        stints=_flat({n: tyres.history(n, found) for n, found in runs.items()}),
        pit_stops=_flat({n: pit_visits.history(race.pits[n]) for n in race.pits if n in entered}),
        events=events.events(race, book, states, matters, spans, control.started_at),
        sources=sources,
        told=told,
    )


@remembered(2)
def _all_laps(tables: Mapping[int, Mapping[int, LapRow]]) -> Mapping[int, LapRow]:
    return _flat(tables)


def _flat(tables: Mapping[int, Mapping[int, T]]) -> dict[int, T]:
    return {
        number * KEY_BASE + key: row
        for number, table in tables.items()
        for key, row in table.items()
    }
