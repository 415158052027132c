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
from racetime_poller.race.movement import Movement
from racetime_poller.race.rows import (
    DriverRow,
    LapRow,
    PitRow,
    RaceControlRow,
    SessionRow,
    StintRow,
)
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
    lap_meters: float | None = None,
) -> Picture:
    """Derive the picture of a race at an instant, in epoch milliseconds."""
    race = entries.entered(race)
    control = session.control(race, now)
    driven = _driven(_tables(race))
    positions = order.classification(race, driven.deleted)
    knocked_out = qualifying.knocked_out(race, control)
    states = statuses.statuses(race, control, movements, now, knocked_out)
    out = {n for n, status in states.items() if status.state is CarState.RETIRED}
    matters = stewards.matters(race.race_control)
    spans = periods.track_periods(race, now)
    return Picture(
        race=race,
        clock=session.clock(race, control, now),
        progress=session.progress(race, control, announced_laps, lap_meters),
        qualifying=qualifying.qualifying(race, control),
        track_status=session.track_status(control),
        sector_flags=control.sectors,
        overtaking_aid=session.overtaking_aid(race.session, control),
        positions=positions,
        gaps=gaps.gaps(race, sorted(positions, key=lambda n: positions[n].position), out),
        timings=driven.timings,
        sectors=driven.sectors,
        tyres=driven.tyres,
        statuses=states,
        bests=bests.session_bests(race.laps, driven.book),
        steward_matters=matters,
        track_periods=spans,
        car_bests=bests.car_bests(race, control, driven.deleted),
        deleted_laps=driven.deleted,
        stints=driven.stints,
        pit_stops=driven.pit_stops,
        events=events.events(race, driven.book, states, matters, spans, control.started_at),
        sources=sources,
        told=told,
    )


@dataclass(frozen=True, slots=True)
class _Driven:
    """What laps, stints and stops tell: worked out anew only when one of them has changed."""

    deleted: Set[tuple[int, int]]
    book: records.LapBook
    timings: Mapping[int, CarTiming]
    sectors: Mapping[int, CarSectors]
    tyres: Mapping[int, CarTyres]
    stints: Mapping[int, Stint]
    pit_stops: Mapping[int, PitStop]


def _tables(race: Race) -> Race:
    """Return a race without what changes all the time, the same one while the rest is the same."""
    return _kept_tables(
        race.session, race.drivers, race.laps, race.stints, race.pits, race.race_control
    )


@remembered(2)
def _kept_tables(
    session: SessionRow,
    drivers: Mapping[int, DriverRow],
    laps: Mapping[int, Mapping[int, LapRow]],
    stints: Mapping[int, Mapping[int, StintRow]],
    pits: Mapping[int, Mapping[int, PitRow]],
    race_control: tuple[RaceControlRow, ...],
) -> Race:
    return Race(
        session, drivers=drivers, laps=laps, stints=stints, pits=pits, race_control=race_control
    )


@remembered(2)
def _driven(race: Race) -> _Driven:
    deleted = deletions.deleted_laps(race)
    book = records.lap_book(race, deleted)
    entered = set(order.cars(race))
    tables = {n: table for n, table in race.laps.items() if n in entered and table}
    runs = {n: found for n in entered if (found := tyres.runs_of(race, n))}
    return _Driven(
        deleted=deleted,
        book=book,
        timings={n: timings.timing(table, book) for n, table in tables.items()},
        sectors={n: timings.sectors(table, book) for n, table in tables.items()},
        tyres={n: tyres.fitted(r, laps_completed(race.laps.get(n, {}))) for n, r in runs.items()},
        stints=flat({n: tyres.history(n, found) for n, found in runs.items()}),
        pit_stops=flat({n: pit_visits.history(race.pits[n]) for n in race.pits if n in entered}),
    )


def flat(tables: Mapping[int, Mapping[int, T]]) -> dict[int, T]:
    """Return tables by driver as one table by driver and number."""
    return {
        number * KEY_BASE + key: row
        for number, table in tables.items()
        for key, row in table.items()
    }
