"""Made-up races without end: when one is over, the next begins."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from racetime_simulator.archive import Provenance, Selectable, SessionTables, read_session_row
from racetime_simulator.instants import ALWAYS, to_micros
from racetime_simulator.madeup.circuit import build_circuit
from racetime_simulator.madeup.field import build_field
from racetime_simulator.madeup.race import simulate
from racetime_simulator.madeup.rows import POINTS, Story, race_rows
from racetime_simulator.madeup.telemetry import car_data_table, location_table
from racetime_simulator.madeup.timing import Timing
from racetime_simulator.table import Row, Version, build_table
from racetime_simulator.versions import (
    PUBLISH_LAG_MICROS,
    SORT_FIELDS,
    LapSpans,
    constant_versions,
    session_versions,
)

FIRST_SESSION_KEY = 90001
FIRST_MEETING_KEY = 9001
FORMATION = timedelta(seconds=200)
"""From the scheduled start to lights out."""
PAUSE = timedelta(minutes=5)
ALWAYS_THERE = ("sessions", "meetings", "drivers", "starting_grid")


@lru_cache(maxsize=2)
def time_race(seed: int) -> Timing:
    """Simulate the race of a seed."""
    return Timing(simulate(build_circuit(seed - 1), build_field(seed), seed))


def tell_race(seed: int, number: int, scheduled: datetime) -> Story:
    """Simulate the race of a seed; `number` counts the races since the simulator began."""
    return Story(
        timing=time_race(seed),
        seed=seed,
        session_key=FIRST_SESSION_KEY + 10 * number,
        meeting_key=FIRST_MEETING_KEY + number,
        scheduled=scheduled,
        lights_out=scheduled + FORMATION,
    )


def build_session(story: Story, announced: int = ALWAYS) -> SessionTables:
    """Return a race's tables; what is always there is there from `announced` on."""
    rows = race_rows(story)
    spans = LapSpans(rows["laps"])
    tables: dict[str, Selectable] = {
        name: build_table(
            name,
            constant_versions(own, announced)
            if name in ALWAYS_THERE
            else session_versions(name, own, spans),
            SORT_FIELDS.get(name),
        )
        for name, own in rows.items()
    }
    for name, versions in championship_versions(story, rows, announced).items():
        tables[name] = build_table(name, versions)
    tables["location"] = location_table(story)
    tables["car_data"] = car_data_table(story)
    scheduled = [row for row in map(read_session_row, rows["sessions"]) if row is not None]
    last = max(end for _, end in story.timing.finishes)
    return SessionTables(
        session_key=story.session_key,
        first_lap_start=story.lights_out,
        end=story.lights_out + timedelta(milliseconds=last),
        sessions=tuple(scheduled),
        tables=tables,
        total_laps=story.timing.trace.laps,
    )


class Season:
    """An archive that grows by a race whenever the last one is over."""

    provenance: Provenance = "simulated"

    def __init__(self, seed: int, scheduled: datetime, *, in_background: bool = False) -> None:
        """Make up the first race; later ones come when they are due, or before that in a thread."""
        self._seed = seed
        self._in_background = in_background
        self._thread: threading.Thread | None = None
        self._races = [build_session(tell_race(seed, 0, scheduled))]

    @property
    def first(self) -> SessionTables:
        """Return the first race."""
        return self._races[0]

    def sessions_at(self, now: int) -> Sequence[SessionTables]:
        """Return the races that there are by now, making up the next one where it is due."""
        while now >= to_micros(self._races[-1].end):
            self._finish_next()
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
        if self._in_background and self._thread is None and self._is_half_over(now):
            self._thread = threading.Thread(target=self._add_next, name="next race", daemon=True)
            self._thread.start()
        return [race for place, race in enumerate(self._races) if self._is_announced(place, now)]

    def _is_announced(self, place: int, now: int) -> bool:
        return place == 0 or now >= to_micros(self._races[place - 1].end)

    def _is_half_over(self, now: int) -> bool:
        race = self._races[-1]
        return now >= to_micros(race.first_lap_start + (race.end - race.first_lap_start) / 2)

    def _finish_next(self) -> None:
        """Wait for the race that a thread is making up, or make it up now."""
        thread, self._thread = self._thread, None
        if thread is None:
            self._add_next()
        else:
            thread.join()

    def _add_next(self) -> None:
        end, number = self._races[-1].end, len(self._races)
        due = (end + PAUSE + timedelta(seconds=59)).replace(second=0, microsecond=0)
        story = tell_race(self._seed + number, number, due)
        self._races.append(build_session(story, to_micros(end)))


def championship_versions(
    story: Story, rows: dict[str, list[Row]], announced: int
) -> dict[str, list[Version]]:
    """Return both championships, predicted anew whenever the points would change."""
    entries = story.timing.trace.entries
    random = story.random(9)
    before = {entry.number: 0 for entry in entries}
    for _ in range(6):
        strength = {e.number: e.team.deficit_seconds + random.normal(0, 0.5) for e in entries}
        for number, points in zip(sorted(strength, key=strength.__getitem__), POINTS, strict=False):
            before[number] += points
    teams = {entry.number: entry.team.name for entry in entries}
    versions: dict[str, list[Version]] = {"championship_drivers": [], "championship_teams": []}
    order: dict[int, int] = {}
    shown: dict[object, Row] = {}
    by_date: dict[str, list[Row]] = {}
    for row in rows["position"]:
        by_date.setdefault(row["date"], []).append(row)
    for date, changes in by_date.items():
        order.update({row["driver_number"]: row["position"] for row in changes})
        visible = _visible(date, announced, first=not shown)
        now = {
            number: points + (POINTS[order[number] - 1] if order[number] <= len(POINTS) else 0)
            for number, points in before.items()
        }
        for name, key, start, current in (
            ("championship_drivers", "driver_number", before, now),
            ("championship_teams", "team_name", _summed(before, teams), _summed(now, teams)),
        ):
            for row in _standings(story, key, start, current):
                identity = (name, row[key])
                if shown.get(identity) != row:
                    shown[identity] = row
                    versions[name].append(Version(visible, row, identity))
    return versions


def _visible(date: str, announced: int, *, first: bool) -> int:
    micros = to_micros(datetime.fromisoformat(date)) + PUBLISH_LAG_MICROS
    return announced if first else micros


def _summed(points: dict[int, int], teams: dict[int, str]) -> dict[str, int]:
    total: dict[str, int] = {}
    for number, own in points.items():
        total[teams[number]] = total.get(teams[number], 0) + own
    return total


def _standings(
    story: Story, key: str, start: Mapping[Any, int], current: Mapping[Any, int]
) -> list[Row]:
    def places(points: Mapping[Any, int]) -> dict[Any, int]:
        ranked = sorted(points, key=lambda who: -points[who])
        return {who: place + 1 for place, who in enumerate(ranked)}

    before, now = places(start), places(current)
    return [
        story.row(
            **{key: who},
            position_start=before[who],
            position_current=now[who],
            points_start=start[who],
            points_current=current[who],
        )
        for who in start
    ]
