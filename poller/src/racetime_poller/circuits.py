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
from racetime_poller.race.circuit import learn
from racetime_poller.race.lessons import Lessons

log = structlog.get_logger()

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
        if not self.lessons.take(self.intake.race, self.intake.motion):
            return
        laps = tuple(self.lessons.learner.laps)
        circuit = await asyncio.to_thread(learn, laps)
        revision = self.message.revision + 1 if self.message else 1
        message = circuit_message(circuit, self.intake.race.session, revision)
        await self.retried(lambda: self.publisher.set_circuit(message))
        self.message = self.known[message.circuit_key] = message
        self.intake.use_circuit(circuit)
        self.lessons.learned_laps = circuit.lap_count
        log.info(
            "poller.circuit_learned",
            circuit=message.circuit_short_name,
            laps=len(laps),
            length_meters=round(message.length_meters),
        )
