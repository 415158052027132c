"""What a viewer has heard, when, and what it holds."""

import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from crowd import Viewer

from racetime.v1.race_service_pb2 import WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState


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


def held_by(viewer: Viewer) -> Held:
    """Copy what a viewer holds."""
    state = RaceState()
    state.CopyFrom(viewer.state)
    counts = isinstance(viewer, Watcher) and viewer.way == "grpc-web"
    since = (viewer.joined_at, viewer.samples) if counts else None
    return Held(viewer.way, viewer.log_revision, viewer.sequence, state, since)


def longest_gap(moments: Sequence[float], since: float, until: float) -> float:
    """Answer the longest time between two moments of which some part is in a span."""
    first = max(0, bisect_right(moments, since) - 1)
    last = bisect_left(moments, until) + 1
    seen = moments[first:last]
    if not seen or seen[-1] < until:
        seen = [*seen, until]
    return max((b - a for a, b in pairwise(seen)), default=until - since)
