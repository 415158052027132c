"""Learns from measured laps where on its lap a car is when a share of its time is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from racetime_poller.race import profile
from racetime_poller.race.circuit import Circuit
from racetime_poller.race.outline import Floats, Outline
from racetime_poller.race.profile import Profile
from racetime_poller.race.rows import LapRow
from racetime_poller.race.samples import Trails
from racetime_poller.race.state import Race

ENOUGH_LAPS = 24
_REVISE_AT = (1, 3, 6, 12, ENOUGH_LAPS)
# A lap that took longer than the best by more than this share tells little of how cars drive.
_SLOW_SHARE = 0.07
_SLACK_MILLIS = 1_500.0
# Samples of a lap without holes are nearer to each other.
_MAX_HOLE_MILLIS = 2_000.0
# A line whose start moved by more is another one.
_SAME_DM = 200.0
# As many laps of this session tell more than any of an earlier one.
_OWN_LAPS = 6


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned of a circuit: the profile, of how many laps, along which line."""

    profile: Profile
    lap_count: int
    start: tuple[float, float]
    length_dm: float

    def is_along(self, outline: Outline) -> bool:
        """Tell whether it is of an outline."""
        moved = float(np.linalg.norm(np.array(self.start) - outline.point_at(0.0)))
        return max(moved, abs(self.length_dm - outline.length_dm)) <= _SAME_DM


@dataclass(slots=True)
class LapProfiles:
    """Collects measured laps of one session."""

    _laps: list[Floats] = field(default_factory=list)
    _millis: list[float] = field(default_factory=list)
    _outline: Outline | None = None
    learned: Learned | None = None
    # Laps of this session that it takes to learn anew what is known from an earlier one.
    _enough_laps: int = 0
    _read: dict[int, Mapping[int, LapRow]] = field(default_factory=dict)
    _tried: set[tuple[int, int]] = field(default_factory=set)

    def profile(self, circuit: Circuit) -> Profile:
        """Return what was learned; else what the circuit's bends tell."""
        self._follow(circuit.outline)
        if self.learned is not None:
            return self.learned.profile
        return profile.of_outline(circuit.outline)

    def _follow(self, outline: Outline) -> None:
        """Forget laps along another line."""
        if self._outline is outline:
            return
        self._outline = outline
        if self.learned is not None and not self.learned.is_along(outline):
            self._laps, self._millis, self.learned = [], [], None
            self._enough_laps = 0
            self._tried.clear()
            self._read.clear()

    def go_on_from(self, known: Learned) -> None:
        """Use what was learned before, until this session tells more."""
        self.learned, self._enough_laps = known, min(known.lap_count, _OWN_LAPS)

    def take(self, race: Race, trails: Trails, circuit: Circuit) -> None:
        """Take in the laps that are over since the last call."""
        self._follow(circuit.outline)
        for number, laps in race.laps.items():
            if self._read.get(number) is laps:
                continue
            self._read[number] = laps
            for lap_number in sorted(laps)[-3:-1]:
                if (number, lap_number) not in self._tried:
                    self._try(laps, lap_number, trails, circuit.outline)

    def _try(
        self, laps: Mapping[int, LapRow], lap_number: int, trails: Trails, outline: Outline
    ) -> None:
        lap, after = laps[lap_number], laps.get(lap_number + 1)
        if after is None or after.date_start is None or lap.date_start is None:
            return
        begin, end = float(lap.date_start), float(after.date_start)
        if not trails.spans(lap.driver_number, int(begin), int(end + _SLACK_MILLIS)):
            return
        self._tried.add((lap.driver_number, lap_number))
        if not self._is_wanted(lap, after, end - begin):
            return
        instants, points = trails.trail(
            lap.driver_number, int(begin - _SLACK_MILLIS), int(end + _SLACK_MILLIS)
        )
        if len(instants) < 2 or float(np.diff(instants).max()) > _MAX_HOLE_MILLIS:
            return
        along, _ = outline.locate(points)
        times = profile.lap_times(instants, along / outline.length_dm, begin, end)
        if times is not None:
            self._add(times, end - begin)

    def _is_wanted(self, lap: LapRow, after: LapRow, millis: float) -> bool:
        """Tell whether a lap was driven at full speed, and tells more than those known."""
        if lap.lap_number == 1 or lap.is_pit_out_lap or after.is_pit_out_lap:
            return False
        usual = float(np.median(self._millis)) if self._millis else float("inf")
        if millis < usual * (1 - _SLOW_SHARE):
            # Those were slow laps.
            self._laps, self._millis = [], []
            return True
        return millis <= usual * (1 + _SLOW_SHARE) and len(self._laps) < ENOUGH_LAPS

    def _add(self, times: Floats, millis: float) -> None:
        self._laps.append(times)
        self._millis.append(millis)
        count, outline = len(self._laps), self._outline
        if count in _REVISE_AT and count >= self._enough_laps and outline is not None:
            found = profile.learned(self._laps, float(np.median(self._millis)))
            x, y = outline.point_at(0.0)
            self.learned = Learned(found, count, (float(x), float(y)), outline.length_dm)
