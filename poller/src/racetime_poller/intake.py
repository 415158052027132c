"""Take rows in: into the race, the positions, the telemetry. No I/O; the clock is an argument."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from racetime_poller.race import entries
from racetime_poller.race.circuit import Circuit, CircuitBasis
from racetime_poller.race.derive import Picture, derive
from racetime_poller.race.freshness import Freshness
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.plausible import are_plain, fault, split_laps
from racetime_poller.race.reduce import DRIVER_NUMBERS, SetAside, reduce
from racetime_poller.race.rows import LapRow, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.telemetry import TelemetryTracker
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.decode import SAMPLE_LENGTH, Decoded

# Rows from farther ahead are a fault of somebody's clock, in milliseconds: ours may be some seconds
# slow, and a simulator's, which is not always read, by what its speed makes of a second.
_MAX_FUTURE_MILLIS = 15_000
_SAMPLED = frozenset({"location", "car_data"})
# Phases in which cars drive that may have to be estimated.
_ON_TRACK = (SessionPhase.STARTED, SessionPhase.SUSPENDED, SessionPhase.FINISHED)


@dataclass(slots=True)
class Intake:
    """All that is known of the session that is followed."""

    race: Race
    announced_laps: int | None = None
    speed: float = 1.0
    # As it is known, be it learned, imported, or only a circle of its length.
    circuit: Circuit | None = None
    motion: MotionTracker = field(default_factory=MotionTracker)
    telemetry: TelemetryTracker = field(default_factory=TelemetryTracker)
    freshness: Freshness = field(default_factory=Freshness)
    set_aside: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], str] = field(default_factory=dict)
    row_counts: Counter[str] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)
    phase: SessionPhase = SessionPhase.UPCOMING

    @staticmethod
    def of(session: SessionRow, announced_laps: int | None = None) -> "Intake":
        """Begin with nothing but the session."""
        return Intake(Race(session), announced_laps)

    def apply(self, endpoint: str, decoded: Decoded, now: int) -> bool:
        """Take in the rows of an answer; return whether they brought anything new."""
        self.answered.add(endpoint)
        for reason, sample in decoded.set_aside:
            self._put_aside(endpoint, reason, sample)
        rows = self._plausible(endpoint, decoded.rows, now)
        self.row_counts[endpoint] += len(rows)
        before = self.race
        taken = 0
        if endpoint in _SAMPLED:
            taken = self._apply_samples(endpoint, rows, now)
        else:
            if endpoint == "laps":
                rows = self._credible_laps(rows)
            for row in rows:
                self._reduce(endpoint, row, now)
            self.motion.estimator.alive_at = now
        if endpoint == "laps":
            self.motion.estimator.hear(self.race, now)
        return taken > 0 or self.race is not before

    def _plausible(self, endpoint: str, rows: Sequence[Any], now: int) -> Sequence[Any]:
        latest = now + _MAX_FUTURE_MILLIS + 1_000 * self.speed
        if endpoint in _SAMPLED and rows and max([row.date for row in rows]) <= latest:
            return rows
        kept = []
        for row in rows:
            at = row.date_start if isinstance(row, LapRow) else getattr(row, "date", None)
            if at is not None and at > latest:
                self._put_aside(endpoint, "future", row)
                continue
            kept.append(row)
        return kept

    def _credible_laps(self, rows: Sequence[LapRow]) -> Sequence[LapRow]:
        key = self.race.session.session_key
        own = [row for row in rows if row.session_key == key]
        kept, beyond = split_laps(self.race.laps, own)
        for row in beyond:
            self._put_aside("laps", "lap_jump", row)
        # Those of other sessions are told apart, and counted, by the reducer.
        return [*kept, *(row for row in rows if row.session_key != key)]

    def _apply_samples(self, endpoint: str, rows: Sequence[Any], now: int) -> int:
        key = self.race.session.session_key
        known = entries.numbers(self.race) if self.race.drivers else DRIVER_NUMBERS
        start = self.race.session.date_start
        kept = rows
        if not (_are_of(rows, key, known) and are_plain(rows, start)):
            kept = [row for row in rows if self._is_sample(endpoint, row, known)]
        if kept:
            self._seen(endpoint, max(row.date for row in kept), now)
        if endpoint != "location":
            return self.telemetry.add(kept)
        before = self.motion.rejected.copy()
        taken = self.motion.add(kept)
        for reason, count in (self.motion.rejected - before).items():
            self.set_aside[endpoint, reason] += count
            self.samples[endpoint, reason] = str(kept[-1])[:SAMPLE_LENGTH]
        return taken

    def _is_sample(self, endpoint: str, row: Any, known: Set[int] | range) -> bool:
        if row.session_key != self.race.session.session_key:
            reason: str | None = "other_session"
        elif row.driver_number not in known:
            reason = "unknown_driver"
        else:
            reason = fault(row, self.race.session.date_start)
        if reason:
            self._put_aside(endpoint, reason, row)
        return reason is None

    def _seen(self, endpoint: str, at: int, now: int) -> None:
        # What is asked next begins at the newest row: one from ahead must hide none between.
        self.freshness.seen(endpoint, min(at, now))

    def _reduce(self, endpoint: str, row: Any, now: int) -> None:
        try:
            self.race = reduce(self.race, row)
        except SetAside as error:
            self._put_aside(endpoint, error.reason, row)
            return
        at = getattr(row, "date", None) or getattr(row, "date_start", None)
        if at is not None:
            self._seen(endpoint, at, now)

    def _put_aside(self, endpoint: str, reason: str, sample: object) -> None:
        self.set_aside[endpoint, reason] += 1
        self.samples[endpoint, reason] = str(sample)[:SAMPLE_LENGTH]

    def use_circuit(self, circuit: Circuit | None) -> None:
        """Follow the cars along a circuit, or along none."""
        self.circuit = circuit
        # By a circle that is not the circuit's shape no position can be judged.
        is_shape = circuit is not None and circuit.basis is not CircuitBasis.SCHEMATIC
        self.motion.outline = circuit.outline if circuit is not None and is_shape else None
        if circuit is None:
            # Nobody can be estimated any more, nor glide to where it is measured.
            stand_in = self.motion.estimator.stand_in
            stand_in.return_cars(None)
            stand_in.drop(set(stand_in.cars))

    def _lap_meters(self) -> float | None:
        """Return the length of a lap where the cars, or a file, have told it."""
        circuit = self.circuit
        if circuit is None or circuit.basis is CircuitBasis.SCHEMATIC:
            return None
        return circuit.outline.length_dm / 10

    def picture(self, now: int) -> Picture:
        """Derive what is told of the race at an instant."""
        running = self.phase in (SessionPhase.STARTED, SessionPhase.SUSPENDED)
        picture = derive(
            self.race,
            now=now,
            movements=self.motion.movements(),
            sources=self.freshness.views(now=now, running=running, is_race=self.race.is_race),
            announced_laps=self.announced_laps,
            told={endpoint for endpoint in self.answered if self.row_counts[endpoint]},
            lap_meters=self._lap_meters(),
        )
        self.phase = picture.clock.phase
        if self.phase in _ON_TRACK:
            states = {number: one.state for number, one in picture.statuses.items()}
            self.motion.estimate(self.race, states, self.circuit, now)
        if "pit" not in self.answered:
            # No stop is known of, which does not mean that there was none.
            unknown = {n: replace(one, stops=None) for n, one in picture.statuses.items()}
            picture = replace(picture, statuses=unknown)
        return picture


def _are_of(rows: Sequence[Any], session_key: int, known: Set[int] | range) -> bool:
    """Tell whether all samples are of a session and of cars that are known."""
    if {row.session_key for row in rows} != {session_key}:
        return False
    return all(number in known for number in {row.driver_number for row in rows})
