"""When each car passed the lines of the timing, as far as its laps tell.

Lines are numbered on through all laps: lap n begins at line 3 n, its sectors 1 and 2 end at the
next two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from racetime_poller.race.laps import SECTORS, millis
from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import LapRow

LINES = 3
# A pair of lines is passed in no less; what is closer is a fault.
_MIN_MILLIS = 3_000
_PIT_LANE = 16


@dataclass(frozen=True, slots=True)
class Passages:
    """A car's passages in order, and how long it took from the line before to each."""

    lines: tuple[int, ...] = ()
    instants: tuple[int, ...] = ()
    spans: Mapping[int, int] | None = None
    # Laps that began in the pits.
    out_laps: frozenset[int] = frozenset()
    # Outside races: how long it took from the pits to the end of the first sector.
    out_millis: tuple[int, ...] = ()
    # The last line that the newest lap's times show as passed, be it known when or not; the share
    # of the sector behind it that its mini-sectors show as driven; whether the last of them lies in
    # the pits.
    last_line: int = 0
    driven_share: float = 0.0
    in_pit: bool = False
    # Of the laps that are over: how many, and how often each line of theirs is known.
    laps_over: int = 0
    known: tuple[int, int, int] = (0, 0, 0)


@remembered(96)
def passages(laps: Mapping[int, LapRow], is_race: bool) -> Passages:
    """Read a car's passages from its laps.

    Outside races a lap out of the pits begins in them, and its time and that of its first sector
    count from somewhere before: of such a lap only the start tells when a line was passed.
    """
    at: dict[int, int] = {}
    spans: dict[int, int] = {}
    out_laps = frozenset(n for n, lap in laps.items() if lap.is_pit_out_lap and n > 1 - is_race)
    for number, lap in laps.items():
        counts = is_race or not lap.is_pit_out_lap
        for line, instant in _passed(lap, laps.get(number + 1), counts):
            at.setdefault(line, instant)
        for sector in SECTORS:
            if counts or sector > 1:
                value = millis(getattr(lap, f"duration_sector_{sector}"))
                if value is not None:
                    spans[LINES * number + sector] = value
    out_times = [
        _from_exit(lap, laps.get(n + 1)) for n, lap in laps.items() if n in out_laps and not is_race
    ]
    ordered = _ordered(at)
    last_line, share, in_pit = _driven(laps)
    over = [n for n in sorted(laps) if n < max(laps) and (is_race or not laps[n].is_pit_out_lap)]
    over = over[-LINES:]
    known = [sum(LINES * (n + (k == 0)) + k in at for n in over) for k in range(LINES)]
    return Passages(
        tuple(line for line, _ in ordered),
        tuple(instant for _, instant in ordered),
        spans,
        out_laps,
        tuple(value for value in out_times if value is not None),
        last_line,
        share,
        in_pit,
        len(over),
        (known[0], known[1], known[2]),
    )


def _passed(lap: LapRow, after: LapRow | None, counts: bool) -> list[tuple[int, int]]:
    """Return the lines of a lap with the instants at which they were passed."""
    if lap.date_start is None:
        return []
    line, at = LINES * lap.lap_number, int(lap.date_start)
    passed = [(line, at)]
    if not counts:
        return passed
    for sector in SECTORS[:-1]:
        span = millis(getattr(lap, f"duration_sector_{sector}"))
        if span is None:
            break
        at += span
        passed.append((line + sector, at))
    duration = millis(lap.lap_duration)
    if duration is not None and (after is None or after.date_start is None):
        passed.append((line + LINES, int(lap.date_start) + duration))
    return passed


def _from_exit(lap: LapRow, after: LapRow | None) -> int | None:
    """Return how long a car took from the pits to the end of the first sector."""
    rest = [millis(lap.duration_sector_2), millis(lap.duration_sector_3)]
    if lap.date_start is None or after is None or after.date_start is None or None in rest:
        return None
    taken = after.date_start - lap.date_start - sum(value or 0 for value in rest)
    return taken if taken > _MIN_MILLIS else None


def _ordered(at: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return passages in order, without those that would be before an earlier line's."""
    ordered: list[tuple[int, int]] = []
    for line in sorted(at, reverse=True):
        if not ordered or at[line] + _MIN_MILLIS <= ordered[-1][1]:
            ordered.append((line, at[line]))
    return ordered[::-1]


def last_line(laps: Mapping[int, LapRow]) -> int:
    """Return the last line that the newest lap's times show as passed, be it known when or not."""
    if not laps:
        return 0
    lap = laps[max(laps)]
    known = (n for n in SECTORS if getattr(lap, f"duration_sector_{n}") is not None)
    return LINES * lap.lap_number + max(known, default=0)


def _driven(laps: Mapping[int, LapRow]) -> tuple[int, float, bool]:
    """Return the last line that was passed, how much of the sector behind it is driven, and whether
    that is in the pits."""
    line = last_line(laps)
    if not line:
        return 0, 0.0, False
    lap = laps[max(laps)]
    if line == LINES * (lap.lap_number + 1):
        return line, 0.0, False
    codes = getattr(lap, f"segments_sector_{line % LINES + 1}") or ()
    last = max((place for place, code in enumerate(codes, 1) if code), default=0)
    in_pit = last > 0 and bool((codes[last - 1] or 0) & _PIT_LANE)
    return line, (last / len(codes) if codes else 0.0), in_pit
