"""The laps of cars that drive by themselves as rows, with their stints and stays in the pits."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from racetime_simulator.madeup.circuit import Floats
from racetime_simulator.madeup.drive import Drive, Lap
from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.motion import Integers
from racetime_simulator.madeup.timing import SEGMENTS, mark_seconds
from racetime_simulator.table import Row

ENDS = np.cumsum(SEGMENTS).tolist()
TRAP_METERS = 400.0
_DONE, _OWN_BEST, _BEST, _PIT = 2048, 2049, 2051, 2064
_NEVER = 1 << 60


def driven_lap_rows(story: DrivenStory) -> list[Row]:
    """Return every lap."""
    marks = mark_seconds(story.circuit)
    passed = {
        (car, lap.number): drive.passings(lap, marks)
        for car, drive in enumerate(story.driven.drives)
        for lap in drive.laps
    }
    codes = _segment_codes(story, passed)
    rows = []
    for car, drive in enumerate(story.driven.drives):
        for lap in drive.laps:
            key = (car, lap.number)
            row = _lap_row(story, car, drive, lap, passed[key], codes[key])
            rows.append((lap.start, car, row))
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]


def _lap_row(
    story: DrivenStory, car: int, drive: Drive, lap: Lap, passed: Floats, codes: list[int]
) -> Row:
    instants = [lap.start, *(passed[end - 1] for end in ENDS)]
    millis = [None if np.isnan(at) else round(float(at) * 1000) for at in instants]
    sectors = [
        None if a is None or b is None else round((b - a) / 1000, 3) for a, b in pairwise(millis)
    ]
    whole: float | None = None
    if lap.end is not None and lap.since is not None:
        whole = round((round(lap.end * 1000) - round(lap.since * 1000)) / 1000, 3)
    if lap.is_out:
        # It begins where no line is: at the pit exit.
        sectors[0] = None
    trap = float(np.interp(story.circuit.length - TRAP_METERS, story.circuit.meters, _times(story)))
    speeds = [
        _kph(drive, at)
        for at in (instants[1], instants[2], drive.passings(lap, np.array([trap]))[0])
    ]
    bounds = [0, *ENDS]
    segments = [[code or None for code in codes[a:b]] for a, b in pairwise(bounds)]
    return story.row(
        driver_number=story.number(car),
        lap_number=lap.number,
        date_start=story.date(round(lap.start * 1000)),
        duration_sector_1=sectors[0],
        duration_sector_2=sectors[1],
        duration_sector_3=sectors[2],
        i1_speed=speeds[0],
        i2_speed=speeds[1],
        is_pit_out_lap=lap.is_out,
        lap_duration=whole,
        segments_sector_1=segments[0],
        segments_sector_2=segments[1],
        segments_sector_3=segments[2],
        st_speed=speeds[2],
    )


def _times(story: DrivenStory) -> Floats:
    return story.circuit.times


def _kph(drive: Drive, at: float) -> int | None:
    if np.isnan(at):
        return None
    before, after = drive.distance_at(np.array([at - 0.1, at + 0.1]))
    return round(float(after - before) / 0.2 * 3.6)


def _segment_codes(
    story: DrivenStory, passed: dict[tuple[int, int], Floats]
) -> dict[tuple[int, int], list[int]]:
    """Return the colour of every mini-sector, decided in the order in which they were driven."""
    count = ENDS[-1]
    codes = {key: [0] * count for key in passed}
    best = [_NEVER] * count
    own = [[_NEVER] * count for _ in story.entries]
    for _, car, number, place, length, in_lane in sorted(_driven(story, passed)):
        code = _DONE
        if in_lane:
            code = _PIT
        elif length < best[place]:
            code, best[place] = _BEST, length
        elif length < own[car][place]:
            code = _OWN_BEST
        if not in_lane:
            own[car][place] = min(own[car][place], length)
        codes[car, number][place] = code
    return codes


def _driven(
    story: DrivenStory, passed: dict[tuple[int, int], Floats]
) -> Iterable[tuple[int, int, int, int, int, bool]]:
    """Go through the mini-sectors that were driven: when, by whom, on which lap, how long."""
    for car, drive in enumerate(story.driven.drives):
        for lap in drive.laps:
            instants = passed[car, lap.number]
            lane = drive.in_lane(instants)
            millis: Integers = np.rint(np.nan_to_num(instants, nan=-1.0) * 1000).astype(np.int64)
            before = round(lap.start * 1000)
            for place, at in enumerate(millis.tolist()):
                if np.isnan(instants[place]):
                    break
                # The one that the pit exit lies in is not driven whole.
                part = lap.is_out and before <= round(lap.start * 1000)
                yield at, car, lap.number, place, _NEVER if part else at - before, bool(lane[place])
                before = at


def driven_stint_rows(story: DrivenStory) -> Iterable[Row]:
    """Return the stints: one for each run."""
    for car, drive in enumerate(story.driven.drives):
        own = [stint for stint in story.driven.stints if stint.car == car]
        last = drive.laps[-1].number if drive.laps else 0
        ends = [*(stint.first_lap - 1 for stint in own[1:]), last]
        for number, (stint, end) in enumerate(zip(own, ends, strict=True)):
            yield story.row(
                stint_number=number + 1,
                driver_number=story.number(car),
                lap_start=stint.first_lap,
                lap_end=end,
                compound=stint.compound,
                tyre_age_at_start=stint.age,
            )


def driven_pit_rows(story: DrivenStory) -> list[Row]:
    """Return the stays between two runs, dated at the pit exit; their length holds the garage."""
    rows = []
    for car, drive in enumerate(story.driven.drives):
        for entered, left in zip(drive.entered, drive.left[1:], strict=False):
            lap = max(lap.number for lap in drive.laps if lap.start < entered)
            lane = round(left - entered, 1)
            row = story.row(
                date=story.date(round(left * 1000)),
                driver_number=story.number(car),
                lap_number=lap,
                lane_duration=lane,
                pit_duration=lane,
                stop_duration=None,
            )
            rows.append((left, car, row))
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]
