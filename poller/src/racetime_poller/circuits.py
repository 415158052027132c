"""Keep circuits: take the known one from Redis, learn it from the cars' laps, publish it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime.v1.track_pb2 import CircuitReference
from racetime_poller.encode_circuit import circuit_message, circuit_of
from racetime_poller.intake import Intake
from racetime_poller.publisher import Publisher
from racetime_poller.race.circuit import Circuit, CircuitBasis, learn
from racetime_poller.race.distances import lap_length_meters
from racetime_poller.race.lessons import Lessons
from racetime_poller.race.schematic import schematic

log = structlog.get_logger()

# Positions may come a little later than laps: so long is waited for them, in race time.
_POSITIONS_WAIT_MILLIS = 20_000

# Writes, again and again while Redis is away.
Retried = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


@dataclass(slots=True)
class CircuitKeeper:
    """Keeps the circuit of the session that is followed."""

    publisher: Publisher
    intake: Intake
    # What outlives the session: circuits by their keys.
    known: dict[int, CircuitMessage]
    retried: Retried
    lessons: Lessons = field(default_factory=Lessons)
    message: CircuitMessage | None = None
    # When the first lap was over and there were no positions, in race time.
    _without_positions_since: int | None = None

    def reference(self) -> CircuitReference | None:
        """Return what names the circuit to readers; None when none is known."""
        if self.message is None:
            return None
        return CircuitReference(
            circuit_key=self.message.circuit_key, revision=self.message.revision
        )

    async def open(self) -> None:
        """Go on from the circuit that is known. Raises PublishError and redis.RedisError."""
        key = self.intake.race.session.circuit_key
        if key is None:
            return
        self.message = await self.publisher.circuit(key)
        if self.message is None and key in self.known:
            self.message = self.known[key]
            await self.publisher.set_circuit(self.message)
        if self.message is None:
            return
        self.known[key] = self.message
        circuit = circuit_of(self.message)
        if circuit is not None:
            self.intake.use_circuit(circuit)
            self.lessons.learned_laps = circuit.lap_count

    async def improve(self) -> None:
        """Learn the circuit anew when more clean laps are in, beside the loop: it takes a while."""
        if self.lessons.take(self.intake.race, self.intake.motion):
            await self._learn()
        elif self.intake.circuit is None:
            await self._stand_in()
        elif self._is_schematic and self.intake.motion.movements():
            # Cars that are measured do not drive on a circle; their first laps tell the shape.
            await self._keep(None)

    @property
    def _is_schematic(self) -> bool:
        circuit = self.intake.circuit
        return circuit is not None and circuit.basis is CircuitBasis.SCHEMATIC

    async def _learn(self) -> None:
        laps = tuple(self.lessons.learner.laps)
        circuit = await asyncio.to_thread(learn, laps)
        await self._keep(circuit)
        self.lessons.learned_laps = circuit.lap_count
        log.info(
            "poller.circuit_learned",
            circuit=self.intake.race.session.circuit_short_name,
            laps=len(laps),
            length_meters=round(circuit.outline.length_dm / 10),
        )

    async def _stand_in(self) -> None:
        """Take a circle of the circuit's length while cars drive and none is measured."""
        race, motion = self.intake.race, self.intake.motion
        length_meters = lap_length_meters(race.session.circuit_short_name)
        if length_meters is None or race.session.circuit_key is None or motion.movements():
            return
        if not any(len(laps) > 1 for laps in race.laps.values()):
            return
        now = motion.estimator.alive_at
        if self._without_positions_since is None:
            self._without_positions_since = now
        if now - self._without_positions_since < _POSITIONS_WAIT_MILLIS:
            return
        await self._keep(schematic(length_meters))
        log.info("poller.circuit_schematic", circuit=race.session.circuit_short_name)

    async def _keep(self, circuit: Circuit | None) -> None:
        """Use a circuit from now on, and keep it."""
        revision = self.message.revision + 1 if self.message else 1
        message = circuit_message(circuit, self.intake.race.session, revision)
        await self.retried(lambda: self.publisher.set_circuit(message))
        self.message = self.known[message.circuit_key] = message
        self.intake.use_circuit(circuit)
