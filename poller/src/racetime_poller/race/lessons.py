"""Which laps of a session teach its circuit: those that are over, clean, and whole in positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from racetime_poller.race.circuit import ENOUGH_LAPS, DrivenLap, Learner
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.outline import Points
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race

# A way through the pits, from well before the start line to well behind it.
_VISIT_MILLIS = 60_000
# So many of them are as good as it gets; the pit lane is learned anew when so many are in.
ENOUGH_VISITS = 8
_REVISE_AT = (1, 3, ENOUGH_VISITS)
# Fewer laps make an outline of earlier sessions hardly better.
_KNOWN_LAPS = 2


@dataclass(slots=True)
class Lessons:
    """Gives the learner the laps of one session, each once."""

    learner: Learner = field(default_factory=Learner)
    # Laps that the outline which is known was learned from.
    learned_laps: int = 0
    # Whether an outline is known from earlier sessions: nothing has to be learned in a hurry then.
    is_known: bool = False
    # Ways through the pits.
    visits: list[Points] = field(default_factory=list)
    _visits_to_take: set[tuple[int, int]] = field(default_factory=set)
    _out_laps: set[tuple[int, int]] = field(default_factory=set)
    _to_learn: set[tuple[int, int]] = field(default_factory=set)
    _offered: set[tuple[int, int]] = field(default_factory=set)
    # A car's laps as they were when they were looked through last.
    _read: dict[int, Mapping[int, LapRow]] = field(default_factory=dict)
    # Laps that were learned from before it was known whether they were clean.
    _unsettled: dict[tuple[int, int], DrivenLap] = field(default_factory=dict)

    def take(self, race: Race, motion: MotionTracker) -> bool:
        """Give the learner the clean laps that are over; return whether to learn anew.

        A lap waits until it is known to be clean and all its positions are in.
        """
        self._note(race)
        if len(self.learner.laps) >= ENOUGH_LAPS:
            self._to_learn.clear()
            return False
        if not motion.has_seen:
            return False
        self._settle(race)
        due = False
        for number, lap_number in sorted(self._to_learn):
            lap = race.laps[number][lap_number]
            verdict = _judge(race, lap)
            # The very first outline cannot wait until its lap is known to be clean.
            is_new = not (self.learner.laps or self.learned_laps or self.is_known)
            is_first = verdict is None and is_new
            is_ready = (verdict or is_first) and motion.covers(lap)
            if not is_ready and verdict is not False and not motion.is_past(lap):
                continue
            self._to_learn.discard((number, lap_number))
            driven = motion.driven_lap(lap) if is_ready else None
            if driven is None:
                continue
            if self.learner.add(driven):
                known = _KNOWN_LAPS if self.is_known else 0
                due |= len(self.learner.laps) > max(self.learned_laps, known)
            if is_first:
                self._unsettled[number, lap_number] = driven
        return due

    def take_visits(self, race: Race, motion: MotionTracker) -> bool:
        """Take the ways through the pits that are over; return whether to learn the lane anew."""
        if len(self.visits) >= ENOUGH_VISITS:
            self._visits_to_take.clear()
        before = len(self.visits)
        for number, lap_number in sorted(self._visits_to_take):
            at = race.laps[number][lap_number].date_start
            if at is not None and not motion.is_over(number, at + _VISIT_MILLIS):
                continue
            self._visits_to_take.discard((number, lap_number))
            if at is not None:
                way = motion.way(number, int(at) - _VISIT_MILLIS, int(at) + _VISIT_MILLIS)
                self.visits += [way] if way is not None else []
        return any(before < count <= len(self.visits) for count in _REVISE_AT)

    def _note(self, race: Race) -> None:
        """Note the laps that are over since the last call."""
        for number, laps in race.laps.items():
            if self._read.get(number) is laps:
                continue
            self._read[number] = laps
            for lap_number, lap in laps.items():
                key = (number, lap_number)
                if lap.lap_duration is not None and key not in self._offered:
                    self._offered.add(key)
                    self._to_learn.add(key)
                if lap.is_pit_out_lap and lap_number > 1 and key not in self._out_laps:
                    self._out_laps.add(key)
                    self._visits_to_take.add(key)

    def _settle(self, race: Race) -> None:
        """Forget laps that were learned from too soon: they ended in the pits."""
        for (number, lap_number), driven in list(self._unsettled.items()):
            verdict = _judge(race, race.laps[number][lap_number])
            if verdict is None:
                continue
            del self._unsettled[number, lap_number]
            if verdict is False:
                self.learner.drop(driven)
                if self.learned_laps == 1:
                    # The next clean lap gives a better outline.
                    self.learned_laps = 0


def _judge(race: Race, lap: LapRow) -> bool | None:
    """Tell whether a lap is clean: not through the pits. None while that is not known."""
    number, lap_number = lap.driver_number, lap.lap_number
    after = race.laps[number].get(lap_number + 1)
    # A race's first lap begins on the grid, whatever is told of it; others' in the pits.
    begins_in_pits = lap.is_pit_out_lap and (lap_number > 1 or not race.is_race)
    if begins_in_pits or (after and after.is_pit_out_lap):
        return False
    if lap_number in race.pits.get(number, {}):
        return False
    # An out lap tells that the car came in, once it is out.
    settled = after is not None and after.duration_sector_1 is not None
    return True if settled and lap.lap_duration is not None else None
