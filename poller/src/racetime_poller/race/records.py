"""The best times of a session, by measure, and what a time was worth when it was set.

Times that race control deleted do not count, nor what cannot be a time of this car.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from racetime_poller.race.laps import SECTORS, lap_time, sector_time
from racetime_poller.race.memo import remembered, same
from racetime_poller.race.rows import Instant, LapRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import TimeMark

LapKeys = AbstractSet[tuple[int, int]]
NONE_DELETED: LapKeys = frozenset()

# Measure 0 is the lap, 1 to 3 are its sectors.
_MEASURES = range(4)
# A time that is a smaller share of the driver's next best is a fault of the feed.
_MIN_SHARE = 0.5
# Fewer times have no others to go by.
_MIN_TIMES = 3
# Stands for the instant of a time of which it is not known: it counts, after all others.
UNKNOWN_AT = 2**62
# A lap that takes so many times the median, and left no pits, is made up by a feed that began late.
_MAX_SHARE = 3.0


class Set(NamedTuple):
    """A time that was set: when, by whom, on which lap. A tuple, since they are sorted a lot."""

    at: int
    value: int
    driver_number: int
    lap: int


@remembered(4096)
def sets(lap: LapRow) -> Sequence[tuple[int, Set]]:
    """Return measure and time of what a lap set; an instant needs the lap's start and all before.

    Most laps are over and stay as they are.
    """
    found = []
    at = lap.date_start
    for sector in SECTORS:
        value = sector_time(lap, sector)
        at = None if at is None or value is None else Instant(at + value)
        if value is not None:
            found.append((sector, _set(lap, at, value)))
    if (value := lap_time(lap)) is not None:
        end = None if lap.date_start is None else lap.date_start + value
        found.append((0, _set(lap, end, value)))
    return tuple(found)


def _set(lap: LapRow, at: int | None, value: int) -> Set:
    return Set(UNKNOWN_AT if at is None else int(at), value, lap.driver_number, lap.lap_number)


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
        index = bisect_left(self.sets, at, key=lambda one: one.at)
        return self.sets[index - 1].value if index else None

    @property
    def best(self) -> Set | None:
        """The best of all."""
        return self.sets[-1] if self.sets else None


@dataclass(frozen=True, slots=True)
class LapBook:
    """Records of the field and of each driver, by measure."""

    overall: tuple[Records, ...]
    personal: Mapping[int, tuple[Records, ...]]
    deleted: LapKeys = NONE_DELETED

    def marks(self, lap: LapRow) -> Mapping[int, TimeMark]:
        """Tell what the times of a lap were worth when they were set, by measure.

        A time that was deleted is worth nothing: what it is told to be would be a lie.
        """
        if (lap.driver_number, lap.lap_number) in self.deleted:
            return {}
        return {measure: self._mark(measure, one) for measure, one in sets(lap)}

    def _mark(self, measure: int, one: Set) -> TimeMark:
        for records, mark in (
            (self.overall[measure], TimeMark.OVERALL_BEST),
            (self.personal[one.driver_number][measure], TimeMark.PERSONAL_BEST),
        ):
            best = records.before(one.at)
            if best is None or one.value < best:
                return mark
        return TimeMark.SLOWER


@remembered(96)
def _median(laps: Mapping[int, LapRow]) -> float | None:
    """Return the median of a driver's lap times; None when there are too few."""
    times = [value for lap in laps.values() if (value := lap_time(lap)) is not None]
    return median(times) if len(times) >= _MIN_TIMES else None


def is_made_up(lap: LapRow, laps: Mapping[int, LapRow]) -> bool:
    """Tell whether the time of a lap can only come from a feed that began late: far too long, not
    out of the pits, and the laps after it are not there."""
    # The newest lap of all is followed by none either, and most laps are by their next.
    if lap.is_pit_out_lap or lap.lap_number + 1 in laps or (value := lap_time(lap)) is None:
        return False
    usual = _median(laps)
    return usual is not None and value > _MAX_SHARE * usual and max(laps) > lap.lap_number


_value = attrgetter("value")


def _credible(times: list[Set]) -> list[Set]:
    """Drop times that are far too short."""
    times.sort(key=_value)
    while len(times) >= _MIN_TIMES and times[0].value < _MIN_SHARE * times[1].value:
        del times[0]
    return times


@remembered(96)
def credible(laps: Mapping[int, LapRow], deleted: AbstractSet[int]) -> Sequence[Sequence[Set]]:
    """Return a driver's times that count, by measure, the best first."""
    by_measure: list[list[Set]] = [[] for _ in _MEASURES]
    for lap in laps.values():
        if lap.lap_number in deleted or is_made_up(lap, laps):
            continue
        for measure, one in sets(lap):
            by_measure[measure].append(one)
    return [_credible(times) for times in by_measure]


@remembered(96)
def _driver_records(laps: Mapping[int, LapRow], deleted: AbstractSet[int]) -> tuple[Records, ...]:
    # Most laps set no record.
    return same(tuple(Records.of(times) for times in credible(laps, deleted)))


@remembered(8)
def _by_driver(deleted: LapKeys) -> Mapping[int, AbstractSet[int]]:
    numbers = {number for number, _ in deleted}
    return {n: frozenset(lap for number, lap in deleted if number == n) for n in numbers}


def lap_book(race: Race, deleted: LapKeys = NONE_DELETED) -> LapBook:
    """Read all records from the laps of a race; what is unchanged comes from a cache."""
    return _lap_book(race.laps, deleted)


def deleted_of(number: int, deleted: LapKeys) -> AbstractSet[int]:
    """Return the laps of a driver whose time does not count; the same object while it is equal."""
    return _by_driver(deleted).get(number, _NO_LAPS)


_NO_LAPS: AbstractSet[int] = frozenset()


@remembered(4)
def _lap_book(tables: Mapping[int, Mapping[int, LapRow]], deleted: LapKeys) -> LapBook:
    records = [
        _driver_records(laps, deleted_of(number, deleted)) for number, laps in tables.items()
    ]
    return _bound(deleted, same(tuple(tables)), *records)


@remembered(4)
def _bound(deleted: LapKeys, numbers: tuple[int, ...], *records: tuple[Records, ...]) -> LapBook:
    overall = tuple(
        Records.of(one for personal in records for one in personal[measure].sets)
        for measure in _MEASURES
    )
    return LapBook(overall, dict(zip(numbers, records, strict=True)), deleted)
