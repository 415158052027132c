"""Lap times, their worth, and the best of the session, from the table of laps."""

from bisect import insort
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from racetime_poller.race.flags import Control
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import (
    CarBests,
    CarSectors,
    CarTiming,
    Lap,
    SegmentMark,
    SessionBests,
    TimeMark,
)

V = TypeVar("V")

SECTORS = (1, 2, 3)
# Segment codes look like bits: 2048 driven, 1 personal best, 2 overall best, 16 pit lane.
_PIT_LANE, _OVERALL, _PERSONAL, _DRIVEN = 16, 2, 1, 2048
# No lap and no sector takes longer, but for red flags.
_MAX_MILLIS = 4 * 3600 * 1000


def millis(seconds: float | None) -> int | None:
    """Return seconds as milliseconds; None for what is not known or cannot be a time."""
    if seconds is None or not 0 < seconds * 1000 <= _MAX_MILLIS:
        return None
    return round(seconds * 1000)


def is_completed(laps: Mapping[int, LapRow], number: int) -> bool:
    """Tell whether a lap is over: it has a time, or a later one has begun."""
    return laps[number].lap_duration is not None or max(laps) > number


def laps_completed(laps: Mapping[int, LapRow]) -> int:
    """Return how many laps are over; holes in the table count as laps."""
    if not laps:
        return 0
    newest = max(laps)
    return newest if laps[newest].lap_duration is not None else newest - 1


class Set(NamedTuple):
    """A time that was set: when, by whom, on which lap. A tuple, since they are sorted a lot."""

    at: int
    value: int
    driver_number: int
    lap: int


def _sector_value(lap: LapRow, sector: int) -> int | None:
    return millis(getattr(lap, f"duration_sector_{sector}"))


def _sets(lap: LapRow) -> Iterable[tuple[int, Set]]:
    """Yield what a lap set: 0 is the lap, 1 to 3 are its sectors. Instants need the lap's start."""
    if lap.date_start is None:
        return
    at = int(lap.date_start)
    for sector in SECTORS:
        value = _sector_value(lap, sector)
        if value is None:
            break
        at += value
        yield sector, Set(at, value, lap.driver_number, lap.lap_number)
    if (value := millis(lap.lap_duration)) is not None:
        yield 0, Set(lap.date_start + value, value, lap.driver_number, lap.lap_number)


@dataclass(frozen=True, slots=True)
class Records:
    """The successive best times of one measure, in the order in which they were set."""

    sets: tuple[Set, ...] = ()

    @staticmethod
    def of(sets: Iterable[Set]) -> "Records":
        """Keep of many times those that were a record when they were set."""
        records: list[Set] = []
        for one in sorted(sets):
            if not records or one.value < records[-1].value:
                records.append(one)
        return Records(tuple(records))

    def before(self, at: int) -> int | None:
        """Return the best value set before an instant; None when there was none."""
        best = None
        for one in self.sets:
            if one.at >= at:
                break
            best = one.value
        return best

    @property
    def best(self) -> Set | None:
        """The best of all."""
        return self.sets[-1] if self.sets else None


@dataclass(frozen=True, slots=True)
class LapBook:
    """Records of the field and of each driver, by measure: 0 is the lap, 1 to 3 are the sectors."""

    overall: tuple[Records, ...]
    personal: Mapping[int, tuple[Records, ...]]

    def mark(self, measure: int, one: Set) -> TimeMark:
        """Tell what a time was worth when it was set."""
        for records, mark in (
            (self.overall[measure], TimeMark.OVERALL_BEST),
            (self.personal[one.driver_number][measure], TimeMark.PERSONAL_BEST),
        ):
            best = records.before(one.at)
            if best is None or one.value < best:
                return mark
        return TimeMark.SLOWER


@lru_cache(maxsize=256)
def _driver_records(key: int, laps: "_Laps[LapRow]") -> tuple[Records, ...]:
    by_measure: list[list[Set]] = [[], [], [], []]
    for lap in laps.table.values():
        for measure, one in _sets(lap):
            insort(by_measure[measure], one)
    return tuple(Records.of(sets) for sets in by_measure)


class _Laps(Generic[V]):
    """A table that is hashed by identity: tables are never changed in place."""

    __slots__ = ("table",)

    def __init__(self, table: Mapping[int, V]) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Laps) and other.table is self.table


def lap_book(race: Race) -> LapBook:
    """Read all records from the laps of a race; what is unchanged comes from a cache."""
    return _lap_book(_Laps(race.laps))


