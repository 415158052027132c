"""Everything that RaceTime says of a race at an instant, derived from its state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from racetime_poller.race import entries, events, flags, laps, order, session, statuses, tyres
from racetime_poller.race.motion import Movement
from racetime_poller.race.rows import LapRow, PitRow, StintRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    CarGap,
    CarPosition,
    CarSectors,
    CarStatus,
    CarTiming,
    CarTyres,
    OvertakingAid,
    RaceEvent,
    RaceProgress,
    SectorFlag,
    SessionBests,
    SessionClock,
    SourceFreshness,
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
    qualifying_phase: int | None
    cut_positions: Mapping[int, int]
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
    laps: Mapping[int, LapRow]
    stints: Mapping[int, StintRow]
    pit_stops: Mapping[int, PitRow]
    events: Mapping[str, RaceEvent]
    sources: Mapping[str, SourceFreshness] = field(default_factory=dict)


def derive(
    race: Race,
    *,
    now: int,
    movements: Mapping[int, Movement],
    sources: Mapping[str, SourceFreshness],
    announced_laps: int | None = None,
) -> Picture:
    """Derive the picture of a race at an instant, in epoch milliseconds."""
    race = entries.entered(race)
    control = session.with_lights_out(flags.read(race.race_control), race)
    book = laps.lap_book(race)
    entered = set(order.cars(race))
    tables = {n: table for n, table in race.laps.items() if n in entered and table}
    return Picture(
        race=race,
        clock=session.clock(race, control),
        progress=session.progress(race, control, announced_laps),
        qualifying_phase=control.qualifying_phase,
        cut_positions=session.cut_positions(race.session, len(race.drivers)),
        track_status=TrackStatus(control.flag, control.flag_since_at) if control.flag else None,
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
        laps=_flat(tables),
        stints=_flat({n: table for n, table in race.stints.items() if n in entered}),
        pit_stops=_flat({n: table for n, table in race.pits.items() if n in entered}),
        events=events.events(race),
        sources=sources,
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
