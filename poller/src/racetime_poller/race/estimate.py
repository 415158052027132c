"""Where cars are while no positions are measured: along the circuit, from laps, sectors and pace.

A pure function of the state at an instant. A car is put where it last passed a line of the timing
and moved on at its pace; it passes no line of which nothing was heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import numpy as np

from racetime_poller.race import periods
from racetime_poller.race.circuit import Circuit
from racetime_poller.race.pace import Field, Spell, pace, spells
from racetime_poller.race.passages import LINES, Passages, passages
from racetime_poller.race.profile import Profile
from racetime_poller.race.state import Race

# Where the pit lane ends, as a share of the lap, while it is not known.
_PIT_EXIT_SHARE = 0.05
# A lap's instants are known to some tenths of a second.
_SLACK_MILLIS = 700
# A line that was passed so long ago, and nothing heard of it: the car stands.
_STANDING_MILLIS = 8_000
# A line that is known of fewer laps than this tells nothing by its silence.
_KNOWN_SHARE = 0.5
# While none of so many cars that run is heard of for so long, silence tells nothing.
_RUNNING_MILLIS = 150_000
_MANY_CARS = 5
_DEAF_MILLIS = 20_000
# What standing on the grid costs.
_START_MILLIS = 4_000
_LAST_LINE = 3 * 400
# Mini-sectors are not equally long: they tell where a car is to such a share of the sector.
_SEGMENT_SLACK = 0.12


@dataclass(frozen=True, eq=False)
class Course:
    """A circuit as the timing sees it."""

    length_dm: float
    profile: Profile
    # Shares of the lap's time at which its sectors begin, and 1 at its end.
    marks: tuple[float, float, float, float]
    pit_exit: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where a car is: laps begun and driven, as a distance; and how it got there."""

    distance_dm: float
    # How fast it drives there, in decimetres a millisecond; 0 where it stands.
    speed: float
    in_pit: bool
    # How long nothing was heard of it that should have been.
    silent_millis: int

    @property
    def stands(self) -> bool:
        """Whether the car has come to a halt, for all that is known."""
        return self.silent_millis > _STANDING_MILLIS


def course(circuit: Circuit, profile: Profile, race: Race) -> Course:
    """Lay the lines of the timing on a circuit."""
    length = circuit.outline.length_dm
    if len(circuit.sector_end_dm) == LINES - 1:
        ends = [float(profile.time(end / length)) for end in circuit.sector_end_dm]
    else:
        ends = _ends(race)
    lane = circuit.pit_lane
    share = lane.exit_dm / length % 1.0 if lane is not None else _PIT_EXIT_SHARE
    return Course(length, profile, (0.0, ends[0], ends[1], 1.0), share)


