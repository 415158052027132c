"""A simulated race as OpenF1's rows."""

from collections.abc import Iterable

import numpy as np

from racetime_simulator.madeup.race_control import race_control_rows
from racetime_simulator.madeup.race_laps import lap_rows, pit_rows, stint_rows
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.weekend import driver_rows, meeting_rows, session_rows, weather_rows
from racetime_simulator.table import Row

GAPS_HOLD_SECONDS = 20.0
"""Under a red flag gaps stand still so soon; they move on when all are out of the pit lane."""


def race_rows(story: Story) -> dict[str, list[Row]]:
    """Return all rows but telemetry and the championship, as they are when all is over."""
    order_rows, overtakes = positions_and_overtakes(story)
    laps = list(lap_rows(story))
    return {
        "sessions": session_rows(story),
        "meetings": meeting_rows(story),
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
    """Return the grid, under the qualifying's key as OpenF1 has it.

    Where the qualifying is made up as well, it is that which tells of the grid.
    """
    if story.weekend is not None:
        return
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
    current = list(timing.trace.grid)
    places = [_position(story, car, place, story.notice) for place, car in enumerate(current)]
    overtakes: list[Row] = []
    for instant, order in zip(millis.tolist(), orders.tolist(), strict=True):
        if order == current:
            continue
        before = {car: place for place, car in enumerate(current)}
        for place, car in enumerate(order):
            if before[car] != place:
                places.append(_position(story, car, place, instant))
            overtakes += [
                _overtake(story, car, other, place, instant)
                for other in order[place + 1 :]
                if before[other] < before[car] and other not in timing.trace.retired
            ]
        current = order
    return places, overtakes


def _position(story: Story, car: int, place: int, millis: int) -> Row:
    return story.row(driver_number=story.number(car), date=story.date(millis), position=place + 1)


def _overtake(story: Story, car: int, other: int, place: int, millis: int) -> Row:
    return story.row(
        overtaking_driver_number=story.number(car),
        overtaken_driver_number=story.number(other),
        date=story.date(millis),
        position=place + 1,
    )


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
    retired = {car: round(at * 1000) + 15_000 for car, at in timing.trace.retired.items()}
    stoppage = timing.trace.stoppage
    rows: list[Row] = []
    for n, instant in enumerate(millis.tolist()):
        date = story.date(instant)
        if stoppage and stoppage.at + GAPS_HOLD_SECONDS < instant / 1000 < stoppage.left:
            continue
        for place, car in enumerate(orders[n].tolist()):
            if instant > retired.get(car, timing.finishes[car][1]):
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


def result_rows(story: Story) -> Iterable[Row]:
    """Return the result."""
    timing = story.timing
    winner_laps, winner_end = timing.finishes[timing.classification[0]]
    for place, car in enumerate(timing.classification):
        laps, end = timing.finishes[car]
        out = car in timing.trace.retired
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
