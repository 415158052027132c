"""Keep circuits: take the known one from Redis, learn it from the cars' laps, take in the file that
the meeting names, publish it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog

from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime.v1.track_pb2 import CircuitReference
from racetime_poller.encode_circuit import circuit_message, circuit_of
from racetime_poller.intake import Intake
from racetime_poller.kept_profile import profile_bytes, profile_of
from racetime_poller.publisher import Publisher
from racetime_poller.race.circuit import Circuit, CircuitBasis, DrivenLap, learn
from racetime_poller.race.circuit_file import CircuitFileRefused, circuit_of_file
from racetime_poller.race.distances import lap_length_meters
from racetime_poller.race.lap_profiles import Learned
from racetime_poller.race.lessons import Lessons
from racetime_poller.race.merging import agree, joined, merged, with_file
from racetime_poller.race.pit_lane import learn_pit_lane
from racetime_poller.race.schematic import schematic, sector_shares
from racetime_poller.sources.errors import SourceError, Unavailable

log = structlog.get_logger()

# Positions may come a little later than laps: so long is waited for them, in race time.
_POSITIONS_WAIT_MILLIS = 20_000

# A meeting is read in the first seconds, and hardly ever changes.
_MEETING_SECONDS = 5.0
# A file that does not come is asked for so often, after so long.
_FILE_RETRY_SECONDS = (30.0, 300.0, 1800.0)

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
    # What earlier sessions have told.
    _before: Circuit | None = None
    # Whether ways through the pits wait for an outline.
    _lane_is_due: bool = False
    # A file that was fetched, not yet taken in.
    _file: Circuit | None = None
    # What is kept of how cars drive a lap.
    _profile: Learned | None = None
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
        if circuit is None:
            return
        self.intake.use_circuit(circuit)
        if circuit.basis is CircuitBasis.SCHEMATIC:
            return
        self.lessons.is_known = True
        await self._go_on_from_profile(key)
        if self.message.session_key == self.intake.race.session.session_key:
            # These laps must not count twice: more of them replace what they have told.
            self.lessons.learned_laps = circuit.lap_count
        else:
            self._before = circuit

    async def _go_on_from_profile(self, key: int) -> None:
        known = profile_of(await self.publisher.profile(key) or b"")
        if known is not None:
            self._profile = known
            self.intake.motion.estimator.profiles.go_on_from(known)

    async def _keep_profile(self) -> None:
        learned = self.intake.motion.estimator.profiles.learned
        key = self.intake.race.session.circuit_key
        if learned is None or learned is self._profile or key is None or self._is_schematic:
            return
        self._profile, data = learned, profile_bytes(learned)
        await self.retried(lambda: self.publisher.set_profile(key, data))

    async def improve(self) -> None:
        """Learn the circuit anew when more clean laps are in, beside the loop: it takes a while."""
        race, motion = self.intake.race, self.intake.motion
        if self._file is not None:
            await self._take_file(self._file)
            self._file = None
        if self.lessons.take(race, motion):
            await self._learn()
        if self.lessons.take_visits(race, motion) or self._lane_is_due:
            await self._learn_lane()
        if self.intake.circuit is None:
            await self._stand_in()
        elif self._is_schematic and motion.movements():
            # Cars that are measured do not drive on a circle; their first laps tell the shape.
            await self._keep(None)
        elif self._is_schematic and not self.intake.circuit.sector_end_dm:
            await self._mark_sectors(self.intake.circuit)
        await self._keep_profile()

    async def fetch_file(self, fetch: Callable[[str], Awaitable[bytes]]) -> None:
        """Fetch the circuit file of the meeting, unless it is known; `improve` takes it in.

        Whatever goes wrong, the circuit stays what it was.
        """
        url = await self._file_url()
        if not url or (self.message is not None and self.message.source_url == url):
            return
        try:
            text = await _fetched(fetch, url)
            self._file = await asyncio.to_thread(circuit_of_file, text, url)
        except (SourceError, CircuitFileRefused) as error:
            log.warning("poller.circuit_file_refused", url=url, reason=str(error))

    async def _file_url(self) -> str | None:
        """Return what the meeting names, once that is known."""
        while True:
            meeting = self.intake.race.meeting
            if meeting is not None:
                return meeting.circuit_info_url
            await asyncio.sleep(_MEETING_SECONDS)

    async def _take_file(self, file: Circuit) -> None:
        """Add to the shape that was learned what a file tells; it is the shape where there is none.

        Cars are on the line that was learned to some decimetres, on that of a file to some metres.
        """
        known = self.intake.circuit
        if known is None or self._is_schematic:
            self.lessons.is_known = True
            await self._keep(file)
        elif agree(known.outline, file.outline):
            await self._keep(with_file(known, file))
        else:
            reason = "its outline is not that of the cars"
            log.warning("poller.circuit_file_refused", url=file.source_url, reason=reason)
            return
        log.info("poller.circuit_file_taken", url=file.source_url, corners=len(file.corners))

    @property
    def _is_schematic(self) -> bool:
        circuit = self.intake.circuit
        return circuit is not None and circuit.basis is CircuitBasis.SCHEMATIC

    async def _learn(self) -> None:
        laps, known = tuple(self.lessons.learner.laps), self.intake.circuit
        found = await asyncio.to_thread(_learned, laps, self._before, known)
        self.lessons.learned_laps = len(laps)
        if found is known or found is self._before:
            return
        await self._keep(found)
        log.info(
            "poller.circuit_learned",
            circuit=self.intake.race.session.circuit_short_name,
            laps=len(laps),
            length_meters=round(found.outline.length_dm / 10),
        )

    async def _learn_lane(self) -> None:
        circuit = self.intake.circuit
        self._lane_is_due = circuit is None or self._is_schematic
        if circuit is None or self._is_schematic:
            return
        visits = tuple(self.lessons.visits)
        lane = await asyncio.to_thread(learn_pit_lane, circuit.outline, visits)
        if lane is not None:
            await self._keep(replace(circuit, pit_lane=lane))

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

    async def _mark_sectors(self, circle: Circuit) -> None:
        shares = sector_shares(self.intake.race)
        if shares:
            ends = tuple(share * circle.outline.length_dm for share in shares)
            await self._keep(replace(circle, sector_end_dm=ends))

    async def _keep(self, circuit: Circuit | None) -> None:
        """Use a circuit from now on, and keep it."""
        revision = self.message.revision + 1 if self.message else 1
        message = circuit_message(circuit, self.intake.race.session, revision)
        await self.retried(lambda: self.publisher.set_circuit(message))
        self.message = self.known[message.circuit_key] = message
        self.intake.use_circuit(circuit)


async def _fetched(fetch: Callable[[str], Awaitable[bytes]], url: str) -> bytes:
    """Fetch a file, again and again while that can heal. Raises SourceError."""
    for seconds in _FILE_RETRY_SECONDS:
        try:
            return await fetch(url)
        except Unavailable as error:
            log.info("poller.circuit_file_unavailable", url=url, reason=str(error))
            await asyncio.sleep(seconds)
    return await fetch(url)


def _learned(laps: tuple[DrivenLap, ...], before: Circuit | None, known: Circuit | None) -> Circuit:
    """Return what laps tell, together with what earlier sessions and this one have told."""
    is_shape = known is not None and known.basis is not CircuitBasis.SCHEMATIC
    if known is None or not is_shape:
        return learn(laps)
    learned = learn(laps, known.outline)
    if before is not None:
        learned = merged(before, learned)
        if learned is before:
            return before
    return joined(learned, known) if agree(learned.outline, known.outline) else learned
