"""Keep the newest part of a session's log in memory: what a joiner or a resuming reader needs."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from racetime_api.fold import fold
from racetime_api.record import NOTHING, Record

# Clocks drift apart slowly, and a record that comes late tells little of it.
_LAG_DRIFT = 0.001


class Hole(Exception):
    """A record does not follow the newest one: something between was missed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a window keeps beside its keyframe."""

    updates: int = 4_000
    size_bytes: int = 16_000_000


@dataclass(frozen=True, slots=True)
class Origins:
    """Zero points of a log's offsets, in epoch milliseconds; None while not known."""

    race_millis: int | None = None
    published_millis: int | None = None
    # Race seconds that go by in a second while the log is written.
    speed: float = 1.0
    # How much later than its publication a record comes here, be it by the way or by two clocks
    # that are apart.
    lag_seconds: float | None = None

    def seen(self, lag_seconds: float) -> "Origins":
        """Take note of how late a record came: the least is what the way and the clocks make."""
        known = self.lag_seconds
        if known is not None and lag_seconds > known:
            lag_seconds = known + _LAG_DRIFT * (lag_seconds - known)
        return replace(self, lag_seconds=lag_seconds)


class Window:
    """The newest keyframe of a log, the updates since, and earlier ones as the bounds allow.

    Updates are numbered without a hole and end at the newest. The state is the keyframe and the
    updates after it.
    """

    def __init__(
        self, session_key: int, log_revision: int, bounds: Bounds, origins: Origins
    ) -> None:
        self.session_key = session_key
        self.log_revision = log_revision
        self.origins = origins
        self.newest = NOTHING
        self.size_bytes = 0
        self._bounds = bounds
        self._keyframe = NOTHING
        self._updates: deque[Record] = deque()
        self._since_keyframe_bytes = 0

    @property
    def update_count(self) -> int:
        """Updates held."""
        return len(self._updates)

    def append(self, record: Record) -> bool:
        """Take the next record; tell whether the newest sequence moved; raise Hole on a gap."""
        if record.keyframe:
            return self._append_keyframe(record)
        if record.sequence <= self.newest.sequence:
            return False
        if record.sequence != self.newest.sequence + 1:
            raise Hole(f"update {record.sequence} after {self.newest.sequence}")
        self._updates.append(record)
        self.newest = record
        self.size_bytes += record.size
        self._since_keyframe_bytes += record.size
        self._trim()
        return True

    def extend_back(self, records: Sequence[Record]) -> None:
        """Take earlier updates, in order, for readers that resume; leave what does not join on."""
        for record in reversed(records):
            if record.keyframe or record.sequence > self.newest.sequence - len(self._updates):
                continue
            if record.sequence != self.newest.sequence - len(self._updates):
                break
            self._updates.appendleft(record)
            self.size_bytes += record.size
        self._trim()

    def state(self) -> list[Record]:
        """Give the records whose lanes, joined, are the newest state."""
        return [self._keyframe, *self._newest_updates(self._since_keyframe)]

    def holds_since(self, sequence: int) -> bool:
        """Tell whether all updates after a sequence are held."""
        return 0 <= self.newest.sequence - sequence <= len(self._updates)

    def since(self, sequence: int) -> list[Record] | None:
        """Give the updates after a sequence; None when some are gone, or it is ahead of the log."""
        if not self.holds_since(sequence):
            return None
        return self._newest_updates(self.newest.sequence - sequence)

    def update(self, sequence: int) -> Record | None:
        """Return an update by its number; None when it is not held."""
        index = len(self._updates) - 1 - (self.newest.sequence - sequence)
        return self._updates[index] if 0 <= index < len(self._updates) else None

    @property
    def keyframe(self) -> Record:
        """The newest keyframe."""
        return self._keyframe

    def is_before_keyframe(self, sequence: int) -> bool:
        """Tell whether a reader at a sequence may be served with fewer bytes by the whole state."""
        return sequence < self._keyframe.sequence

    @property
    def _since_keyframe(self) -> int:
        return self.newest.sequence - self._keyframe.sequence

    def _newest_updates(self, count: int) -> list[Record]:
        newest_first = list(islice(reversed(self._updates), count))
        newest_first.reverse()
        return newest_first

    def _append_keyframe(self, record: Record) -> bool:
        if record.sequence < self.newest.sequence:
            return False
        moved = record.sequence > self.newest.sequence
        if moved:  # the updates up to it were never seen: readers behind it must take the whole
            self._updates.clear()
            self.size_bytes = 0
        self._keyframe = self.newest = record
        self._since_keyframe_bytes = 0
        self._trim()
        return moved

    def _trim(self) -> None:
        bounds = self._bounds
        if self._since_keyframe > bounds.updates or self._since_keyframe_bytes > bounds.size_bytes:
            self._keyframe = self.newest = fold(self.state())
            self._since_keyframe_bytes = 0
        while len(self._updates) > self._since_keyframe and (
            len(self._updates) > bounds.updates or self.size_bytes > bounds.size_bytes
        ):
            self.size_bytes -= self._updates.popleft().size
