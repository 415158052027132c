"""Decides which cars are estimated, and keeps what estimates rest on beside the state."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from racetime_poller.race.circuit import Circuit, CircuitBasis
from racetime_poller.race.estimate import course, estimate
from racetime_poller.race.gate import Gate
from racetime_poller.race.lap_profiles import LapProfiles
from racetime_poller.race.passages import LINES, last_line
from racetime_poller.race.rows import LapRow
from racetime_poller.race.samples import Samples, Trails
from racetime_poller.race.stand_in import StandIn
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarState
from racetime_poller.race.walk import Heard

# Positions that are silent for so long are estimated; those that are not believed sooner.
_SILENT_MILLIS = 10_000
_DOUBTED_MILLIS = 3_000
# Estimates are of a moment ago: rows come late.
DELAY_MILLIS = 1_000
# When nothing else is heard either, it is the source that is silent, and what it missed may come.
_DEAF_MILLIS = 30_000
# A car whose positions stand for so long, while it passes a line, is elsewhere.
_FROZEN_MILLIS = 8_000
_FROZEN_SLACK_MILLIS = 3_000
_USUAL_LAG_MILLIS = 1_000
_MIN_LAG_MILLIS, _MAX_LAG_MILLIS = 300, 5_000
_LAGS = 40
_NOT_RUNNING = frozenset({CarState.WAITING, CarState.RETIRED})


@dataclass(slots=True)
class Estimator:
    """Estimates the cars of one session that are not measured."""

    stand_in: StandIn = field(default_factory=StandIn)
    profiles: LapProfiles = field(default_factory=LapProfiles)
    _begun_at: int | None = None
    # When anything but positions was heard last.
    alive_at: int = 0
    _heard_at: int = 0
    _lines: dict[tuple[int, int], int] = field(default_factory=dict)
    _lags: deque[int] = field(default_factory=lambda: deque(maxlen=_LAGS))
    _read: dict[int, Mapping[int, LapRow]] = field(default_factory=dict)

    @property
    def heard(self) -> Heard:
        """What is heard of passages, and how late."""
        lag = min(self._lags, default=_USUAL_LAG_MILLIS)
        bounded = min(max(lag, _MIN_LAG_MILLIS), _MAX_LAG_MILLIS)
        return Heard(self._heard_at, bounded, self._lines)

    def hear(self, race: Race, at: int) -> None:
        """Note that the laps were read at an instant, and which lines are new in them."""
        first = self._heard_at == 0
        self._heard_at = max(at, self._heard_at)
        self.alive_at = max(at, self.alive_at)
        for number, laps in race.laps.items():
            if self._read.get(number) is laps or not laps:
                continue
            self._read[number] = laps
            line = last_line(laps)
            if (number, line) in self._lines:
                continue
            self._lines[number, line] = at if not first else 0
            start = laps[max(laps)].date_start
            if line % LINES == 0 and start is not None and not first:
                self._lags.append(at - start)

    def advance(
        self,
        race: Race,
        states: Mapping[int, CarState],
        circuit: Circuit,
        gate: Gate,
        trails: Trails,
        measured_at: Mapping[int, int],
        now: int,
    ) -> None:
        """Go on to an instant: estimate whom nothing is measured of."""
        self._begun_at = now if self._begun_at is None else self._begun_at
        self.profiles.take(race, trails, circuit)
        self._find_frozen(race, gate)
        due: list[int] = []
        if now - self.alive_at <= _DEAF_MILLIS:
            self._choose(states, circuit, gate, measured_at, now)
            due = self.stand_in.due(now - DELAY_MILLIS)
        if due:
            way = course(circuit, self.profiles.profile(circuit), race)
            for at in due:
                self.stand_in.show(at, estimate(race, way, at, self.heard), circuit)
        # Nobody glides from a circle that is not the circuit's shape to where it is.
        is_shape = circuit.basis is not CircuitBasis.SCHEMATIC
        self.stand_in.return_cars(circuit if is_shape else None)

    def _choose(
        self,
        states: Mapping[int, CarState],
        circuit: Circuit,
        gate: Gate,
        measured_at: Mapping[int, int],
        now: int,
    ) -> None:
        running = {number for number, state in states.items() if state not in _NOT_RUNNING}
        self.stand_in.drop(self.stand_in.cars.keys() - running)
        for number in running - self.stand_in.cars.keys():
            silent = now - max(measured_at.get(number, 0), self._begun_at or now)
            patience = _SILENT_MILLIS if gate.trusts(number) else _DOUBTED_MILLIS
            if silent > patience:
                at = measured_at.get(number)
                last = (at, *gate.place(number)) if at is not None else None
                self.stand_in.begin(number, now, last, circuit)

    def _find_frozen(self, race: Race, gate: Gate) -> None:
        """Believe no car that stands in one place and yet passes lines."""
        still = np.flatnonzero(gate.last_at - gate.standing.since > _FROZEN_MILLIS).tolist()
        for number in still:
            laps = race.laps.get(number)
            if not laps or number in gate.standing.frozen:
                continue
            lap = laps[max(laps)]
            since = int(gate.standing.since[number]) + _FROZEN_SLACK_MILLIS
            passed_at = lap.date_start if lap.lap_number > 1 and not lap.is_pit_out_lap else None
            if passed_at is not None and passed_at > since:
                gate.freeze(number)

    def take(self, samples: Samples) -> Samples:
        """Keep what is measured of cars that are estimated; return the rest."""
        if not self.stand_in.cars or not len(samples):
            return samples
        own = np.isin(samples.drivers, list(self.stand_in.cars))
        self.stand_in.take(samples.only(own))
        return samples.only(~own)
