"""Lap times, counts and sectors of each car."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from racetime_poller.race.laps import SECTORS, lap_time, laps_completed, sector_time, segment
from racetime_poller.race.memo import remembered
from racetime_poller.race.records import LapBook, credible, deleted_of, is_made_up
from racetime_poller.race.rows import LapRow
from racetime_poller.race.views import CarSectors, CarTiming, TimeMark


@dataclass(frozen=True, slots=True)
class _Own:
    """What a driver's laps tell without those of others."""

    completed: int
    newest: LapRow
    last: LapRow | None
    best_millis: int | None
    best_lap: int | None


@remembered(96)
def _own(laps: Mapping[int, LapRow], deleted: AbstractSet[int]) -> _Own:
    timed = (lap for lap in laps.values() if lap_time(lap) and not is_made_up(lap, laps))
    last = max(timed, key=lambda lap: lap.lap_number, default=None)
    times = credible(laps, deleted)[0]
    best = min(times, key=lambda one: (one.value, one.lap), default=None)
    return _Own(
        laps_completed(laps),
        laps[max(laps)],
        last,
        best.value if best else None,
        best.lap if best else None,
    )


@remembered(64)
def timing(laps: Mapping[int, LapRow], book: LapBook) -> CarTiming:
    """Derive a driver's lap times and counts."""
    number = next(iter(laps.values())).driver_number
    own = _own(laps, deleted_of(number, book.deleted))
    last = own.last
    return CarTiming(
        laps_completed=own.completed,
        current_lap=own.newest.lap_number,
        current_lap_at=own.newest.date_start,
        last_lap_millis=lap_time(last) if last else None,
        last_lap_mark=book.marks(last).get(0, _NO_MARK) if last else _NO_MARK,
        best_lap_millis=own.best_millis,
        best_lap=own.best_lap,
    )


_NO_MARK = TimeMark.UNSPECIFIED


@remembered(64)
def sectors(laps: Mapping[int, LapRow], book: LapBook) -> CarSectors:
    """Derive the sectors of a driver's newest lap."""
    lap = laps[max(laps)]
    marks = book.marks(lap)
    values = {f"sector_{n}_millis": sector_time(lap, n) for n in SECTORS}
    worth = {f"sector_{n}_mark": marks.get(n, _NO_MARK) for n in SECTORS}
    segments = {
        f"segments_{n}": tuple(segment(c) for c in getattr(lap, f"segments_sector_{n}") or ())
        for n in SECTORS
    }
    return CarSectors(lap=lap.lap_number, **values, **worth, **segments)  # type: ignore[arg-type]
