"""When rows come to be seen, and in which versions: laps and stints grow as the race goes on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from racetime_simulator.instants import ALWAYS, SECOND_MICROS, parse_micros
from racetime_simulator.table import Row, Version

PUBLISH_LAG_MICROS = SECOND_MICROS // 2
"""From the event to the row: what OpenF1 needs to take it in."""

BATCH_MICROS = SECOND_MICROS
BATCH_LAG_MICROS = 3 * SECOND_MICROS // 10
"""Telemetry comes in batches, one a second, and is 0.3 to 1.3 s old when it is there."""

RESULT_DELAY_MICROS = 300 * SECOND_MICROS
"""The result is published five minutes after the last lap."""

UNKNOWN_LAP_MICROS = 90 * SECOND_MICROS

_SECTOR_FIELDS = (
    ("duration_sector_1", "i1_speed", "segments_sector_1"),
    ("duration_sector_2", "i2_speed", "segments_sector_2", "st_speed"),
)
_KNOWN_AT_START = frozenset(
    {"meeting_key", "session_key", "driver_number", "lap_number", "date_start", "is_pit_out_lap"}
)


@dataclass(frozen=True)
class LapSpan:
    """When a lap starts, when each of its sectors ends, and the lap as recorded."""

    start: int
    sector_ends: tuple[int, int]
    end: int
    row: Row


class LapSpans:
    """The spans of all laps of a session, by driver and lap."""

    def __init__(self, laps: Iterable[Row]) -> None:
        """Work out every lap's span; a start that is not recorded comes from its neighbours."""
        self._spans: dict[tuple[int, int], LapSpan] = {}
        by_driver: dict[int, dict[int, Row]] = {}
        for row in laps:
            by_driver.setdefault(row["driver_number"], {})[row["lap_number"]] = row
        starts = [parse_micros(r.get("date_start")) for d in by_driver.values() for r in d.values()]
        self.first_start = min((start for start in starts if start is not None), default=None)
        for driver, numbered in by_driver.items():
            for number, row in numbered.items():
                self._spans[driver, number] = self._span(row, numbered)
        self.last_end = max((span.end for span in self), default=None)

    def __iter__(self) -> Iterator[LapSpan]:
        """Go through all spans."""
        return iter(self._spans.values())

    def get(self, driver: int, lap: int) -> LapSpan | None:
        """Return a lap's span, None where there is no such lap."""
        return self._spans.get((driver, lap))

    def of(self, driver: int) -> list[LapSpan]:
        """Return a driver's laps, first to last."""
        keys = sorted(key for key in self._spans if key[0] == driver)
        return [self._spans[key] for key in keys]

    def _span(self, row: Row, numbered: Mapping[int, Row]) -> LapSpan:
        following = _start_of(numbered.get(row["lap_number"] + 1))
        start = self._start(row, numbered)
        sectors = [_micros(row.get(f"duration_sector_{n}")) for n in (1, 2, 3)]
        duration = _micros(row.get("lap_duration"))
        known = sum(sector for sector in sectors if sector is not None)
        end = start + (duration if duration is not None else max(known, 5 * SECOND_MICROS))
        if following is not None and following > start:
            end = following
        first = min(end, start + sectors[0]) if sectors[0] else start + (end - start) // 3
        second = min(end, first + sectors[1]) if sectors[1] else first + (end - first) // 2
        return LapSpan(start, (first, second), end, row)

    def _start(self, row: Row, numbered: Mapping[int, Row]) -> int:
        start = _start_of(row)
        if start is not None:
            return start
        before = numbered.get(row["lap_number"] - 1)
        before_start, before_duration = (
            _start_of(before),
            _micros((before or {}).get("lap_duration")),
        )
        if before_start is not None and before_duration is not None:
            return before_start + before_duration
        following = _start_of(numbered.get(row["lap_number"] + 1))
        if following is not None:
            return following - (_micros(row.get("lap_duration")) or UNKNOWN_LAP_MICROS)
        return self.first_start if self.first_start is not None else ALWAYS


def _start_of(row: Row | None) -> int | None:
    return parse_micros(row.get("date_start")) if row else None


def _micros(seconds: object) -> int | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return round(seconds * SECOND_MICROS)


def lap_versions(spans: LapSpans) -> list[Version]:
    """Return every lap's versions: opened with nulls, filled sector by sector, whole at its end."""
    versions: list[Version] = []
    for span in spans:
        key = (span.row["driver_number"], span.row["lap_number"])
        known = set(_KNOWN_AT_START)
        stages = [(span.start, frozenset(known))]
        for instant, filled in zip(span.sector_ends, _SECTOR_FIELDS, strict=True):
            known.update(filled)
            stages.append((instant, frozenset(known)))
        stages.append((span.end, frozenset(span.row)))
        previous: Row | None = None
        for instant, names in stages:
            row = {name: value if name in names else None for name, value in span.row.items()}
            if row != previous:
                versions.append(Version(instant + PUBLISH_LAG_MICROS, row, key))
            previous = row
    return versions


def stint_versions(stints: Iterable[Row], spans: LapSpans) -> list[Version]:
    """Return every stint's versions: it opens with its first lap and follows the completed ones."""
    versions: list[Version] = []
    for row in stints:
        key = (row["driver_number"], row["stint_number"])
        opening = _stint_start(row, spans) + PUBLISH_LAG_MICROS
        shown = min(row["lap_start"] - 1, row["lap_end"])
        versions.append(Version(opening, {**row, "lap_end": shown}, key))
        instant = opening
        for lap in range(row["lap_start"], row["lap_end"] + 1):
            span = spans.get(row["driver_number"], lap)
            if span is not None:
                instant = max(instant, span.end + PUBLISH_LAG_MICROS)
                shown = lap
                versions.append(Version(instant, {**row, "lap_end": lap}, key))
        if shown != row["lap_end"]:
            versions.append(Version(instant, dict(row), key))
    return versions


def _stint_start(row: Row, spans: LapSpans) -> int:
    span = spans.get(row["driver_number"], row["lap_start"])
    if span is not None:
        return span.start
    before = [s for s in spans.of(row["driver_number"]) if s.row["lap_number"] < row["lap_start"]]
    if before:
        return before[-1].end
    return spans.first_start if spans.first_start is not None else ALWAYS


def dated_versions(rows: Sequence[Row]) -> list[Version]:
    """Return rows that are seen soon after their date; without one, from the start."""
    versions: list[Version] = []
    for row in rows:
        micros = parse_micros(row.get("date"))
        versions.append(Version(ALWAYS if micros is None else micros + PUBLISH_LAG_MICROS, row))
    return versions


def constant_versions(rows: Sequence[Row], visible: int = ALWAYS) -> list[Version]:
    """Return rows that are there from one instant on."""
    return [Version(visible, row) for row in rows]


def session_versions(name: str, rows: Sequence[Row], spans: LapSpans) -> list[Version]:
    """Return an endpoint's rows with the instants from which they are seen."""
    if name == "laps":
        return lap_versions(spans)
    if name == "stints":
        return stint_versions(rows, spans)
    if name == "session_result":
        published = spans.last_end
        return constant_versions(
            rows, ALWAYS if published is None else published + RESULT_DELAY_MICROS
        )
    return dated_versions(rows) if any("date" in row for row in rows) else constant_versions(rows)


SORT_FIELDS = {"laps": "date_start", "sessions": "date_start", "meetings": "date_start"}
"""OpenF1 sorts by date_start where there is one, nulls first; never by date."""