def _ends(race: Race) -> list[float]:
    """Return the shares of time at which sectors end, from how long they took."""
    spans: list[list[int]] = [[], [], []]
    for laps in race.laps.values():
        for line, span in (passages(laps, race.is_race).spans or {}).items():
            spans[(line - 1) % LINES].append(span)
    if not all(spans):
        return [1 / LINES, 2 / LINES]
    first, second, third = (median(found) for found in spans)
    return [first / (first + second + third), (first + second) / (first + second + third)]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard of passages, and how late."""

    # When the laps were read last, and how long after the passage they tell of it.
    at: int
    lag_millis: int = 1_000
    # When lines were first heard of, by car: of passages that no time tells of.
    lines: Mapping[tuple[int, int], int] = field(default_factory=dict)


def field_of(race: Race, way: Course, now: int) -> Field:
    """Return how the field drives at an instant."""
    under = spells(periods.track_periods(race))
    paces = {
        number: pace(passages(laps, race.is_race), under) for number, laps in race.laps.items()
    }
    lap = way.profile.lap_millis
    expected = [lap * (end - begin) for begin, end in pairwise(way.marks)]
    return Field.of(paces, under, race.is_race, now, expected)


def estimate(race: Race, way: Course, now: int, heard: Heard) -> Mapping[int, Estimate]:
    """Return where each car is that has begun a lap, at an instant in epoch milliseconds."""
    tables = {number: passages(laps, race.is_race) for number, laps in race.laps.items()}
    silent_before = _silent_before(tables, now, heard)
    walker = _Walker(way, field_of(race, way, now), now, silent_before, heard, _reliable(tables))
    walks = {number: walker.walk(number, passed) for number, passed in tables.items()}
    found = {number: walk for number, walk in walks.items() if walk is not None}
    if not found:
        return {}
    phases = np.array([walk.phase for walk in found.values()])
    shares = np.array([walk.share for walk in found.values()])
    places = np.where(np.isnan(shares), way.profile.distance(phases), shares)
    ahead = way.profile.distance(phases + _TINY) - way.profile.distance(phases)
    result = {}
    for walk, place, step, number in zip(found.values(), places, ahead, found, strict=True):
        speed = float(step) / _TINY * walk.rate * way.length_dm
        result[number] = Estimate(
            float(place) * way.length_dm,
            0.0 if walk.silent_millis > _STANDING_MILLIS else speed,
            walk.in_pit,
            walk.silent_millis,
        )
    return result


_TINY = 1e-3


def _silent_before(tables: Mapping[int, Passages], now: int, heard: Heard) -> int:
    """Return the instant before which a passage would have been heard of."""
    newest = [one.instants[-1] for one in tables.values() if one.instants]
    running = [at for at in newest if at > now - _RUNNING_MILLIS]
    if len(running) >= _MANY_CARS and max(running) < now - _DEAF_MILLIS:
        return 0
    return min(heard.at, now) - heard.lag_millis - _SLACK_MILLIS


def _reliable(tables: Mapping[int, Passages]) -> tuple[bool, ...]:
    """Tell of which lines the passages are told at all."""
    over = sum(one.laps_over for one in tables.values())
    known = [sum(one.known[k] for one in tables.values()) for k in range(LINES)]
    return tuple(not over or count >= _KNOWN_SHARE * over for count in known)


@dataclass(frozen=True, slots=True)
class _Walk:
    # Laps, and the share of the lap's time.
    phase: float
    # Phase driven in a millisecond.
    rate: float
    silent_millis: int = 0
    in_pit: bool = False
    # Laps, and the share of the lap's way, where that is known instead; NaN where not.
    share: float = float("nan")


@dataclass(frozen=True, slots=True)
class _Walker:
    """Moves cars on from the lines that they passed last."""

    way: Course
    field: Field
    now: int
    silent_before: int
    heard: Heard
    reliable: tuple[bool, ...]

    def walk(self, number: int, passed: Passages) -> _Walk | None:
        """Move a car on to now."""
        places = reversed(range(len(passed.lines)))
        place = next((n for n in places if passed.instants[n] <= self.now), None)
        if place is None:
            return None
        line, at = passed.lines[place], passed.instants[place]
        heard_at = self.heard.lines.get((number, passed.last_line))
        if passed.last_line > line and heard_at is not None:
            line, at = passed.last_line, max(at, heard_at - self.heard.lag_millis)
        elif line % LINES == 0 and line // LINES in passed.out_laps:
            return self._leave_pits(number, line, at, passed)
        if line == LINES and self.field.is_race:
            at += _START_MILLIS
        return self._run(number, line, at, 0.0, passed)

    def _leave_pits(self, number: int, line: int, at: int, passed: Passages) -> _Walk:
        """Move a car on that is on its lap out of the pits."""
        exit_time = float(self.way.profile.time(self.way.pit_exit))
        begun = exit_time / self.way.marks[1]
        if not self.field.is_race:
            return self._run(number, line, at, begun, passed)
        usual = self.field.usual_millis(number, 0)
        lane = self.field.stop_millis + round(usual * begun)
        if self.now < at + lane:
            share = (self.now - at) / lane
            rate = exit_time / lane
            return _Walk(0.0, rate, in_pit=True, share=line // LINES + share * self.way.pit_exit)
        return self._run(number, line, at + lane, begun, passed)

    def _run(self, number: int, line: int, at: int, share: float, passed: Passages) -> _Walk:
        """Move a car on from a share of the sector behind a line, where it was at an instant."""
        silent, rate, last_line = 0, 0.0, passed.last_line
        while line < _LAST_LINE:
            usual = self.field.usual_millis(number, line % LINES)
            ended_at, share, rate = self._drive(number, line % LINES, at, share, usual)
            if ended_at is None:
                break
            line, share = line + 1, 0.0
            held = 0
            if line > last_line and self.reliable[line % LINES]:
                held = self.silent_before - ended_at
            silent = max(silent, held)
            at = max(ended_at, ended_at + held)
            if at >= self.now:
                break
        least = passed.driven_share - _SEGMENT_SLACK
        if line < last_line or (line == last_line and share < least):
            line, share = last_line, max(least, 0.0)
        lap, sector = divmod(line, LINES)
        begin, end = self.way.marks[sector], self.way.marks[sector + 1]
        return _Walk(lap + begin + share * (end - begin), rate * (end - begin), silent)

    def _drive(
        self, number: int, sector: int, at: int, share: float, usual: int
    ) -> tuple[int | None, float, float]:
        """Drive on in a sector; return when it ended, else the share of it and the rate now."""
        rate = 0.0
        for end, ratio in self._paces(number, sector, at):
            rate = 1 / (usual * ratio)
            until = self.now if end is None else min(end, self.now)
            if share + (until - at) * rate >= 1.0:
                return at + round((1.0 - share) / rate), 1.0, rate
            share, at = share + (until - at) * rate, until
            if at >= self.now:
                break
        return None, share, rate

    def _paces(self, number: int, sector: int, at: int) -> list[tuple[int | None, float]]:
        """Return until when a car drives how slowly, from an instant on."""
        found: list[tuple[int | None, float]] = []
        for begin, end, flag in self.field.under:
            if end is not None and end <= at:
                continue
            if begin > at:
                found.append((begin, self.field.ratio(number, sector, 0, None)))
            found.append((end, self.field.ratio(number, sector, begin, flag)))
            at = end if end is not None else self.now
        if not found or found[-1][0] is not None:
            found.append((None, self.field.ratio(number, sector, 0, None)))
        return found


__all__ = ["Course", "Estimate", "Heard", "Profile", "Spell", "course", "estimate", "field_of"]
