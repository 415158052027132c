"""Which laps of a session teach its circuit: those that are over, clean, and whole in positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from racetime_poller.race.circuit import ENOUGH_LAPS, DrivenLap, Learner
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race


@dataclass(slots=True)
class Lessons:
    """Gives the learner the laps of one session, each once."""

    learner: Learner = field(default_factory=Learner)
    # Laps that the outline which is known was learned from.
    learned_laps: int = 0
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
        self._settle(race)
        due = False
        for number, lap_number in sorted(self._to_learn):
            lap = race.laps[number][lap_number]
            verdict = _judge(race, lap)
            # The very first outline cannot wait until its lap is known to be clean.
            is_first = verdict is None and not self.learner.laps and not self.learned_laps
            is_ready = (verdict or is_first) and motion.covers(lap)
            if not is_ready and verdict is not False and not motion.is_past(lap):
                continue
            self._to_learn.discard((number, lap_number))
            driven = motion.driven_lap(lap) if is_ready else None
            if driven is None:
                continue
            if self.learner.add(driven):
                due |= len(self.learner.laps) > self.learned_laps
            if is_first:
                self._unsettled[number, lap_number] = driven
        return due

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
    if (lap.is_pit_out_lap and lap_number > 1) or (after and after.is_pit_out_lap):
        return False
    if lap_number in race.pits.get(number, {}):
        return False
    # An out lap tells that the car came in, once it is out.
    settled = after is not None and after.duration_sector_1 is not None
    return True if settled and lap.lap_duration is not None else None
