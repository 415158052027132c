"""A simulated race as OpenF1's rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from racetime_simulator.madeup.circuit import Circuit
from racetime_simulator.madeup.field import Entry
from racetime_simulator.madeup.motion import Integers, Motion
from racetime_simulator.madeup.stewards import tell_matter
from racetime_simulator.madeup.story import SessionStory
from racetime_simulator.madeup.timing import SEGMENTS, Timing
from racetime_simulator.madeup.weekend import driver_rows, meeting_row, session_rows, weather_rows
from racetime_simulator.table import Row

POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)
SPRINT_POINTS = (8, 7, 6, 5, 4, 3, 2, 1)
MARSHAL_SECTORS = 16


@dataclass(frozen=True)
class Story(SessionStory):
    """A simulated race. Instants are milliseconds since lights out."""

    timing: Timing

    @property
    def circuit(self) -> Circuit:
        """Return where it is driven."""
        return self.timing.trace.circuit

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return who takes part."""
        return self.timing.trace.entries

    @property
    def end(self) -> int:
        """Return when the last lap ends."""
        return max(end for _, end in self.timing.finishes)

    @property
    def seen_until(self) -> float:
        """Return until when cars are seen, in seconds."""
        return float(self.timing.trace.times[-1])

    @property
    def lights_out(self) -> datetime:
        """Return when the race starts."""
        return self.zero

    @property
    def points(self) -> tuple[int, ...]:
        """Return what the places are worth."""
        return SPRINT_POINTS if self.kind == "sprint" else POINTS

    @property
    def grid_key(self) -> int:
        """Return the key of the session that made the grid."""
        return self.session_key - 1

    def motion_at(self, millis: Integers) -> Motion:
        """Return the motion of all cars."""
        return self.timing.motion_at(millis)


def race_rows(story: Story) -> dict[str, list[Row]]:
    """Return all rows but telemetry and the championship, as they are when all is over."""
    order_rows, overtakes = positions_and_overtakes(story)
    laps = list(lap_rows(story))
    return {
        "sessions": session_rows(story),
        "meetings": [meeting_row(story)],
        "drivers": list(driver_rows(story)),
        "starting_grid": list(grid_rows(story)),
        "position": order_rows,
        "overtakes": overtakes,
        "intervals": interval_rows(story),
        "laps": laps,
        "stints": list(stint_rows(story)),
        "pit": list(pit_rows(story)),
        "race_control": race_control_rows(story),
        "weather": list(weather_rows(story)),
        "session_result": list(result_rows(story)),
    }


def grid_rows(story: Story) -> Iterable[Row]:
    """Return the grid, under the qualifying's key as OpenF1 has it."""
    trace = story.timing.trace
    pole = trace.circuit.lap_seconds + 0.6
    random = story.random(1)
    lost = np.concatenate(([0.0], np.cumsum(random.exponential(0.075, len(trace.grid) - 1))))
    for place, car in enumerate(trace.grid):
        yield {
            "position": place + 1,
            "driver_number": story.number(car),
            "lap_duration": round(float(pole + lost[place]), 3),
            "meeting_key": story.meeting_key,
            "session_key": story.grid_key,
        }


def positions_and_overtakes(story: Story) -> tuple[list[Row], list[Row]]:
    """Return a row for each change of place, one instant forming one order, and who passed whom."""
    timing = story.timing
    last = max(end for _, end in timing.finishes)
    millis = np.append(np.arange(3_000, last + 2_000, 700), last + 3_000).astype(np.int64)
    orders = timing.orders_at(millis)
    places: list[Row] = []
    overtakes: list[Row] = []
    current = list(timing.trace.grid)
    for place, car in enumerate(current):
        places.append(
            story.row(
                driver_number=story.number(car), date=story.date(story.notice), position=place + 1
            )
        )
    for instant, order in zip(millis.tolist(), orders.tolist(), strict=True):
        if order == current:
            continue
        date = story.date(instant)
        before = {car: place for place, car in enumerate(current)}
        for place, car in enumerate(order):
            if before[car] != place:
                places.append(
                    story.row(driver_number=story.number(car), date=date, position=place + 1)
                )
            overtakes += [
                story.row(
                    overtaking_driver_number=story.number(car),
                    overtaken_driver_number=story.number(other),
                    date=date,
                    position=place + 1,
                )
                for other in order[place + 1 :]
                if before[other] < before[car] and other != timing.trace.retired_car
            ]
        current = order
    return places, overtakes


