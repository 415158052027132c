"""Viewers in their hundreds, what each has heard and when, and what it holds."""

import asyncio
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from crowd import Crowd, Viewer

from racetime.v1.race_service_pb2 import WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState

_COPY_SECONDS = 20
# As many of them watch by the client that third parties use.
CLIENTS_SHARE = 0.04


@dataclass
class Watcher(Viewer):
    """A viewer that counts samples and lets them go."""

    heard_at: list[float] = field(default_factory=list)
    # Sequence of its last whole state, and the samples of positions since.
    joined_at: int = 0
    samples: int = 0

    def take(self, data: bytes) -> WatchRaceResponse:
        """Take a message in; answer it."""
        message = super().take(data)
        self.heard_at.append(time.monotonic())
        if message.HasField("snapshot"):
            self.joined_at, self.samples = message.sequence, 0
        elif message.HasField("update"):
            self.samples += sum(len(one.x_curve_decimeters) for one in message.update.motion)
        del self.state.motion[:]
        del self.state.telemetry[:]
        return message


@dataclass(frozen=True)
class Held:
    """What a viewer holds at a moment."""

    way: str
    log_revision: int
    sequence: int
    state: RaceState
    # None where nobody counted.
    samples_since: tuple[int, int] | None


class Viewers(Crowd):
    """All who watch."""

    def __init__(self, target: str, count: int) -> None:
        clients = round(count * CLIENTS_SHARE)
        super().__init__(target, {"grpc-web": count - clients, "client": clients}, Watcher)

    def silence(self, since: float, until: float) -> tuple[float, str]:
        """Answer the longest that anybody had no news for, in a span of time; and by which way."""
        return max((longest_gap(one.news_at, since, until), one.way) for one in self.viewers)

    def unheard(self, since: float, until: float) -> float:
        """Answer the longest that anybody heard nothing at all for, heartbeats included."""
        counted = (one.heard_at for one in self.viewers if isinstance(one, Watcher))
        return max(longest_gap(heard, since, until) for heard in counted if heard)

    def have_news(self, since: float) -> bool:
        """Tell whether everybody has had news from after an instant."""
        return all(one.news_at and one.news_at[-1] > since for one in self.viewers)

    @property
    def faults(self) -> list[str]:
        """What was amiss in what they were told: gaps."""
        return [fault for one in self.viewers for fault in one.faults]

    @property
    def counts(self) -> Mapping[str, int]:
        """How often they were cut off, and were sent a whole state again."""
        cuts = sum(one.cuts for one in self.viewers)
        again = sum(max(0, one.snapshots - 1) for one in self.viewers)
        return {"cuts": cuts, "snapshots": again}

    def held(self, which: Sequence[int]) -> list[Held]:
        """Copy what some viewers hold."""

        async def copy() -> list[Held]:
            return [_held(self.viewers[number]) for number in which]

        return asyncio.run_coroutine_threadsafe(copy(), self._loop).result(_COPY_SECONDS)


def _held(viewer: Viewer) -> Held:
    state = RaceState()
    state.CopyFrom(viewer.state)
    counted = viewer.way != "client" and isinstance(viewer, Watcher)
    since = (viewer.joined_at, viewer.samples) if counted else None  # type: ignore[attr-defined]
    return Held(viewer.way, viewer.log_revision, viewer.sequence, state, since)


def longest_gap(moments: Sequence[float], since: float, until: float) -> float:
    """Answer the longest time between two moments of which some part is in a span."""
    first = max(0, bisect_right(moments, since) - 1)
    last = bisect_left(moments, until) + 1
    seen = moments[first:last]
    if not seen or seen[-1] < until:
        seen = [*seen, until]
    return max((b - a for a, b in pairwise(seen)), default=until - since)
