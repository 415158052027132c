"""What is told of every made-up session: its weekend, its drivers, its weather."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np

from racetime_simulator.madeup.circuit import Floats
from racetime_simulator.madeup.motion import Integers
from racetime_simulator.madeup.story import SORTS, SessionStory
from racetime_simulator.table import Row


def _place(story: SessionStory) -> Row:
    layout = story.circuit.layout
    return {
        "circuit_key": layout.key,
        "circuit_short_name": layout.short_name,
        "country_key": layout.key + 50,
        "country_code": layout.country_code,
        "country_name": layout.country,
        "location": layout.location,
        "gmt_offset": layout.gmt_offset,
        "year": story.scheduled.year,
        "is_cancelled": False,
    }


def session_rows(story: SessionStory) -> list[Row]:
    """Return the session, and where it stands alone, the day before it the one that made its grid.

    Those that would follow are not announced: they are not made up yet.
    """
    planned = [(story.sort, story.scheduled)]
    if story.sort.grid_from is not None and story.weekend is None:
        planned.insert(0, (SORTS[story.sort.grid_from], story.scheduled - timedelta(days=1)))
    return [
        {
            "session_key": story.session_key + sort.key - story.sort.key,
            "session_type": sort.type,
            "session_name": sort.name,
            "date_start": start.isoformat(),
            "date_end": (start + sort.length).isoformat(),
            "meeting_key": story.meeting_key,
            **_place(story),
        }
        for sort, start in planned
    ]


def meeting_rows(story: SessionStory) -> list[Row]:
    """Return the weekend, told by its first session."""
    weekend = story.weekend
    if weekend is not None and weekend.kinds[0] != story.kind:
        return []
    start = weekend.start if weekend else story.scheduled - timedelta(days=2)
    end = weekend.end if weekend else story.scheduled + timedelta(hours=2)
    row = {
        "meeting_key": story.meeting_key,
        "meeting_name": "Simulated Grand Prix",
        "meeting_official_name": f"SIMULATED GRAND PRIX OF {_place(story)['country_name'].upper()}",
        "country_flag": None,
        "circuit_type": "Permanent",
        "circuit_info_url": None,
        "circuit_image": None,
        "date_start": start.isoformat(),
        "date_end": end.isoformat(),
        **_place(story),
    }
    return [row]


def driver_rows(story: SessionStory) -> Iterable[Row]:
    """Return the drivers."""
    for entry in story.entries:
        last = entry.last_name.upper()
        yield story.row(
            driver_number=entry.number,
            broadcast_name=f"{entry.first_name[0]} {last}",
            full_name=f"{entry.first_name} {last}",
            name_acronym=entry.acronym,
            team_name=entry.team.name,
            team_colour=entry.team.colour,
            first_name=entry.first_name,
            last_name=entry.last_name,
            headshot_url=None,
            country_code=None,
        )


def weather_rows(story: SessionStory) -> Iterable[Row]:
    """Return a row a minute; a light shower may pass where nothing else is known of rain."""
    random = story.random(4)
    millis = np.arange(story.notice + 7_170, story.end + 240_000, 60_000)
    count = len(millis)

    def drift(size: float) -> Any:
        return np.cumsum(random.normal(0, size, count))

    air = random.uniform(19, 29) + drift(0.06)
    track = air + random.uniform(9, 17) + drift(0.12)
    humidity = np.clip(random.uniform(40, 65) + drift(0.5), 15, 98)
    pressure = random.uniform(998, 1018) + drift(0.05)
    wind = np.abs(random.uniform(0.8, 3.5) + drift(0.15))
    direction = (random.uniform(0, 360) + drift(9)) % 360
    rain, soaked, humid = _showers(story, millis, random)
    track = track - soaked
    humidity = np.clip(humidity + humid, 15, 98)
    for n, instant in enumerate(millis.tolist()):
        yield story.row(
            date=story.date(instant),
            air_temperature=round(float(air[n]), 1),
            humidity=round(float(humidity[n]), 1),
            pressure=round(float(pressure[n]), 1),
            rainfall=int(rain[n]),
            track_temperature=round(float(track[n]), 1),
            wind_direction=int(direction[n]) % 360,
            wind_speed=round(float(wind[n]), 1),
        )


def _showers(
    story: SessionStory, millis: Any, random: np.random.Generator
) -> tuple[Integers, Floats, Floats]:
    """Return when it rains, and by how much that cools the track and makes the air humid."""
    minutes = np.arange(len(millis))
    rain = np.zeros(len(millis), dtype=np.int64)
    drawn = random.random() < 0.4
    if story.showers:
        for start, end in story.showers:
            rain |= ((millis >= start * 1000) & (millis < end * 1000)).astype(np.int64)
        soaked: Floats = np.convolve(rain, np.ones(5) / 5)[: len(millis)]
        return rain, 5 * soaked, 25 * soaked
    begin = int(random.uniform(0.55, 0.85) * len(millis)) if drawn else len(millis)
    rain[begin : begin + 8] = 1
    since = minutes - begin
    return rain, 4 * np.clip(since / 6, 0, 1), 14 * np.clip(since / 4, 0, 1)
