"""A simulated qualifying as OpenF1's rows: the order and the result."""

from collections.abc import Iterable

from racetime_simulator.madeup.qualifying import Part
from racetime_simulator.madeup.qualifying_control import qualifying_control_rows
from racetime_simulator.madeup.qualifying_laps import (
    qualifying_lap_rows,
    qualifying_pit_rows,
    qualifying_stint_rows,
)
from racetime_simulator.madeup.qualifying_story import QualifyingStory
from racetime_simulator.madeup.weekend import driver_rows, meeting_row, session_rows, weather_rows
from racetime_simulator.table import Row

ORDER_LAG_MILLIS = 200


def qualifying_rows(story: QualifyingStory) -> dict[str, list[Row]]:
    """Return all rows but telemetry, as they are when all is over."""
    return {
        "sessions": session_rows(story),
        "meetings": [meeting_row(story)],
        "drivers": list(driver_rows(story)),
        "starting_grid": list(qualified_rows(story)),
        "position": position_rows(story),
        "laps": qualifying_lap_rows(story),
        "stints": list(qualifying_stint_rows(story)),
        "pit": qualifying_pit_rows(story),
        "race_control": qualifying_control_rows(story),
        "weather": list(weather_rows(story)),
        "session_result": list(qualifying_result_rows(story)),
    }


def position_rows(story: QualifyingStory) -> list[Row]:
    """Return a row for each change of place, one instant forming one order."""
    qualifying = story.qualifying
    current = list(qualifying.order)
    rows = [_position(story, car, place, story.notice) for place, car in enumerate(current)]
    for part in qualifying.parts:
        before = list(current)
        for at in _changes(story, part):
            order = qualifying.ranked(part, before, at)
            rows += [
                _position(story, car, place, round(at * 1000) + ORDER_LAG_MILLIS)
                for place, car in enumerate(order)
                if current[place] != car
            ]
            current = order
    return rows


def _position(story: QualifyingStory, car: int, place: int, millis: int) -> Row:
    return story.row(driver_number=story.number(car), date=story.date(millis), position=place + 1)


def _changes(story: QualifyingStory, part: Part) -> list[float]:
    """Return when times of a part were set or deleted, and when somebody stopped in it."""
    qualifying = story.qualifying
    changes = [
        lap.end
        for car in part.cars
        for lap in qualifying.drives[car].laps
        if lap.end is not None and part.counts(lap)
    ]
    changes += [one.at for one in qualifying.deletions if part.counts(one.lap)]
    changes += [part.red.crashed] if part.red else []
    return sorted(changes)


def qualifying_result_rows(story: QualifyingStory) -> Iterable[Row]:
    """Return the result: times and gaps of three parts."""
    qualifying = story.qualifying
    bests = [qualifying.bests(part) for part in qualifying.parts]
    poles = [min((millis for millis, _ in part.values()), default=0) for part in bests]
    for place, car in enumerate(qualifying.grid):
        times = [part[car][0] if car in part else None for part in bests]
        yield story.row(
            position=place + 1,
            driver_number=story.number(car),
            number_of_laps=sum(lap.end is not None for lap in qualifying.drives[car].laps),
            dnf=False,
            dns=False,
            dsq=False,
            duration=[None if time is None else time / 1000 for time in times],
            gap_to_leader=[
                None if time is None else round((time - pole) / 1000, 3)
                for time, pole in zip(times, poles, strict=True)
            ],
        )


def qualified_rows(story: QualifyingStory) -> Iterable[Row]:
    """Return the grid that it makes, with the best time of each car's last part."""
    qualifying = story.qualifying
    for place, car in enumerate(qualifying.grid):
        last = [part for part in qualifying.parts if car in part.cars][-1]
        best = qualifying.bests(last).get(car)
        yield story.row(
            position=place + 1,
            driver_number=story.number(car),
            lap_duration=best[0] / 1000 if best else None,
        )