def interval_rows(story: Story) -> list[Row]:
    """Return the gaps of all running cars about every four seconds."""
    timing = story.timing
    random = story.random(2)
    last = max(end for _, end in timing.finishes)
    steps = random.integers(3_600, 4_400, last // 3_600)
    millis = 8_000 + np.cumsum(steps)
    millis = millis[millis < last]
    orders = timing.orders_at(millis)
    gap, interval, gap_laps, interval_laps = timing.gaps_at(millis, orders)
    retired = round(timing.trace.retired_at * 1000) + 15_000
    rows: list[Row] = []
    for n, instant in enumerate(millis.tolist()):
        date = story.date(instant)
        for place, car in enumerate(orders[n].tolist()):
            gone = car == timing.trace.retired_car and instant > retired
            if gone or (timing.finishes[car][1] < instant and car != timing.trace.retired_car):
                continue
            rows.append(
                story.row(
                    driver_number=story.number(car),
                    date=date,
                    gap_to_leader=_gap(place, gap[n, car], gap_laps[n, car]),
                    interval=_gap(place, interval[n, car], interval_laps[n, car]),
                )
            )
    return rows


def _gap(place: int, seconds: float, laps: int) -> float | str:
    if place == 0:
        return 0.0
    if laps > 0:
        return f"+{laps} LAP" + ("S" if laps > 1 else "")
    return round(float(seconds), 3)


def lap_rows(story: Story) -> Iterable[Row]:
    """Return every lap that was begun before the flag."""
    timing = story.timing
    trace = timing.trace
    ends = np.cumsum(SEGMENTS)
    speeds = _mark_speeds(timing)
    codes = _segment_codes(timing)
    out_laps = {(stop.car, stop.lap + 1) for stop in trace.stops}
    rows: list[tuple[int, int, Row]] = []
    for car in range(timing.cars):
        passed = timing.passings[car]
        laps = timing.finishes[car][0]
        driven = laps + (1 if car == trace.retired_car else 0)
        for lap in range(driven):
            start = 0 if lap == 0 else int(passed[lap - 1, -1])
            instants = [start] + [int(passed[lap, end - 1]) for end in ends]
            sectors = [(b - a) / 1000 if a >= 0 and b >= 0 else None for a, b in pairwise(instants)]
            whole = (instants[3] - start) / 1000 if instants[3] >= 0 else None
            segments = [
                [code or None for code in codes[car][lap, end - count : end].tolist()]
                for end, count in zip(ends.tolist(), SEGMENTS, strict=True)
            ]
            known = [value is not None for value in sectors]
            row = story.row(
                driver_number=story.number(car),
                lap_number=lap + 1,
                date_start=story.date(start),
                duration_sector_1=sectors[0],
                duration_sector_2=sectors[1],
                duration_sector_3=sectors[2],
                i1_speed=speeds[car][lap][0] if known[0] else None,
                i2_speed=speeds[car][lap][1] if known[1] else None,
                is_pit_out_lap=(car, lap + 1) in out_laps,
                lap_duration=whole,
                segments_sector_1=segments[0],
                segments_sector_2=segments[1],
                segments_sector_3=segments[2],
                st_speed=speeds[car][lap][2] if known[1] else None,
            )
            rows.append((start, car, row))
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]


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
        laps = timing.finishes[car][0] + (car == timing.trace.retired_car)
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


def race_control_rows(story: Story) -> list[Row]:
    """Return race control's messages."""
    timing = story.timing
    trace = timing.trace
    leader_ends = np.array(
        [
            min((int(p[lap, -1]) for p in timing.passings if p[lap, -1] > 0), default=timing.flag)
            for lap in range(trace.laps)
        ]
    )
    rows: list[tuple[int, Row]] = []

    def say(
        millis: int,
        message: str,
        category: str = "Flag",
        flag: str | None = None,
        scope: str | None = None,
        sector: int | None = None,
        car: int | None = None,
    ) -> None:
        lap = min(int(np.searchsorted(leader_ends, millis, side="right")) + 1, trace.laps)
        is_status = category == "SessionStatus"
        row = story.row(
            date=story.date(millis) if is_status else story.whole_second(millis),
            driver_number=None if car is None else story.number(car),
            lap_number=lap,
            category=category,
            flag=flag,
            scope=scope,
            sector=sector,
            qualifying_phase=None,
            message=message,
        )
        rows.append((millis, row))

    wait = story.wait
    say(-wait - 40 * 60_000, "GREEN LIGHT - PIT EXIT OPEN", flag="GREEN", scope="Track")
    say(-wait - 30 * 60_000, "PIT EXIT CLOSED", "Other")
    say(-wait - 20 * 60_000, "RISK OF RAIN FOR F1 RACE IS 20%", "Other")
    say(0, "SESSION STARTED", "SessionStatus")
    say(int(leader_ends[0]) + 2_000, "OVERTAKE ENABLED", "Other")
    _tell_retirement(story, say)
    _tell_deletions(story, say)
    tell_matter(story, trace.matter, say)
    for blue in trace.blue_flags:
        entry = trace.entries[blue.car]
        at = round(blue.at * 1000)
        clock = story.clock(at)
        say(
            at,
            f"WAVED BLUE FLAG FOR CAR {entry.number} ({entry.acronym}) TIMED AT {clock}",
            flag="BLUE",
            scope="Driver",
            car=blue.car,
        )
    say(timing.flag, "CHEQUERED FLAG", flag="CHEQUERED", scope="Track")
    last = max(end for _, end in timing.finishes)
    say(last + 5_000, "SESSION FINISHED", "SessionStatus")
    return [row for _, row in sorted(rows, key=lambda item: item[0])]


