"""What is known of one session: a frozen value that `reduce` turns into the next one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, cast

from racetime_poller.race.rows import (
    ChampionshipDriverRow,
    ChampionshipTeamRow,
    DriverRow,
    Instant,
    LapRow,
    MeetingRow,
    OvertakeRow,
    PitRow,
    PositionRow,
    RaceControlRow,
    SessionResultRow,
    SessionRow,
    StartingGridRow,
    StintRow,
    TeamRadioRow,
    WeatherRow,
)

RACE_NAMES = frozenset({"Race", "Sprint"})

R = TypeVar("R")


def merged(old: R, new: R | None) -> R:
    """Return `new` with what it does not know taken from `old`; one of the two where it is equal.

    An item of a list that is null or zero, such as a mini-sector not driven yet, is not known.
    """
    if new is None or old == new:
        return old
    unknown: dict[str, Any] = {}
    row = cast(Any, new)
    for one in fields(row):
        known, told = getattr(old, one.name), getattr(new, one.name)
        if isinstance(told, tuple) and isinstance(known, tuple) and len(told) == len(known):
            told = tuple(a or b or a for a, b in zip(told, known, strict=True))
            if told != getattr(new, one.name):
                unknown[one.name] = told
        elif told is None and known is not None:
            unknown[one.name] = known
    return cast(R, replace(row, **unknown)) if unknown else new


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a car is behind: a time, or whole laps."""

    millis: int | None = None
    laps: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """The newest known distance of each kind, with the instant it was given."""

    to_leader: Distance | None = None
    to_leader_date: Instant | None = None
    interval: Distance | None = None
    interval_date: Instant | None = None


@dataclass(frozen=True, slots=True)
class Race:
    """The state of one session. Mappings are never changed in place."""

    session: SessionRow
    meeting: MeetingRow | None = None
    drivers: Mapping[int, DriverRow] = field(default_factory=dict)
    first_positions: Mapping[int, PositionRow] = field(default_factory=dict)
    positions: Mapping[int, PositionRow] = field(default_factory=dict)
    # All of them, by instant and driver.
    placings: Mapping[tuple[int, int], PositionRow] = field(default_factory=dict)
    gaps: Mapping[int, Gap] = field(default_factory=dict)
    laps: Mapping[int, Mapping[int, LapRow]] = field(default_factory=dict)
    stints: Mapping[int, Mapping[int, StintRow]] = field(default_factory=dict)
    pits: Mapping[int, Mapping[int, PitRow]] = field(default_factory=dict)
    race_control: tuple[RaceControlRow, ...] = ()
    # All that was measured, by instant: a measurement may hold only some of its values.
    weathers: Mapping[int, WeatherRow] = field(default_factory=dict)
    overtakes: Mapping[tuple[int, int, int], OvertakeRow] = field(default_factory=dict)
    grid: Mapping[tuple[int, int], StartingGridRow] = field(default_factory=dict)
    results: Mapping[int, SessionResultRow] = field(default_factory=dict)
    team_radio: Mapping[tuple[int, int], TeamRadioRow] = field(default_factory=dict)
    championship_drivers: Mapping[int, ChampionshipDriverRow] = field(default_factory=dict)
    championship_teams: Mapping[str, ChampionshipTeamRow] = field(default_factory=dict)

    @property
    def is_race(self) -> bool:
        """Whether places are fought for on the road: a race or a sprint."""
        return self.session.session_name in RACE_NAMES

    @property
    def weather(self) -> WeatherRow | None:
        """The newest known value of each measure, with the newest instant."""
        newest: WeatherRow | None = None
        for at in sorted(self.weathers, reverse=True):
            newest = merged(self.weathers[at], newest)
            if all(getattr(newest, name) is not None for name in newest.__slots__):
                break
        return newest
