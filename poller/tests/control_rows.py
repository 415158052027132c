"""Messages of race control and laps, made by hand; seconds count from the start."""

import random
from collections.abc import Iterable
from typing import Any

from racetime_poller.race.reduce import reduce
from racetime_poller.race.rows import Instant, LapRow, RaceControlRow, Row, SessionRow
from racetime_poller.race.state import Race

START = 1_760_000_000_000
SAMPLED = {"location", "car_data", "sessions"}


def at(seconds: float) -> Instant:
    return Instant(START + round(seconds * 1000))


def said(seconds: float, text: str, category: str = "Other", **more: Any) -> RaceControlRow:
    return RaceControlRow(1, at(seconds), text, category, **more)


def status(seconds: float, word: str, phase: int | None = None) -> RaceControlRow:
    return said(seconds, f"SESSION {word}", "SessionStatus", qualifying_phase=phase)


def track(seconds: float, flag: str, text: str | None = None, **more: Any) -> RaceControlRow:
    words = {"CLEAR": "TRACK CLEAR", "GREEN": "GREEN LIGHT - PIT EXIT OPEN"}
    text = text or words.get(flag, f"{flag} FLAG")
    return said(seconds, text, "Flag", flag=flag, scope="Track", **more)


def sector(seconds: float, flag: str, number: int, **more: Any) -> RaceControlRow:
    text = f"{flag} IN TRACK SECTOR {number}"
    return said(seconds, text, "Flag", flag=flag, scope="Sector", sector=number, **more)


def car(seconds: float, text: str, **more: Any) -> RaceControlRow:
    return said(seconds, text, "SafetyCar", **more)


def lap(number: int, count: int, seconds: float, duration: float | None, **more: Any) -> LapRow:
    return LapRow(1, number, count, at(seconds), duration, **more)


def session(name: str = "Race", **more: Any) -> Race:
    end = Instant(START + 3_600_000)
    values: dict[str, Any] = {"circuit_short_name": "Melbourne", "year": 2025, **more}
    return Race(SessionRow(1, 1, name, Instant(START), date_end=end, **values))


def told(race: Race, *rows: Row) -> Race:
    """Reduce rows; they may come late, twice and in any order."""
    result = race
    for row in rows:
        result = reduce(result, row)
    mixed = [*rows, *rows]
    random.Random(len(rows)).shuffle(mixed)
    for row in mixed:
        race = reduce(race, row)
    assert race == result
    return result


def whole(recording: Any, without: Iterable[str] = ()) -> Race:
    """Reduce a whole recording but for some endpoints."""
    race = Race(recording.session)
    for endpoint in sorted({*recording.endpoints} - SAMPLED - {*without}):
        for row in recording.decoded(endpoint).rows:
            race = reduce(race, row)
    return race