def _tell_retirement(story: Story, say: Any) -> None:
    trace = story.timing.trace
    if not np.isfinite(trace.retired_at):
        return
    entry = trace.entries[trace.retired_car]
    stopped = round(trace.retired_at * 1000)
    circuit = trace.circuit
    place = float(trace.progress[-1, trace.retired_car]) % circuit.lap_seconds
    share = circuit.place_of(place)[0] / circuit.length
    sector = int(share * MARSHAL_SECTORS) + 1
    deployed, called, gone = (round(at * 1000) for at in trace.safety_car)
    kwargs = {"scope": "Sector", "sector": sector}
    say(stopped + 4_000, f"YELLOW IN TRACK SECTOR {sector}", flag="YELLOW", **kwargs)
    say(stopped + 9_000, f"DOUBLE YELLOW IN TRACK SECTOR {sector}", flag="DOUBLE YELLOW", **kwargs)
    say(
        stopped + 14_000,
        f"CAR {entry.number} ({entry.acronym}) STOPPED ON TRACK",
        "CarEvent",
        car=trace.retired_car,
    )
    say(deployed, "SAFETY CAR DEPLOYED", "SafetyCar")
    say(deployed + 1_000, "OVERTAKE DISABLED", "Other")
    say(called - 60_000, f"CLEAR IN TRACK SECTOR {sector}", flag="CLEAR", **kwargs)
    say(called, "SAFETY CAR IN THIS LAP", "SafetyCar")
    say(gone, "TRACK CLEAR", flag="CLEAR", scope="Track")
    say(gone + 95_000, "OVERTAKE ENABLED", "Other")


def _tell_deletions(story: Story, say: Any) -> None:
    """Delete a few laps for track limits."""
    random = story.random(3)
    timing = story.timing
    for _ in range(9):
        car, lap = int(random.integers(timing.cars)), int(random.integers(2, timing.trace.laps - 1))
        passed = timing.passings[car]
        if timing.finishes[car][0] <= lap:
            continue
        start, end = int(passed[lap - 1, -1]), int(passed[lap, -1])
        minutes, millis = divmod(end - start, 60_000)
        entry = timing.trace.entries[car]
        corner = int(random.integers(1, len(timing.trace.circuit.corner_meters) + 1))
        say(
            end + 9_000,
            f"CAR {entry.number} ({entry.acronym}) TIME {minutes}:{millis / 1000:06.3f} DELETED - "
            f"TRACK LIMITS AT TURN {corner} LAP {lap + 1} {story.clock(end)}",
            "Other",
        )


def result_rows(story: Story) -> Iterable[Row]:
    """Return the result."""
    timing = story.timing
    winner_laps, winner_end = timing.finishes[timing.classification[0]]
    for place, car in enumerate(timing.classification):
        laps, end = timing.finishes[car]
        out = car == timing.trace.retired_car
        behind = winner_laps - laps
        gap: float | str | None = round((end - winner_end) / 1000, 3) if place else 0
        if behind:
            gap = f"+{behind} LAP" + ("S" if behind > 1 else "")
        yield story.row(
            position=None if out else place + 1,
            driver_number=story.number(car),
            number_of_laps=laps,
            points=0 if out or place >= len(story.points) else story.points[place],
            dnf=out,
            dns=False,
            dsq=False,
            duration=None if out or behind else round(end / 1000, 3),
            gap_to_leader=None if out else gap,
        )