@lru_cache(maxsize=4)
def _lap_book(tables: "_Laps[Mapping[int, LapRow]]") -> LapBook:
    personal = {
        number: _driver_records(number, _Laps(laps)) for number, laps in tables.table.items()
    }
    overall = tuple(
        Records.of(one for records in personal.values() for one in records[measure].sets)
        for measure in range(4)
    )
    return LapBook(overall, personal)


def timing(laps: Mapping[int, LapRow], book: LapBook) -> CarTiming:
    """Derive a driver's lap times and counts."""
    newest = laps[max(laps)]
    timed = [lap for lap in laps.values() if millis(lap.lap_duration) is not None]
    last = max(timed, key=lambda lap: lap.lap_number, default=None)
    best = min(timed, key=lambda lap: (lap.lap_duration, lap.lap_number), default=None)
    return CarTiming(
        laps_completed=laps_completed(laps),
        current_lap=newest.lap_number,
        current_lap_at=newest.date_start,
        last_lap_millis=millis(last.lap_duration) if last else None,
        last_lap_mark=_mark(last, 0, book),
        best_lap_millis=millis(best.lap_duration) if best else None,
        best_lap=best.lap_number if best else None,
    )


def _mark(lap: LapRow | None, measure: int, book: LapBook) -> TimeMark:
    if lap is None:
        return TimeMark.UNSPECIFIED
    for found, one in _sets(lap):
        if found == measure:
            return book.mark(measure, one)
    return TimeMark.UNSPECIFIED


def segment(code: int | None) -> SegmentMark:
    """Read a mini-sector code of OpenF1."""
    if code is None:
        return SegmentMark.UNSPECIFIED
    if code & _PIT_LANE:
        return SegmentMark.PIT_LANE
    if code & _OVERALL and code & _PERSONAL:
        return SegmentMark.OVERALL_BEST
    if code & _PERSONAL:
        return SegmentMark.PERSONAL_BEST
    return SegmentMark.SLOWER if code & _DRIVEN else SegmentMark.NONE


def sectors(laps: Mapping[int, LapRow], book: LapBook) -> CarSectors:
    """Derive the sectors of a driver's newest lap."""
    lap = laps[max(laps)]
    marks = {measure: book.mark(measure, one) for measure, one in _sets(lap)}
    values = {f"sector_{n}_millis": _sector_value(lap, n) for n in SECTORS}
    worth = {f"sector_{n}_mark": marks.get(n, TimeMark.UNSPECIFIED) for n in SECTORS}
    segments = {
        f"segments_{n}": tuple(segment(c) for c in getattr(lap, f"segments_sector_{n}") or ())
        for n in SECTORS
    }
    return CarSectors(lap=lap.lap_number, **values, **worth, **segments)  # type: ignore[arg-type]


def bests(race: Race, book: LapBook) -> SessionBests:
    """Derive the best times of the session."""
    lap, *by_sector = (records.best for records in book.overall)
    speeds = [
        (row.st_speed, -row.lap_number, -number)
        for number, laps in race.laps.items()
        for row in laps.values()
        if row.st_speed
    ]
    speed = max(speeds, default=None)
    values: dict[str, int] = {}
    for sector, best in zip(SECTORS, by_sector, strict=True):
        if best:
            values[f"sector_{sector}_millis"] = best.value
            values[f"sector_{sector}_driver_number"] = best.driver_number
    return SessionBests(
        lap_millis=lap.value if lap else None,
        lap_driver_number=lap.driver_number if lap else None,
        lap=lap.lap if lap else None,
        speed_trap_kph=speed[0] if speed else None,
        speed_trap_driver_number=-speed[2] if speed else None,
        **values,
    )


def car_bests(
    race: Race, control: Control, deleted: AbstractSet[tuple[int, int]]
) -> Mapping[int, CarBests]:
    """Derive each car's best sectors, speed and laps of the phases of qualifying."""
    return {}


def history(lap: LapRow, *, deleted: bool = False) -> Lap:
    """Return a lap as the history keeps it."""
    return Lap(
        driver_number=lap.driver_number,
        lap_number=lap.lap_number,
        lap_millis=millis(lap.lap_duration),
        sector_1_millis=_sector_value(lap, 1),
        sector_2_millis=_sector_value(lap, 2),
        sector_3_millis=_sector_value(lap, 3),
        start_at=lap.date_start,
        pit_out=bool(lap.is_pit_out_lap),
        intermediate_1_speed_kph=lap.i1_speed or None,
        intermediate_2_speed_kph=lap.i2_speed or None,
        speed_trap_kph=lap.st_speed or None,
        deleted=deleted,
    )
