"""Let what is asked follow what the session is at: before, on, halted, over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from racetime_poller.intake import Intake
from racetime_poller.race.rows import LapRow, RaceControlRow
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.periods import Mood
from racetime_poller.sources.schedule import AFTER_THE_FLAG_SECONDS, Schedule

# Cars and messages come so long before the start, in milliseconds.
_LEAD_MILLIS = 15 * 60_000
_RACE_LEAD_MILLIS = 60 * 60_000
# After the flag all tables are read again: results, penalties and repairs come late.
_PULLS_SECONDS = (300.0, 1_800.0, 7_200.0)
_FLAG_TABLES = ("session_result", "position", "laps", "pit", "stints")
# Messages after which order and gaps are others.
_SHAKING_CATEGORIES = frozenset({"SafetyCar", "SessionStatus"})
_SHAKING_FLAGS = frozenset({"RED", "CHEQUERED", "GREEN"})
_NOTHING: Sequence[str] = ()


@dataclass(slots=True)
class Stages:
    """Sets the schedule by the session's phase."""

    schedule: Schedule
    intake: Intake
    clock: SourceClock
    _flag_at: float | None = None
    _pulls: int = 0
    _out_laps: set[tuple[int, int]] = field(default_factory=set)
    _paces: dict[str, float] = field(default_factory=dict)

    def follow(self) -> Sequence[str]:
        """Set the schedule; return the tables that are to be read whole again."""
        self.schedule.mood = self._mood()
        self._note_paces()
        phase = self.intake.phase
        if phase is SessionPhase.FINISHED and "session_result" not in self.schedule.periods:
            self.schedule.add("session_result", AFTER_THE_FLAG_SECONDS)
            self._flag_at = self.clock.seconds()
            return _FLAG_TABLES
        if phase is SessionPhase.ENDED and not self.schedule.resting:
            self.schedule.add("session_result", AFTER_THE_FLAG_SECONDS)
            self.schedule.rest()
        elif phase in (SessionPhase.STARTED, SessionPhase.SUSPENDED):
            # It was thought to be over.
            self.schedule.wake()
        return self._pull()

    def _mood(self) -> Mood:
        phase = self.intake.phase
        if phase is SessionPhase.SUSPENDED:
            return Mood.WAITING
        if phase is not SessionPhase.UPCOMING:
            return Mood.RUNNING
        lead = _RACE_LEAD_MILLIS if self.intake.race.is_race else _LEAD_MILLIS
        is_early = self.clock.now() < self.intake.race.session.date_start - lead
        return Mood.EARLY if is_early else Mood.WAITING

    def _note_paces(self) -> None:
        paces = {endpoint: self.schedule.pace(endpoint) for endpoint in self.schedule.periods}
        if paces != self._paces:
            self._paces = paces
            for endpoint, pace in paces.items():
                self.intake.freshness.polled[endpoint] = int(pace * 1000)

    def _pull(self) -> Sequence[str]:
        if self._flag_at is None or self._pulls == len(_PULLS_SECONDS):
            return _NOTHING
        if self.clock.seconds() - self._flag_at < _PULLS_SECONDS[self._pulls]:
            return _NOTHING
        self._pulls += 1
        self.schedule.hurry_all()
        return tuple(self.schedule.periods)

    def see(self, laps: Iterable[LapRow]) -> None:
        """Look at stops and tyres at once when a car has left the pits in a race."""
        if not self.intake.race.is_race:
            return
        out = {(one.driver_number, one.lap_number) for one in laps if one.is_pit_out_lap}
        if out - self._out_laps:
            self._out_laps |= out
            self.schedule.hurry("pit", "stints")

    def hear(self, messages: Iterable[RaceControlRow]) -> None:
        """Look at order and gaps at once when new messages of race control have changed them."""
        if any(
            one.category in _SHAKING_CATEGORIES or one.flag in _SHAKING_FLAGS for one in messages
        ):
            self.schedule.hurry("position", "intervals")
