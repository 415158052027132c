"""Make up one session of any sort: its story from a seed, its tables from the story."""

from datetime import datetime, timedelta
from functools import lru_cache

from racetime_simulator.archive import Selectable, SessionTables, read_session_row
from racetime_simulator.instants import ALWAYS, to_micros
from racetime_simulator.madeup.championship import championship_versions
from racetime_simulator.madeup.circuit import build_circuit
from racetime_simulator.madeup.driven_rows import practice_rows, qualifying_rows
from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.field import build_field
from racetime_simulator.madeup.incidents import Incidents, draw_incidents
from racetime_simulator.madeup.practice import simulate_practice
from racetime_simulator.madeup.qualifying import CUTS, MINUTES, simulate_qualifying
from racetime_simulator.madeup.race import simulate
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.rows import race_rows
from racetime_simulator.madeup.runs import Driven
from racetime_simulator.madeup.story import SORTS, Kind, SessionStory, Weekend
from racetime_simulator.madeup.telemetry import car_data_table, location_table
from racetime_simulator.madeup.timing import Timing
from racetime_simulator.table import Row, Version, build_table
from racetime_simulator.versions import (
    RESULT_DELAY_MICROS,
    SORT_FIELDS,
    LapSpans,
    constant_versions,
    session_versions,
)

FIRST_SESSION_KEY = 90001
FIRST_MEETING_KEY = 9001
FORMATION = timedelta(seconds=200)
"""From the scheduled start to lights out."""
ALWAYS_THERE = ("sessions", "meetings", "drivers", "starting_grid")
SPRINT_METERS = 100_000
LONG_SINCE = 2026
"""Since then the last part of a qualifying is a minute longer."""
CARS = tuple(CUTS)


SPRINT_INCIDENTS: Incidents = frozenset({"sc"})
"""So short a race has no more by itself."""


@lru_cache(maxsize=4)
def time_race(
    seed: int,
    cars: int = 22,
    incidents: Incidents | None = None,
    grid: tuple[int, ...] | None = None,
) -> Timing:
    """Simulate the race of a seed; what happens follows from it, or is told."""
    told = draw_incidents(seed) if incidents is None else incidents
    field = build_field(seed, cars)
    return Timing(simulate(build_circuit(seed - 1), field, seed, grid=grid, incidents=told))


@lru_cache(maxsize=2)
def time_sprint(
    seed: int, cars: int, grid: tuple[int, ...], incidents: Incidents | None = None
) -> Timing:
    """Simulate the sprint of a seed: nobody has to stop."""
    circuit, field = build_circuit(seed - 1), build_field(seed, cars)
    told = SPRINT_INCIDENTS if incidents is None else incidents
    return Timing(simulate(circuit, field, seed, SPRINT_METERS, grid, told))


def qualify(kind: Kind, seed: int, year: int, cars: int = 22) -> Driven:
    """Simulate a qualifying of a seed."""
    minutes = MINUTES[kind, year >= LONG_SINCE]
    return simulate_qualifying(build_circuit(seed - 1), build_field(seed, cars), seed, minutes)


def practise(seed: int, cars: int = 22) -> Driven:
    """Simulate the practice of a seed."""
    return simulate_practice(build_circuit(seed - 1), build_field(seed, cars), seed)


def tell_race(
    seed: int,
    number: int,
    scheduled: datetime,
    cars: int = 22,
    incidents: Incidents | None = None,
) -> Story:
    """Simulate the race of a seed; `number` counts the races since the simulator began."""
    return _race_story("race", time_race(seed, cars, incidents), seed, number, scheduled)


def tell_session(
    kind: Kind,
    seed: int,
    number: int,
    scheduled: datetime,
    cars: int = 22,
    incidents: Incidents | None = None,
    weekend: Weekend | None = None,
) -> SessionStory:
    """Simulate a session of a seed; `number` counts the meetings since the simulator began."""
    year = scheduled.year
    if kind == "race":
        grid = qualify("qualifying", seed, year, cars).grid if weekend else None
        timing = time_race(seed, cars, incidents, grid)
        return _race_story(kind, timing, seed, number, scheduled, weekend)
    if kind == "sprint":
        grid = qualify("sprint_qualifying", seed, year, cars).grid
        timing = time_sprint(seed, cars, grid, incidents)
        return _race_story(kind, timing, seed, number, scheduled, weekend)
    driven = practise(seed, cars) if kind == "practice" else qualify(kind, seed, year, cars)
    session_key, meeting_key = _keys(kind, number)
    return DrivenStory(
        seed=seed,
        session_key=session_key,
        meeting_key=meeting_key,
        scheduled=scheduled,
        zero=scheduled,
        kind=kind,
        driven=driven,
        weekend=weekend,
    )


def _race_story(
    kind: Kind,
    timing: Timing,
    seed: int,
    number: int,
    scheduled: datetime,
    weekend: Weekend | None = None,
) -> Story:
    session_key, meeting_key = _keys(kind, number)
    return Story(
        seed=seed,
        session_key=session_key,
        meeting_key=meeting_key,
        scheduled=scheduled,
        zero=scheduled + FORMATION,
        kind=kind,
        timing=timing,
        weekend=weekend,
    )


def _keys(kind: Kind, number: int) -> tuple[int, int]:
    return FIRST_SESSION_KEY + 10 * number + SORTS[kind].key, FIRST_MEETING_KEY + number


def build_session(story: SessionStory, announced: int = ALWAYS) -> SessionTables:
    """Return a session's tables; what is always there is there from `announced` on."""
    rows = session_rows_of(story)
    tables: dict[str, Selectable] = {
        name: build_table(name, versions, SORT_FIELDS.get(name))
        for name, versions in _versions(story, rows, announced).items()
    }
    tables["location"] = location_table(story)
    tables["car_data"] = car_data_table(story)
    scheduled = [row for row in map(read_session_row, rows["sessions"]) if row is not None]
    return SessionTables(
        session_key=story.session_key,
        first_lap_start=story.zero,
        end=story.zero + timedelta(milliseconds=story.end),
        sessions=tuple(scheduled),
        tables=tables,
        total_laps=story.timing.trace.laps if isinstance(story, Story) else None,
    )


def session_rows_of(story: SessionStory) -> dict[str, list[Row]]:
    """Return all rows but telemetry and the championship, as they are when all is over."""
    if isinstance(story, DrivenStory):
        return practice_rows(story) if story.kind == "practice" else qualifying_rows(story)
    assert isinstance(story, Story)
    return race_rows(story)


def _versions(
    story: SessionStory, rows: dict[str, list[Row]], announced: int
) -> dict[str, list[Version]]:
    spans = LapSpans(rows["laps"])
    versions = {
        name: constant_versions(own, announced)
        if name in ALWAYS_THERE
        else session_versions(name, own, spans)
        for name, own in rows.items()
    }
    if isinstance(story, Story):
        versions |= championship_versions(story, rows, announced)
    else:
        # The grid is there with the result that makes it.
        over = to_micros(story.zero) + story.end * 1000 + RESULT_DELAY_MICROS
        for name in rows.keys() & {"starting_grid", "session_result"}:
            versions[name] = constant_versions(rows[name], over)
    return versions
