"""Both championships, as they would stand if the race ended now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.race_story import POINTS, Story
from racetime_simulator.table import Row, Version
from racetime_simulator.versions import PUBLISH_LAG_MICROS


def championship_versions(
    story: Story, rows: dict[str, list[Row]], announced: int
) -> dict[str, list[Version]]:
    """Return both championships, predicted anew whenever the points would change."""
    entries, worth = story.entries, story.points
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
            number: points + (worth[order[number] - 1] if order[number] <= len(worth) else 0)
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
