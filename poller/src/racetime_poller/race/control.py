"""What race control has said so far: one frozen value that each message turns into the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from racetime_poller.race.views import Evidence, SectorFlag, SessionPhase, TrackFlag


class Change(NamedTuple):
    """A turn of the ruling flag. `lap` is the one that race control named."""

    at: int
    flag: TrackFlag
    evidence: Evidence
    lap: int | None


class Stop(NamedTuple):
    """A time for which a session was suspended; `until` is None while it is."""

    at: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch from a start to its chequered flag: a phase of qualifying, or the session."""

    number: int
    started_at: int
    finished_at: int | None = None
    stops: tuple[Stop, ...] = ()

    def stopped(self, at: int) -> "Part":
        """Return the part as suspended at an instant."""
        if self.finished_at is not None or (self.stops and self.stops[-1].until is None):
            return self
        return replace(self, stops=(*self.stops, Stop(at)))

    def resumed(self, at: int) -> "Part":
        """Return the part as it goes on at an instant, be it one that was said to be over."""
        if self.finished_at is not None:
            return replace(self, finished_at=None, stops=(*self.stops, Stop(self.finished_at, at)))
        if not self.stops or self.stops[-1].until is not None:
            return self
        return replace(self, stops=(*self.stops[:-1], Stop(self.stops[-1].at, at)))


@dataclass(frozen=True, slots=True)
class Control:
    """What race control has said so far. Red, safety car and yellows are apart: a clear sector
    does not lift a red."""

    phase: SessionPhase = SessionPhase.UPCOMING
    evidence: Evidence = Evidence.RACE_CONTROL
    started_at: int | None = None
    # When it last went on: the start, or the end of a red flag.
    resumed_at: int | None = None
    # When a part was over last, be it an earlier one: what was told cannot be taken back.
    finished_at: int | None = None
    chequered_at: int | None = None
    parts: tuple[Part, ...] = ()
    open: bool = False
    red: bool = False
    car: TrackFlag | None = None
    # When a safety car that is coming in is gone at the latest, and how that is known.
    car_gone: tuple[int, Evidence] | None = None
    # Whether the safety car stands ready to lead the field at the next start.
    lights: bool = False
    sectors: Mapping[int, SectorFlag] = field(default_factory=dict)
    aid_enabled: bool | None = None
    qualifying_phase: int | None = None
    # The part that a message announced as the next one.
    announced_part: int | None = None
    aborted_starts: int = 0
    aborted_at: int | None = None
    changes: tuple[Change, ...] = ()
    flag: TrackFlag | None = None
    flag_since_at: int | None = None
    flag_evidence: Evidence = Evidence.RACE_CONTROL

    @property
    def part(self) -> Part | None:
        """The newest part."""
        return self.parts[-1] if self.parts else None
