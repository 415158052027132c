"""A simulated qualifying or practice as OpenF1's rows: the order and the result."""

from collections.abc import Iterable

from racetime_simulator.madeup.driven_control import driven_control_rows
from racetime_simulator.madeup.driven_laps import (
    driven_lap_rows,
    driven_pit_rows,
    driven_stint_rows,
)
from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.runs import Part
from racetime_simulator.madeup.weekend import driver_rows, meeting_rows, session_rows, weather_rows
from racetime_simulator.table import Row

ORDER_LAG_MILLIS = 200


def qualifying_rows(story: DrivenStory) -> dict[str, list[Row]]:
    """Return all rows of a qualifying but telemetry, as they are when all is over."""
    return {
        **_common_rows(story),
        "starting_grid": list(qualified_rows(story)),
        "session_result": list(qualifying_result_rows(story)),
    }


def practice_rows(story: DrivenStory) -> dict[str, list[Row]]:
    """Return all rows of a practice but telemetry, as they are when all is over."""
    return {**_common_rows(story), "session_result": list(practice_result_rows(story))}


def _common_rows(story: DrivenStory) -> dict[str, list[Row]]:
    return {
        "sessions": session_rows(story),
        "meetings": meeting_rows(story),
        "drivers": list(driver_rows(story)),
        "position": position_rows(story),
        "laps": driven_lap_rows(story),
        "stints": list(driven_stint_rows(story)),
        "pit": driven_pit_rows(story),
        "race_control": driven_control_rows(story),
        "weather": list(weather_rows(story)),
    }


def position_rows(story: DrivenStory) -> list[Row]:
    """Return a row for each change of place, one instant forming one order."""
    driven = story.driven
    current = list(driven.order)
    rows = [_position(story, car, place, story.notice) for place, car in enumerate(current)]
    for part in driven.parts:
        before = list(current)
        for at in _changes(story, part):
            order = driven.ranked(part, before, at)
            rows += [
                _position(story, car, place, round(at * 1000) + ORDER_LAG_MILLIS)
                for place, car in enumerate(order)
                if current[place] != car
            ]
            current = order
    return rows


def _position(story: DrivenStory, car: int, place: int, millis: int) -> Row:
    return story.row(driver_number=story.number(car), date=story.date(millis), position=place + 1)


def _changes(story: DrivenStory, part: Part) -> list[float]:
    """Return when times of a part were set or deleted, and when somebody stopped in it."""
    driven = story.driven
    changes = [
        lap.end
        for car in part.cars
        for lap in driven.drives[car].laps
        if lap.end is not None and part.counts(lap)
    ]
    changes += [one.at for one in driven.deletions if part.counts(one.lap)]
    changes += [part.red.crashed] if part.red else []
    return sorted(changes)


def qualifying_result_rows(story: DrivenStory) -> Iterable[Row]:
    """Return the result: times and gaps of three parts."""
    driven = story.driven
    bests = [driven.bests(part) for part in driven.parts]
    poles = [min((millis for millis, _ in part.values()), default=0) for part in bests]
    for place, car in enumerate(driven.grid):
        times = [part[car][0] if car in part else None for part in bests]
        yield story.row(
            position=place + 1,
            driver_number=story.number(car),
            number_of_laps=sum(lap.end is not None for lap in driven.drives[car].laps),
            dnf=False,
            dns=False,
            dsq=False,
            duration=[None if time is None else time / 1000 for time in times],
            gap_to_leader=[
                None if time is None else round((time - pole) / 1000, 3)
                for time, pole in zip(times, poles, strict=True)
            ],
        )


def practice_result_rows(story: DrivenStory) -> Iterable[Row]:
    """Return the result: everybody's best lap."""
    driven = story.driven
    (part,) = driven.parts
    bests = driven.bests(part)
    best = min((millis for millis, _ in bests.values()), default=0)
    for place, car in enumerate(driven.grid):
        own = bests.get(car)
        yield story.row(
            position=place + 1,
            driver_number=story.number(car),
            number_of_laps=sum(lap.end is not None for lap in driven.drives[car].laps),
            dnf=False,
            dns=False,
            dsq=False,
            duration=own[0] / 1000 if own else None,
            gap_to_leader=round((own[0] - best) / 1000, 3) if own else None,
        )


def qualified_rows(story: DrivenStory) -> Iterable[Row]:
    """Return the grid that it makes, with the best time of each car's last part."""
    driven = story.driven
    for place, car in enumerate(driven.grid):
        last = [part for part in driven.parts if car in part.cars][-1]
        best = driven.bests(last).get(car)
        yield story.row(
            position=place + 1,
            driver_number=story.number(car),
            lap_duration=best[0] / 1000 if best else None,
        )
