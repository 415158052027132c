"""How far each car is behind: what the feed says and, where it says less, what follows from it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from racetime_poller.race.crossings import crossings
from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Distance, Gap, Race
from racetime_poller.race.views import CarGap

# Instants of the feed that are so close tell of one moment.
_SAME_MOMENT_MILLIS = 5_000
# A gap of a car that began so many laps since is not true any more.
_OLD_LAPS = 3
_NO_LAPS: Mapping[int, LapRow] = {}
_NOTHING = CarGap()
_LEADER = CarGap(gap_to_leader_millis=0, interval_millis=0)


def gaps(race: Race, order: Sequence[int], out: AbstractSet[int]) -> Mapping[int, CarGap]:
    """Derive the gaps of all cars, given their order and who of them is out of the race.

    Cars that are out have none. Outside races the feed gives none, and none are made up.
    """
    running = [number for number in order if number not in out]
    if not race.is_race or not running or not (race.gaps or race.laps):
        return {}
    found = {number: _NOTHING for number in order if number in out}
    leader = race.laps.get(running[0], _NO_LAPS)
    found[running[0]] = _LEADER
    ahead = _LEADS
    for place, number in enumerate(running[1:], start=2):
        laps = race.laps.get(number, _NO_LAPS)
        gap = _filled(_current(race.gaps.get(number), laps), ahead, is_second=place == 2)
        lacks_time = gap.to_leader is None or gap.to_leader.millis is None
        found[number] = _view(gap, behind_leader(laps, leader) if lacks_time else None)
        ahead = gap
    return found


_UNKNOWN = Gap()
_LEADS = Gap(to_leader=Distance(millis=0))


@remembered(96)
def _oldest(laps: Mapping[int, LapRow]) -> int:
    """Return the instant before which gaps of a car are too old to be true."""
    begun = sorted((int(lap.date_start) for lap in laps.values() if lap.date_start), reverse=True)
    return begun[_OLD_LAPS - 1] if len(begun) >= _OLD_LAPS else 0


def _current(gap: Gap | None, laps: Mapping[int, LapRow]) -> Gap:
    """Return a gap without what is too old to be true."""
    if gap is None:
        return _UNKNOWN
    oldest = _oldest(laps)
    leads = (gap.to_leader_date or 0) >= oldest
    follows = (gap.interval_date or 0) >= oldest
    if leads and follows:
        return gap
    return Gap(
        gap.to_leader if leads else None,
        gap.to_leader_date if leads else None,
        gap.interval if follows else None,
        gap.interval_date if follows else None,
    )


@remembered(96)
def behind_leader(laps: Mapping[int, LapRow], leader: Mapping[int, LapRow]) -> int | None:
    """Return how long after the leader a car passed the last line of the timing that both passed:
    exact there, and an estimate until the next one."""
    passed, before = crossings(laps), crossings(leader)
    for line in reversed(passed):
        if line in before:
            return passed[line] - before[line] if passed[line] >= before[line] else None
    return None


def _filled(gap: Gap, ahead: Gap, is_second: bool) -> Gap:
    """Return a gap with what follows from the one ahead: both tell of the same distances."""
    if gap.to_leader is not None and gap.to_leader.millis == 0:
        # It led when this was told, and does no more.
        gap = replace(gap, to_leader=None, to_leader_date=None)
        if gap.interval is not None and gap.interval.millis == 0:
            gap = replace(gap, interval=None, interval_date=None)
    if gap.interval is None and gap.to_leader is not None:
        interval = gap.to_leader if is_second else _difference(gap, ahead)
        if interval is not None:
            gap = replace(gap, interval=interval, interval_date=gap.to_leader_date)
    elif gap.to_leader is None and gap.interval is not None:
        to_leader = gap.interval if is_second else _sum(gap, ahead)
        if to_leader is not None:
            gap = replace(gap, to_leader=to_leader, to_leader_date=gap.interval_date)
    return gap


def _view(gap: Gap, estimate: int | None) -> CarGap:
    to_leader, interval = gap.to_leader or _UNTOLD, gap.interval or _UNTOLD
    return CarGap(
        gap_to_leader_millis=to_leader.millis,
        gap_to_leader_laps=to_leader.laps,
        interval_millis=interval.millis,
        interval_laps=interval.laps,
        estimated_gap_to_leader_millis=estimate,
    )


_UNTOLD = Distance()


def _difference(gap: Gap, ahead: Gap) -> Distance | None:
    """Return the interval of two cars whose gaps to the leader were told at one moment."""
    if gap.to_leader is None or ahead.to_leader is None:
        return None
    mine, other = gap.to_leader.millis, ahead.to_leader.millis
    if mine is None or other is None or mine < other:
        return None
    if not _same_moment(gap.to_leader_date, ahead.to_leader_date):
        return None
    return Distance(millis=mine - other)


def _sum(gap: Gap, ahead: Gap) -> Distance | None:
    """Return the gap of a car that is told, at one moment, how far behind the car ahead it is."""
    if gap.interval is None or ahead.to_leader is None:
        return None
    mine, other = gap.interval.millis, ahead.to_leader.millis
    if mine is None or other is None or not _same_moment(gap.interval_date, ahead.to_leader_date):
        return None
    return Distance(millis=mine + other)


def _same_moment(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= _SAME_MOMENT_MILLIS
