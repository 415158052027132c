"""Recorded sessions, reduced whole: the state and the picture that all their rows give."""

from collections import Counter
from functools import cache
from typing import Any

from racetime_poller.race.derive import Picture, derive
from racetime_poller.race.reduce import SetAside, reduce
from racetime_poller.race.state import Race

SAMPLED = {"location", "car_data", "sessions"}
AFTER_MILLIS = 10_000


def rows_of(recording: Any) -> list[Any]:
    return [
        row
        for endpoint in recording.endpoints
        if endpoint not in SAMPLED
        for row in recording.decoded(endpoint).rows
    ]


def reduced(recording: Any, rows: list[Any]) -> tuple[Race, Counter[str]]:
    race, aside = Race(recording.session), Counter[str]()
    for row in rows:
        try:
            race = reduce(race, row)
        except SetAside as error:
            aside[error.reason] += 1
    return race, aside


@cache
def whole(recording: Any) -> Race:
    race, aside = reduced(recording, sorted(rows_of(recording), key=_drivers_first))
    assert not aside
    return race


def _drivers_first(row: Any) -> tuple[bool, int]:
    at = getattr(row, "date", None) or getattr(row, "date_start", None)
    return type(row).__name__ != "DriverRow", at or 0


def end_of(race: Race) -> int:
    return AFTER_MILLIS + max(
        *(row.date for row in race.positions.values()),
        *(row.date for row in race.race_control),
    )


@cache
def picture(recording: Any) -> Picture:
    race = whole(recording)
    return derive(race, now=end_of(race), movements={}, sources={})
