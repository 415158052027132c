"""The clock of the source: the wall for OpenF1, its own for a simulator or a recording."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import msgspec

from racetime_poller.sources.decode import parse_instant


class _Answer(msgspec.Struct):
    now: str
    speed: float
    provenance: str
    session_key: int | None = None
    # Laps of races that the table of distances cannot know, by session key.
    total_laps: dict[str, int] = {}


@dataclass(slots=True)
class SourceClock:
    """Tells the race's now, in epoch milliseconds, and how fast it runs."""

    provenance: str = "live"
    speed: float = 1.0
    total_laps: Mapping[str, int] = field(default_factory=dict)
    _base_millis: float = 0.0
    _base_monotonic: float | None = None

    def now(self) -> int:
        """Return the race's now, in epoch milliseconds."""
        if self._base_monotonic is None:
            return int(time.time() * 1000)
        elapsed = time.monotonic() - self._base_monotonic
        return int(self._base_millis + elapsed * 1000 * self.speed)

    def seconds(self) -> float:
        """Return seconds that run as fast as the race's clock."""
        return time.monotonic() * self.speed

    async def read(self, client: httpx.AsyncClient, url: str) -> None:
        """Set the clock by a simulator's. Raises httpx.HTTPError or msgspec.MsgspecError."""
        response = await client.get(url, timeout=5.0)
        response.raise_for_status()
        answer = msgspec.json.decode(response.content, type=_Answer)
        self.speed = answer.speed if answer.speed > 0 else 1.0
        self.provenance = answer.provenance
        self.total_laps = answer.total_laps
        self._base_millis = float(parse_instant(answer.now))
        self._base_monotonic = time.monotonic()
