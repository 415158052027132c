"""What of each endpoint is asked for: whole tables, or what is newer than what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from racetime_poller.intake import Intake
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import parse_instant
from racetime_poller.sources.periods import SAMPLED

# How far before the newest row a window begins, in milliseconds: rows come late.
_OVERLAPS: Mapping[str, int] = {
    "location": 3_000,
    "car_data": 3_000,
    "intervals": 30_000,
    "position": 60_000,
    "race_control": 120_000,
    "weather": 120_000,
    "overtakes": 120_000,
    "team_radio": 120_000,
}
# OpenF1 answers 422 to longer windows of samples.
_MAX_WINDOW_MILLIS = 240_000
_MIN_WINDOW_MILLIS = 15_000
# A table that is too long to be read at once is read in slices of a session's day, or by driver
# where its rows have no date.
_SLICE_MILLIS = 1_800_000
_BEFORE_START_MILLIS = 2 * 3600 * 1000
_AFTER_START_MILLIS = 22 * 3600 * 1000
# How far back the first window reaches: a lap's worth of positions, to learn the circuit from.
_FIRST_WINDOWS: Mapping[str, int] = {"location": 180_000, "car_data": 10_000}
# What of the intervals is read again at a resync.
_INTERVALS_RESYNC_MILLIS = 300_000
# What was pushed may have begun to fail so long before it was noticed.
_BACKFILL_MILLIS = 30_000
# Laps of cars that long without a new one are read at the resyncs only.
_ACTIVE_MILLIS = 400_000

Params = dict[str, str | int]


@dataclass(slots=True)
class Windows:
    """Knows how far each endpoint has been read."""

    intake: Intake
    clock: SourceClock
    latest: bool
    # Where a hole begins that push has left, by endpoint.
    _holes: dict[str, int] = field(default_factory=dict)
    _walked: dict[str, int] = field(default_factory=dict)
    # The newest row there was when an endpoint was asked for last.
    _read_to: dict[str, int] = field(default_factory=dict)
    _longest_millis: int = _MAX_WINDOW_MILLIS

    def note_hole(self, endpoint: str) -> None:
        """Let the next window begin some while before the newest row that is known now."""
        self._note_hole(endpoint, self.intake.freshness.newest.get(endpoint))

    def note_hole_since_asked(self, endpoint: str) -> None:
        """Let the next window begin some while before what was newest when it was asked last."""
        self._note_hole(endpoint, self._read_to.get(endpoint))

    def _note_hole(self, endpoint: str, newest: int | None) -> None:
        if newest is None or endpoint not in _OVERLAPS:
            return
        begins = newest - _BACKFILL_MILLIS
        self._holes[endpoint] = min(begins, self._holes.get(endpoint, begins))

    def has_hole(self, endpoint: str) -> bool:
        """Whether push has left a hole that is not asked for yet."""
        return endpoint in self._holes

    def params(self, endpoint: str, *, whole: bool) -> Params:
        """Return what to ask of an endpoint."""
        session = self.intake.race.session
        if endpoint == "sessions":
            return {"session_key": "latest"} if self.latest else self._key()
        if endpoint in ("meetings", "starting_grid"):
            return {"meeting_key": session.meeting_key}
        if endpoint == "laps" and not whole:
            return self._key() | {"lap_number>": self._first_open_lap()}
        if endpoint in SAMPLED:
            return self._key() | self._sample_window(endpoint)
        newest = self.intake.freshness.newest.get(endpoint)
        if endpoint == "intervals" and whole and newest is not None:
            return self._key() | self._since("intervals", newest - _INTERVALS_RESYNC_MILLIS)
        if whole or newest is None or endpoint not in _OVERLAPS:
            return self._key()
        return self._key() | self._since(endpoint, newest - _OVERLAPS[endpoint])

    def answered(self, endpoint: str, params: Mapping[str, str | int]) -> None:
        """Go on behind a window that was answered, were it with nothing."""
        newest = self.intake.freshness.newest.get(endpoint)
        if newest is not None:
            self._read_to[endpoint] = newest
        hole = self._holes.get(endpoint)
        if endpoint not in SAMPLED:
            if hole is not None and ("date>" not in params or _begins(params) <= hole):
                del self._holes[endpoint]
            return
        if "date<" in params:
            end = parse_instant(str(params["date<"]))
            self._walked[endpoint] = end
            if hole is not None:
                self._holes[endpoint] = end
        elif hole is not None and _begins(params) <= hole:
            del self._holes[endpoint]

    def shorten(self) -> None:
        """Ask for less samples at once."""
        self._longest_millis = max(self._longest_millis // 2, _MIN_WINDOW_MILLIS)

    def slices(self, endpoint: str) -> Sequence[Params]:
        """Return what to ask for, one after the other, of a table that is too long."""
        race = self.intake.race
        if endpoint not in _OVERLAPS:
            return [self._key() | {"driver_number": number} for number in sorted(race.drivers)]
        start = int(race.session.date_start)
        end = min(self.clock.now(), start + _AFTER_START_MILLIS)
        return [
            self._key() | {"date>": _iso(begin), "date<": _iso(begin + _SLICE_MILLIS)}
            for begin in range(start - _BEFORE_START_MILLIS, end, _SLICE_MILLIS)
        ]

    def _key(self) -> Params:
        return {"session_key": self.intake.race.session.session_key}

    def _since(self, endpoint: str, begins: int) -> Params:
        return {"date>": _iso(min(begins, self._holes.get(endpoint, begins)))}

    def _sample_window(self, endpoint: str) -> Params:
        now = self.clock.now()
        newest = self.intake.freshness.newest.get(endpoint, now - _FIRST_WINDOWS[endpoint])
        start = max(newest, self._walked.get(endpoint, 0)) - _OVERLAPS[endpoint]
        start = min(start, self._holes.get(endpoint, start))
        window: Params = {"date>": _iso(start)}
        if now - start > self._longest_millis:
            # After an outage the hole is walked through in slices.
            window["date<"] = _iso(start + self._longest_millis)
        return window

    def _first_open_lap(self) -> int:
        """Return the lap before the one that the slowest car still running is on."""
        now = self.clock.now()
        open_laps = [
            max(laps)
            for laps in self.intake.race.laps.values()
            if laps and now - (laps[max(laps)].date_start or 0) < _ACTIVE_MILLIS
        ]
        return max(1, min(open_laps, default=1) - 1)


def _begins(params: Mapping[str, str | int]) -> int:
    return int(parse_instant(str(params["date>"])))


def _iso(millis: int) -> str:
    """Write an instant as OpenF1 reads it."""
    seconds, rest = divmod(millis, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
