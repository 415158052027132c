"""The clock of the source: the wall for OpenF1, its own for a simulator or a recording."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import httpx
import msgspec

from racetime_poller.sources.decode import parse_instant

# A small difference is made up for within so long, in wall-clock seconds, so that the time neither
# leaps nor runs backwards.
SLEW_SECONDS = 5.0
# What took longer to answer says too little of the time, in wall-clock seconds.
_SLOW_SECONDS = 1.0


class _Answer(msgspec.Struct):
    now: str
    speed: float
    provenance: Literal["live", "replay", "simulated"]
    session_key: int | None = None
    # Laps of races that the table of distances cannot know, by session key.
    total_laps: dict[str, int] = {}


@dataclass(slots=True)
class SourceClock:
    """Tells the race's now, in epoch milliseconds, and how fast it runs."""

    provenance: str = "live"
    speed: float = 1.0
    total_laps: Mapping[str, int] = field(default_factory=dict)
    # How often it was found to be another clock: set back, or of another speed or race.
    changes: int = 0
    _base_millis: float = 0.0
    _base_monotonic: float | None = None
    _slew_millis: float = 0.0
    # What seconds() told when the speed was last set.
    _base_seconds: float = 0.0
    _speed_monotonic: float = 0.0

    def now(self) -> int:
        """Return the race's now, in epoch milliseconds."""
        if self._base_monotonic is None:
            return int(time.time() * 1000)
        return int(self._now_at(self._base_monotonic, time.monotonic()))

    def _now_at(self, base: float, moment: float) -> float:
        elapsed = moment - base
        slewed = self._slew_millis * min(max(elapsed / SLEW_SECONDS, 0.0), 1.0)
        return self._base_millis + elapsed * 1000 * self.speed + slewed

    def seconds(self) -> float:
        """Return seconds that run as fast as the race's clock, and never leap."""
        return self._base_seconds + (time.monotonic() - self._speed_monotonic) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Sleep for so long in race time, or a second of the wall's: its speed may change."""
        await asyncio.sleep(min(seconds / self.speed, 1.0))

    async def sleep_through(self, seconds: float) -> None:
        """Sleep for so long in race time, whatever its speed becomes meanwhile."""
        end = self.seconds() + seconds
        while (left := end - self.seconds()) > 0:
            await self.sleep(left)

    async def read(self, client: httpx.AsyncClient, url: str) -> None:
        """Set the clock by a simulator's. Raises httpx.HTTPError, ValueError or
        msgspec.MsgspecError."""
        asked = time.monotonic()
        response = await client.get(url, timeout=5.0)
        response.raise_for_status()
        answered = time.monotonic()
        answer = msgspec.json.decode(response.content, type=_Answer)
        told = float(parse_instant(answer.now))
        if self._base_monotonic is None or answered - asked <= _SLOW_SECONDS:
            self._set(answer, told, (asked + answered) / 2)

    def _set(self, answer: _Answer, told: float, moment: float) -> None:
        speed = answer.speed if answer.speed > 0 else 1.0
        facts = (speed, answer.provenance, answer.total_laps)
        # A race that is announced beside those that are known makes it no other clock.
        same = (speed, answer.provenance) == (self.speed, self.provenance)
        same &= self.total_laps.items() <= answer.total_laps.items()
        expected = None
        if same and self._base_monotonic is not None:
            expected = self._now_at(self._base_monotonic, moment)
        # Half of what it runs meanwhile: then even a clock that must wait goes on.
        small = SLEW_SECONDS * 1000 * speed / 2
        if expected is not None and abs(told - expected) <= small:
            self._base_millis, self._slew_millis = expected, told - expected
        else:
            self.changes += expected is None or told < expected
            self._base_millis, self._slew_millis = told, 0.0
        self._base_monotonic = moment
        if speed != self.speed:
            self._base_seconds, self._speed_monotonic = self.seconds(), time.monotonic()
        self.speed, self.provenance, self.total_laps = facts
