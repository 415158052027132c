"""Receive what is pushed, and judge what push brings: requests fill in for the rest."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from racetime_poller.door import Door
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.hearing import ALWAYS_EXPECTED, EXPECTED_IN_RACE
from racetime_poller.sources.periods import PUSHED
from racetime_poller.sources.push import Batch, Push
from racetime_poller.sources.schedule import Schedule
from racetime_poller.windows import Windows

log = structlog.get_logger()

# A share of the wall clock's time that messages may be on their way.
_LEEWAY_WALL_SECONDS = 2.0
# Rows of another session make us look for a new one, no more often than this, in race time.
_LOOK_SECONDS = 10.0
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reception:
    """Listens to a push; its messages go through the door."""

    push: Push
    door: Door
    windows: Windows
    schedule: Schedule
    clock: SourceClock
    on_heard: Callable[[], None]
    _looked_at: float = field(default=float("-inf"))

    async def run(self) -> None:
        """Receive for ever."""
        await self.push.run(self)

    def on_connected(self) -> None:
        """Ask for what was pushed before."""
        for endpoint in PUSHED:
            self.windows.note_hole(endpoint)
        self.schedule.hurry(*PUSHED)

    def on_messages(self, batch: Batch) -> None:
        """Take messages in, endpoint by endpoint."""
        self.on_heard()
        by_endpoint: dict[str, list[bytes]] = defaultdict(list)
        for endpoint, body in batch:
            by_endpoint[endpoint].append(body)
        for endpoint, bodies in by_endpoint.items():
            aside = endpoint, "other_session"
            before = self.door.intake.set_aside[aside]
            self.door.messages(endpoint, bodies)
            if self.door.intake.set_aside[aside] > before:
                self._look_for_session()

    def _look_for_session(self) -> None:
        now = self.clock.seconds()
        if now - self._looked_at > _LOOK_SECONDS:
            self._looked_at = now
            self.schedule.hurry("sessions")

    def judge(self, phase: SessionPhase) -> None:
        """Let requests fill in for what push does not bring now, and no longer for what it does."""
        running = phase is SessionPhase.STARTED
        expected = self._expected(phase)
        pushed = self.push.hearing.brings(
            self.clock.seconds(),
            expected,
            running=running,
            leeway=_LEEWAY_WALL_SECONDS * self.clock.speed,
        )
        before = self.schedule.pushed
        if pushed == before:
            return
        self.schedule.pushed = pushed
        # What is not asked for cannot be missed.
        missed = set(PUSHED if pushed is None else expected - pushed) & set(self.schedule.periods)
        self.push.silent_endpoints = tuple(sorted(missed))
        self._fill(before or _NOTHING, pushed or _NOTHING)
        log.info("poller.push_judged", silent=self.push.silent_endpoints)

    def _expected(self, phase: SessionPhase) -> frozenset[str]:
        if phase is SessionPhase.STARTED:
            asked = frozenset(self.schedule.periods)
            return EXPECTED_IN_RACE & asked
        return ALWAYS_EXPECTED if phase is SessionPhase.SUSPENDED else _NOTHING

    def _fill(self, before: frozenset[str], pushed: frozenset[str]) -> None:
        for endpoint in before ^ pushed:
            if endpoint in pushed:
                self.windows.note_hole_since_asked(endpoint)
            else:
                self.windows.note_hole(endpoint)
            self.schedule.hurry(endpoint)
