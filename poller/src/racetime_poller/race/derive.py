"""Everything that RaceTime says of a race at an instant, derived from its state."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import TypeVar

from racetime_poller.race import (
    deletions,
    entries,
    events,
    laps,
    order,
    periods,
    qualifying,
    session,
    statuses,
    stewards,
    tyres,
)
from racetime_poller.race.motion import Movement
from racetime_poller.race.rows import LapRow, PitRow, StintRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    CarBests,
    CarGap,
    CarPosition,
    CarSectors,
    CarStatus,
    CarTiming,
    CarTyres,
    OvertakingAid,
    Qualifying,
    RaceEvent,
    RaceProgress,
    SectorFlag,
    SessionBests,
    SessionClock,
    SourceFreshness,
    StewardMatter,
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
    stints: Mapping[int, StintRow]
    pit_stops: Mapping[int, PitRow]
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
    book = laps.lap_book(race)
    entered = set(order.cars(race))
    tables = {n: table for n, table in race.laps.items() if n in entered and table}
    return Picture(
        race=race,
        clock=session.clock(race, control),
        progress=session.progress(race, control, announced_laps),
        qualifying=qualifying.qualifying(race, control),
        track_status=session.track_status(control),
        sector_flags=control.sectors,
        overtaking_aid=session.overtaking_aid(race.session, control),
        positions=order.classification(race),
        gaps={n: _gap(race, n) for n in race.gaps if n in entered},
        timings={n: laps.timing(table, book) for n, table in tables.items()},
        sectors={n: laps.sectors(table, book) for n, table in tables.items()},
        tyres={
            n: tyres.fitted(stints, laps.laps_completed(race.laps.get(n, {})))
            for n, stints in race.stints.items()
            if n in entered and stints
        },
        statuses=statuses.statuses(race, control, movements, now),
        bests=laps.bests(race, book),
        steward_matters=stewards.matters(race.race_control),
        track_periods=periods.track_periods(race, now),
        car_bests=laps.car_bests(race, control, deleted),
        deleted_laps=deleted,
        laps=_flat(tables),
        stints=_flat({n: table for n, table in race.stints.items() if n in entered}),
        pit_stops=_flat({n: table for n, table in race.pits.items() if n in entered}),
        events=events.events(race),
        sources=sources,
        told=told,
    )


def _flat(tables: Mapping[int, Mapping[int, T]]) -> dict[int, T]:
    return {
        number * KEY_BASE + key: row
        for number, table in tables.items()
        for key, row in table.items()
    }


def _gap(race: Race, number: int) -> CarGap:
    gap = race.gaps[number]
    to_leader, interval = gap.to_leader, gap.interval
    return CarGap(
        gap_to_leader_millis=to_leader.millis if to_leader else None,
        gap_to_leader_laps=to_leader.laps if to_leader else None,
        interval_millis=interval.millis if interval else None,
        interval_laps=interval.laps if interval else None,
    )
