"""The laps of a simulated race as OpenF1's rows, with their stints and stops."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from racetime_simulator.madeup.motion import Integers
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.timing import SEGMENTS, Timing
from racetime_simulator.table import Row


def lap_rows(story: Story) -> Iterable[Row]:
    """Return every lap that was begun before the flag."""
    timing = story.timing
    speeds, codes, outs = _mark_speeds(timing), _segment_codes(timing), timing.trace.outs
    rows: list[tuple[int, int, Row]] = []
    for car in range(timing.cars):
        passed = timing.passings[car]
        driven = timing.finishes[car][0] + (car in timing.trace.retired)
        for lap in range(driven):
            start = 0 if lap == 0 else int(passed[lap - 1, -1])
            row = story.row(
                driver_number=story.number(car),
                lap_number=lap + 1,
                date_start=story.date(start),
                is_pit_out_lap=(car, lap + 1) in outs,
                **_times(start, passed[lap], speeds[car][lap]),
                **_segments(codes[car][lap]),
            )
            rows.append((start, car, row))
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]


def _times(start: int, passed: Integers, speeds: tuple[int, int, int]) -> Row:
    instants = [start] + [int(passed[end - 1]) for end in np.cumsum(SEGMENTS).tolist()]
    sectors = [(b - a) / 1000 if a >= 0 and b >= 0 else None for a, b in pairwise(instants)]
    return {
        "duration_sector_1": sectors[0],
        "duration_sector_2": sectors[1],
        "duration_sector_3": sectors[2],
        "i1_speed": None if sectors[0] is None else speeds[0],
        "i2_speed": None if sectors[1] is None else speeds[1],
        "st_speed": None if sectors[1] is None else speeds[2],
        "lap_duration": (instants[3] - start) / 1000 if instants[3] >= 0 else None,
    }


def _segments(codes: Integers) -> Row:
    bounds = [0, *np.cumsum(SEGMENTS).tolist()]
    return {
        f"segments_sector_{number}": [code or None for code in codes[begin:end].tolist()]
        for number, (begin, end) in enumerate(pairwise(bounds), start=1)
    }


def _mark_speeds(timing: Timing) -> list[list[tuple[int, int, int]]]:
    """Return for each car and lap the speeds at both intermediates and at the trap."""
    trace = timing.trace
    circuit = trace.circuit
    first, second = SEGMENTS[0] - 1, SEGMENTS[0] + SEGMENTS[1] - 1
    trap = float(np.interp(circuit.length - 400, circuit.meters, circuit.times))
    speeds: list[list[tuple[int, int, int]]] = []
    for car in range(timing.cars):
        own: list[tuple[int, int, int]] = []
        for lap in range(trace.laps):
            read: list[int] = []
            for at in (float(timing.marks[first]), float(timing.marks[second]), trap):
                wanted = lap * circuit.lap_seconds + at
                step = min(
                    int(np.searchsorted(trace.progress[:, car], wanted)), len(trace.times) - 1
                )
                _, limit = circuit.place_of(at)
                read.append(round(float(trace.pace[step, car]) * limit * 3.6))
            own.append((read[0], read[1], read[2]))
        speeds.append(own)
    return speeds


def _segment_codes(timing: Timing) -> list[Integers]:
    """Return the colour of every mini-sector, decided in the order in which they were driven."""
    trace = timing.trace
    count = sum(SEGMENTS)
    codes = [np.zeros((trace.laps, count), dtype=np.int64) for _ in range(timing.cars)]
    taken: list[tuple[int, int, int, int, int]] = []
    for car in range(timing.cars):
        flat = timing.passings[car].reshape(-1)
        lengths = np.diff(np.concatenate(([0], flat)))
        lane = np.interp(flat / 1000, trace.times, trace.in_lane[:, car]) > 0
        for place in np.flatnonzero(flat >= 0).tolist():
            taken.append(
                (int(flat[place]), car, place, int(lengths[place]), int(bool(lane[place])))
            )
    best = [1 << 60] * count
    own = [[1 << 60] * count for _ in range(timing.cars)]
    for _, car, place, length, in_lane in sorted(taken):
        lap, segment = divmod(place, count)
        code = 2048
        if in_lane:
            code = 2064
        elif length < best[segment]:
            code, best[segment] = 2051, length
        elif length < own[car][segment]:
            code = 2049
        if not in_lane:
            own[car][segment] = min(own[car][segment], length)
        codes[car][lap, segment] = code
    return codes


def stint_rows(story: Story) -> Iterable[Row]:
    """Return the stints."""
    timing = story.timing
    for car in range(timing.cars):
        own = [stint for stint in timing.trace.stints if stint.car == car]
        laps = timing.finishes[car][0] + (car in timing.trace.retired)
        for number, stint in enumerate(own):
            end = own[number + 1].first_lap - 1 if number + 1 < len(own) else laps
            yield story.row(
                stint_number=number + 1,
                driver_number=story.number(car),
                lap_start=stint.first_lap,
                lap_end=end,
                compound=stint.compound,
                tyre_age_at_start=stint.age,
            )


def pit_rows(story: Story) -> Iterable[Row]:
    """Return the stops, dated at the pit exit."""
    for stop in sorted(story.timing.trace.stops, key=lambda stop: stop.exit):
        lane = round(stop.exit - stop.entry, 1)
        yield story.row(
            date=story.date(round(stop.exit * 1000)),
            driver_number=story.number(stop.car),
            lap_number=stop.lap,
            lane_duration=lane,
            pit_duration=lane,
            stop_duration=round(stop.stationary, 1),
        )
