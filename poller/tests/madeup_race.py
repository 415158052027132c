"""A made-up session through an intake, to be held against what happened."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from racetime_poller.intake import Intake
from racetime_poller.race.derive import Picture
from racetime_poller.race.rows import ENDPOINTS
from racetime_poller.sources.decode import Decoded, decode
from racetime_simulator.archive import FixedArchive
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.session import build_session
from racetime_simulator.madeup.story import SessionStory
from racetime_simulator.openf1 import OpenF1

SCHEDULED = datetime(2026, 5, 3, 13, tzinfo=UTC)
_SAMPLED = frozenset({"location", "car_data"})
_OFFICIAL = frozenset({"session_result", "sessions"})


@dataclass
class Played:
    """A made-up session and an intake that was told of it, but for its telemetry and result."""

    story: SessionStory
    without: frozenset[str] = frozenset()
    intake: Intake = field(init=False)
    _openf1: OpenF1 = field(init=False)

    def __post_init__(self) -> None:
        self._openf1 = OpenF1(FixedArchive(build_session(self.story), "simulated"))
        (session,) = [
            row
            for row in self._rows("sessions", self.story.scheduled).rows
            if row.session_key == self.story.session_key
        ]
        self.intake = Intake.of(session)

    def _rows(self, endpoint: str, now: datetime) -> Any:
        at = to_micros(now)
        key = f"session_key={self.story.session_key}"
        query = f"meeting_key={self.story.meeting_key}" if endpoint == "starting_grid" else key
        answer = self._openf1.respond("GET", f"/v1/{endpoint}", query, {}, b"", at)
        return decode(endpoint, answer.body if answer.status == 200 else b"[]")

    def endpoints(self) -> list[str]:
        """Return what is told to the intake."""
        return sorted(set(ENDPOINTS) - _SAMPLED - _OFFICIAL - self.without)

    def take_shuffled(self, seconds: float, chance: random.Random) -> Picture:
        """Take in all that is told by so long after zero, twice and in any order of rows."""
        now = self.story.zero + timedelta(seconds=seconds)
        millis = to_micros(now) // 1000
        rows = [
            (endpoint, row)
            for endpoint in self.endpoints()
            for row in self._rows(endpoint, now).rows
        ]
        for _ in range(2):
            chance.shuffle(rows)
            for endpoint, row in rows:
                self.intake.apply(endpoint, Decoded([row]), millis)
        return self.intake.picture(millis)

    def take(self, seconds: float) -> Picture:
        """Take in all that is told by so long after zero, and draw the picture."""
        now = self.story.zero + timedelta(seconds=seconds)
        millis = to_micros(now) // 1000
        for endpoint in self.endpoints():
            self.intake.apply(endpoint, self._rows(endpoint, now), millis)
        return self.intake.picture(millis)

    def millis(self, seconds: float) -> int:
        """Return an instant in epoch milliseconds."""
        return to_micros(self.story.zero) // 1000 + round(seconds * 1000)
