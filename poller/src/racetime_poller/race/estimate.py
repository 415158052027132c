"""Where cars are while no positions are measured: along the circuit, from laps, sectors and pace.

A pure function of the state at an instant. A car is put where it last passed a line of the timing
and moved on at its pace; it passes no line of which nothing was heard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from racetime_poller.race import periods
from racetime_poller.race.circuit import Circuit
from racetime_poller.race.outline import Floats
from racetime_poller.race.pace import Field, pace, spells
from racetime_poller.race.passages import LINES, passages
from racetime_poller.race.profile import Profile
from racetime_poller.race.state import Race
from racetime_poller.race.walk import Heard, Walk, Walker, reliable, silent_before

# Where the pit lane ends, as a share of the lap, while it is not known.
_PIT_EXIT_SHARE = 0.05
# A line that was passed so long ago, and nothing heard of it: the car stands.
_STANDING_MILLIS = 8_000
# What tells a speed.
_STEP_MILLIS = 1_000.0


@dataclass(frozen=True, eq=False)
class Course:
    """A circuit as the timing sees it."""

    length_dm: float
    profile: Profile
    # Shares of the lap's way at which its sectors begin, and 1 at its end.
    marks: tuple[float, float, float, float]
    pit_exit: float

    def sector_millis(self) -> list[float]:
        """Return what the sectors take, for all that is known of the circuit."""
        times = [float(self.profile.time(mark)) for mark in self.marks[:-1]]
        return [self.profile.lap_millis * (b - a) for a, b in pairwise([*times, 1.0])]

    def shares(self, walks: Sequence[Walk], before_millis: float) -> Floats:
        """Return how far round cars are, or were a moment before: laps begun and driven."""
        lines = np.array([walk.line for walk in walks])
        laps, sectors = lines // LINES, lines % LINES
        shares = np.array([walk.share - walk.rate * before_millis for walk in walks])
        times = np.append(self.profile.time(np.array(self.marks[:-1])), 1.0)
        phases = times[sectors] + shares * (times[sectors + 1] - times[sectors])
        return laps + self.profile.distance(phases)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where a car is: laps begun and driven, as a distance; and how it got there."""

    distance_dm: float
    # How fast it came there in the last second, in decimetres a millisecond; 0 where it stands.
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
        ends = [end / length for end in circuit.sector_end_dm]
    else:
        ends = profile.distance(np.array(_ends(race))).tolist()
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


def field_of(race: Race, way: Course, now: int) -> Field:
    """Return how the field drives at an instant."""
    under = spells(periods.track_periods(race))
    paces = {
        number: pace(passages(laps, race.is_race), under) for number, laps in race.laps.items()
    }
    return Field.of(paces, under, race.is_race, now, way.sector_millis())


def estimate(race: Race, way: Course, now: int, heard: Heard) -> Mapping[int, Estimate]:
    """Return where each car is that has begun a lap, at an instant in epoch milliseconds."""
    tables = {number: passages(laps, race.is_race) for number, laps in race.laps.items()}
    exit_share = float(way.profile.time(way.pit_exit) / way.profile.time(way.marks[1]))
    field = field_of(race, way, now)
    walker = Walker(
        field,
        now,
        silent_before(tables, field, now, heard),
        heard,
        reliable(tables),
        exit_share,
    )
    walks = {number: walker.walk(number, passed) for number, passed in tables.items()}
    found = {number: walk for number, walk in walks.items() if walk is not None}
    if not found:
        return {}
    listed = list(found.values())
    places, before = way.shares(listed, 0.0), way.shares(listed, _STEP_MILLIS)
    speeds = (places - before) * way.length_dm / _STEP_MILLIS
    return {
        number: _estimate(walk, way, place, speed)
        for (number, walk), place, speed in zip(
            found.items(), places.tolist(), speeds.tolist(), strict=True
        )
    }


def _estimate(walk: Walk, way: Course, place: float, speed: float) -> Estimate:
    if walk.lane_share is not None:
        place = walk.line // LINES + walk.lane_share * way.pit_exit
    stands = walk.silent_millis > _STANDING_MILLIS
    return Estimate(
        place * way.length_dm,
        0.0 if stands else speed,
        walk.lane_share is not None,
        walk.silent_millis,
    )
