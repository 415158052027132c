"""When each car crossed the lines of the timing, from its laps: who was where, in the same place.

Lines are numbered through a whole race: lap n begins at line 3 n, its sectors 1 and 2 end at the
next two. The finish of the last lap is the line at which the next one would begin.
"""

from collections.abc import Mapping
from itertools import pairwise

from racetime_poller.race.laps import SECTORS, lap_time, millis
from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import LapRow

LINES = len(SECTORS)
# No two lines are so close; the feed's starts of laps are wrong by less.
_MIN_STEP_MILLIS = 3_000


@remembered(96)
def crossings(laps: Mapping[int, LapRow]) -> dict[int, int]:
    """Return the instant of each line that a car of a race crossed, in their order.

    What a lap's own start does not tell, the end of the lap before does.
    """
    known: dict[int, int] = {}
    for number in sorted(laps):
        lap = laps[number]
        begin = LINES * number
        if lap.date_start is not None:
            known[begin] = int(lap.date_start)
        at = known.get(begin)
        if at is None:
            continue
        for line, name in ((begin + 1, "duration_sector_1"), (begin + 2, "duration_sector_2")):
            span = millis(getattr(lap, name))
            if span is None:
                break
            at += span
            known[line] = at
        if (whole := lap_time(lap)) is not None:
            known[begin + LINES] = known[begin] + whole
    return _rising(known)


def _rising(known: Mapping[int, int]) -> dict[int, int]:
    """Drop instants that lie before those of earlier lines: one of the two is a fault."""
    lines = sorted(known)
    steps = pairwise(lines)
    faults = {b for a, b in steps if known[b] < known[a] + _MIN_STEP_MILLIS}
    return {line: known[line] for line in lines if line not in faults}
