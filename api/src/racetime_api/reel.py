"""Read the past of logs a stretch at a time, each once for all readers."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from racetime_api.record import Record
from racetime_api.store import BrokenLog, Cut, Store

# So many stretches are read at once.
_READERS = 16

_Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A keyframe and the updates up to the next one, which are numbered without a hole."""

    keyframe: Record
    updates: Sequence[Record]
    # Whether another keyframe follows: then nothing is added any more.
    closed: bool

    @property
    def last_sequence(self) -> int:
        """Number of the last update."""
        return self.keyframe.sequence + len(self.updates)

    def update(self, sequence: int) -> Record | None:
        """Return an update by its number; None when it is not of this stretch."""
        index = sequence - self.keyframe.sequence - 1
        return self.updates[index] if 0 <= index < len(self.updates) else None


@dataclass(slots=True)
class Reels:
    """The stretches of all logs that were read, the newest used of them in memory."""

    store: Store
    max_bytes: int
    size_bytes: int = 0
    _kept: OrderedDict[_Key, tuple[Stretch, int]] = field(default_factory=OrderedDict)
    _reading: dict[_Key, asyncio.Lock] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READERS))

    async def at(self, session_key: int, log_revision: int, race_millis: int) -> Stretch:
        """Return the stretch that an instant of the race lies in, or the first one after it.

        Raises StoreError.
        """
        cuts = await self._cuts(session_key)
        index = bisect_right(cuts, race_millis, key=lambda cut: cut.race_millis) - 1
        return await self._stretch(session_key, log_revision, cuts, max(index, 0))

    async def after(self, session_key: int, log_revision: int, sequence: int) -> Stretch:
        """Return the stretch that holds what follows an update. Raises StoreError."""
        cuts = await self._cuts(session_key)
        index = bisect_right(cuts, sequence, key=lambda cut: cut.sequence) - 1
        return await self._stretch(session_key, log_revision, cuts, max(index, 0))

    async def _cuts(self, session_key: int) -> Sequence[Cut]:
        async with self._turns:
            cuts = await self.store.cuts(session_key)
        if not cuts:
            raise BrokenLog(f"session {session_key} has no keyframes")
        return cuts

    async def _stretch(
        self, session_key: int, log_revision: int, cuts: Sequence[Cut], index: int
    ) -> Stretch:
        key = (session_key, log_revision, cuts[index].sequence)
        async with self._alone(key):
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept[0]
            following = cuts[index + 1] if index + 1 < len(cuts) else None
            async with self._turns:
                records = await self.store.between(
                    session_key, log_revision, cuts[index], following
                )
            stretch = _stretch_of(records, closed=following is not None)
            if stretch.closed:
                self._keep(key, stretch)
            return stretch

    @asynccontextmanager
    async def _alone(self, key: _Key) -> AsyncIterator[None]:
        """Let one reader read a stretch; others find it then."""
        lock = self._reading.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._reading.pop(key, None)

    def _keep(self, key: _Key, stretch: Stretch) -> None:
        size = stretch.keyframe.size + sum(record.size for record in stretch.updates)
        self._kept[key] = (stretch, size)
        self.size_bytes += size
        while self.size_bytes > self.max_bytes and len(self._kept) > 1:
            _, (_, oldest) = self._kept.popitem(last=False)
            self.size_bytes -= oldest


def _stretch_of(records: Sequence[Record], *, closed: bool) -> Stretch:
    """Put the entries of a stretch together; raise BrokenLog when it has a hole."""
    if not records or not records[0].keyframe:
        raise BrokenLog("a keyframe is not where it should be")
    keyframe = records[0]
    updates = [record for record in records[1:] if not record.keyframe]
    for number, record in enumerate(updates, keyframe.sequence + 1):
        if record.sequence != number:
            raise BrokenLog(f"update {record.sequence} where {number} should be")
    return Stretch(keyframe, updates, closed)
