"""Play a race through the poller's own intake and broadcast, as fast as it goes, offline."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.races import Race
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.track_pb2 import Circuit
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.broadcast import Broadcast
from racetime_poller.intake import Intake
from racetime_poller.publisher import OpenLog
from racetime_poller.settings import Settings

# Before lights out, so that the grid is there; in milliseconds.
LEAD_MILLIS = 60_000
# After the last car's flag.
TAIL_MILLIS = 30_000
# How often the poller looks even when no row came.
IDLE_MILLIS = 1_000
STEP_MILLIS = 100


@dataclass
class ManualClock:
    """The source's clock, moved by hand."""

    at: int
    provenance: str
    speed: float = 1.0

    def now(self) -> int:
        """Answer the race's now in epoch milliseconds."""
        return self.at


@dataclass
class Pile:
    """Takes what a broadcast publishes, where Redis would."""

    # Race time at which the log began: at speed 1 the wall clock passes as the race does.
    began_at: int
    take: Callable[[int, UpdateRecord, UpdateRecord | None], None]

    async def open(self, _session_key: int, revision: int, _left: object = None) -> OpenLog:
        """Begin a log."""
        return OpenLog(0, revision, None, RaceState())

    async def circuit(self, _circuit_key: int) -> None:
        """Know no circuit."""

    async def profile(self, circuit_key: int) -> None:
        """Know no profile of the circuit's laps."""

    async def set_profile(self, circuit_key: int, profile: bytes) -> None:
        """Let a profile go."""

    async def set_circuit(self, _message: Circuit) -> None:
        """Let a circuit go."""

    async def set_live(self, _session: object) -> None:
        """Let a session go."""

    async def publish(
        self,
        _session_key: int,
        _sequence: int,
        now: int,
        update: UpdateRecord,
        keyframe: UpdateRecord | None,
        _log_revision: int | None = None,
    ) -> None:
        """Take an update, and a keyframe where there is one."""
        for record in (update, keyframe):
            if record is not None:
                record.published_offset_millis = now - self.began_at
        self.take(now, update, keyframe)


@dataclass
class Play:
    """A race on its way through the poller.

    Each endpoint is asked at its period (seconds of race time); what changed is published as the
    poller would: at once when rows came, half a second apart at least, once a second otherwise.
    """

    race: Race
    periods: Mapping[str, float]
    take: Callable[[int, UpdateRecord, UpdateRecord | None], None]
    settings: Settings = field(default_factory=Settings)
    learns: bool = True
    row_count: int = 0
    _due: dict[str, int] = field(default_factory=dict)

    def run(self, seconds: float | None = None) -> float:
        """Play the race, or its first seconds; answers how many from lights out."""
        return asyncio.run(self._run(seconds))

    async def _run(self, seconds: float | None) -> float:
        race = self.race
        end = race.ended_at + TAIL_MILLIS
        if seconds is not None:
            end = min(end, race.started_at + int(seconds * 1000))
        clock = ManualClock(race.started_at - LEAD_MILLIS, race.provenance)
        broadcast = self._broadcast(clock)
        await broadcast.open()
        published_at, news = 0, True
        for now in range(clock.at, end, STEP_MILLIS):
            clock.at = now
            news |= self._ask(broadcast.intake, now)
            since = now - published_at
            if since < self.settings.publish_interval_millis:
                continue
            if news or since >= self.settings.publish_interval_millis + IDLE_MILLIS:
                if self.learns:
                    await broadcast.circuits.improve()
                await broadcast.publish_once()
                published_at, news = now, False
        return (end - race.started_at) / 1000

    def _broadcast(self, clock: ManualClock) -> Broadcast:
        race, settings = self.race, self.settings
        intake = Intake.of(race.session, race.total_laps)
        for endpoint, period in self.periods.items():
            intake.freshness.polled[endpoint] = int(period * 1000)
        for endpoint, decoded in race.rows(clock.at, frozenset(race.feeds)):
            intake.apply(endpoint, decoded, clock.at)
        return Broadcast(
            Pile(clock.at, self.take),  # type: ignore[arg-type]
            intake,
            clock,  # type: ignore[arg-type]
            settings.publish_interval_millis,
            settings.keyframe_interval_seconds,
        )

    def _ask(self, intake: Intake, now: int) -> bool:
        if not self._due:
            # Answers come one after the other, not at the same instant.
            self._due = {name: now + n * STEP_MILLIS for n, name in enumerate(self.periods)}
        due = [name for name, at in self._due.items() if at <= now]
        for name in due:
            self._due[name] += int(self.periods[name] * 1000)
        news = False
        for endpoint, decoded in self.race.rows(now, frozenset(due)):
            self.row_count += len(decoded.rows)
            news |= intake.apply(endpoint, decoded, now)
        return news
