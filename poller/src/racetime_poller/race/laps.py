"""Laps: their times, their mini-sectors, how many are over."""

from collections.abc import Mapping

from racetime_poller.race.rows import LapRow
from racetime_poller.race.views import Lap, SegmentMark

SECTORS = (1, 2, 3)
_SECTOR_NAMES = {sector: f"duration_sector_{sector}" for sector in SECTORS}
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
    return lap_time(laps[number]) is not None or max(laps) > number


def laps_completed(laps: Mapping[int, LapRow]) -> int:
    """Return how many laps are over; holes in the table count as laps."""
    if not laps:
        return 0
    newest = max(laps)
    return newest if lap_time(laps[newest]) is not None else newest - 1


def sector_time(lap: LapRow, sector: int) -> int | None:
    """Return the time of a sector from 1."""
    return millis(getattr(lap, _SECTOR_NAMES[sector]))


def lap_time(lap: LapRow) -> int | None:
    """Return the time of a lap; without it the sum of its sectors, when all are known."""
    if lap.lap_duration is not None:
        return millis(lap.lap_duration)
    if lap.duration_sector_3 is None:
        return None
    first, second, third = (sector_time(lap, sector) for sector in SECTORS)
    if first is None or second is None or third is None:
        return None
    return first + second + third


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


def in_pit_lane(laps: Mapping[int, LapRow]) -> bool:
    """Tell whether the newest mini-sector that a car drove lies in the pit lane."""
    newest = max(laps)
    for number in (newest, newest - 1):
        code = _newest_code(laps[number]) if number in laps else None
        if code:
            return bool(code & _PIT_LANE)
    return False


def _newest_code(lap: LapRow) -> int | None:
    for sector in reversed(SECTORS):
        for code in reversed(getattr(lap, f"segments_sector_{sector}") or ()):
            if code:
                return int(code)
    return None


def history(lap: LapRow, *, deleted: bool = False) -> Lap:
    """Return a lap as the history keeps it."""
    return Lap(
        driver_number=lap.driver_number,
        lap_number=lap.lap_number,
        lap_millis=lap_time(lap),
        sector_1_millis=sector_time(lap, 1),
        sector_2_millis=sector_time(lap, 2),
        sector_3_millis=sector_time(lap, 3),
        start_at=lap.date_start,
        pit_out=bool(lap.is_pit_out_lap),
        intermediate_1_speed_kph=lap.i1_speed or None,
        intermediate_2_speed_kph=lap.i2_speed or None,
        speed_trap_kph=lap.st_speed or None,
        deleted=deleted,
    )
