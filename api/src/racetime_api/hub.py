"""Bring sessions and watchers together: one shared signal a session, and no queue for anyone."""

import asyncio
from collections.abc import Callable, Coroutine

from racetime_api.encoding import Encodings, Played
from racetime_api.record import Record
from racetime_api.signals import Signal
from racetime_api.window import Window

SWEEP_SECONDS = 1.0


class Full(Exception):
    """The process has as many watchers as it may have."""


class Draining(Exception):
    """The process is about to go and takes no new watchers."""


class Channel:
    """A session that is followed: its window, the messages made of it, the signal of a change."""

    def __init__(self, session_key: int) -> None:
        self.session_key = session_key
        self.changed = Signal()
        # Counts the times that what readers hold stopped being a part of this log.
        self.generation = 0
        # When the newest updates came, by the monotonic clock.
        self.arrived_at: float | None = None
        self.holders = 0
        self.idle_since = 0.0
        self.task: asyncio.Task[None] | None = None
        self._window: Window | None = None
        self._encodings: Encodings | None = None
        # Messages about the past of the log that is followed.
        self.played = Played()

    @property
    def window(self) -> Window | None:
        """The window; None until the log has been read."""
        return self._window

    @property
    def encodings(self) -> Encodings:
        """The messages of the window, once there is one."""
        assert self._encodings is not None
        return self._encodings

    def replace(self, window: Window) -> None:
        """Go on with a window that was read anew."""
        old = self._window
        goes_on = (
            old is not None
            and old.log_revision == window.log_revision
            and old.newest.sequence <= window.newest.sequence
        )
        if not goes_on:
            self.generation += 1
            self.played = Played()
        self._window = window
        self._encodings = Encodings(window)
        self.changed.set()

    def extend(self, records: list[Record]) -> None:
        """Take the next records and wake the watchers once; raise Hole when one is missing."""
        assert self._window is not None
        moved = False
        try:
            for record in records:
                moved = self._window.append(record) or moved
        finally:
            if moved:
                self.changed.set()

    async def wait_window(self) -> Window:
        """Wait until the log has been read."""
        while self._window is None:
            await self.changed.wait(1.0)
        return self._window


class Hub:
    """The sessions that are followed, which of them is live, and how many watch."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        follow: Callable[[Channel], Coroutine[None, None, None]],
        clock: Callable[[], float],
        *,
        max_watchers: int,
        linger_seconds: float,
    ) -> None:
        self.changed = Signal()
        self.live: Channel | None = None
        self.ends_at: float | None = None
        # Whether Redis has ever answered, and which session it says is live.
        self.reached = asyncio.Event()
        self.live_session_key: int | None = None
        self.live_since = 0.0
        self.clock = clock
        self.watchers = 0
        self.channels: dict[int, Channel] = {}
        self._group = group
        self._follow = follow
        self._max_watchers = max_watchers
        self._linger_seconds = linger_seconds

    @property
    def live_sequence(self) -> int:
        """Number of the newest update of the live session that is known; 0 when none is."""
        window = None if self.live is None else self.live.window
        return 0 if window is None else window.newest.sequence

    def hold(self, session_key: int) -> Channel:
        """Follow a session as long as it is held, and a while longer."""
        channel = self.channels.get(session_key)
        if channel is None:
            channel = self.channels[session_key] = Channel(session_key)
            channel.task = self._group.create_task(self._follow(channel))
        channel.holders += 1
        return channel

    def release(self, channel: Channel) -> None:
        """Give back what hold gave."""
        channel.holders -= 1
        channel.idle_since = self.clock()

    def set_live(self, session_key: int | None) -> None:
        """Take note of which session is live. When none is, watchers stay with the last one."""
        self.reached.set()
        self.live_session_key = session_key
        if session_key is None or (self.live and self.live.session_key == session_key):
            return
        previous, self.live = self.live, self.hold(session_key)
        self.live_since = self.clock()
        if previous is not None:
            self.release(previous)
        self._wake_all()

    def enter(self) -> None:
        """Count a watcher in; raise Draining or Full when it cannot be taken."""
        if self.ends_at is not None:
            raise Draining
        if self.watchers >= self._max_watchers:
            raise Full
        self.watchers += 1

    def leave(self) -> None:
        """Count a watcher out."""
        self.watchers -= 1
        if self.watchers == 0:
            self.changed.set()

    async def drain(self, seconds: float) -> None:
        """Tell all watchers to go, and wait until they have gone, at most so long."""
        self.ends_at = self.clock() + seconds
        self._wake_all()
        while self.watchers and self.clock() < self.ends_at:
            await self.changed.wait(self.ends_at - self.clock())
        self._wake_all()

    async def sweep(self) -> None:
        """Stop following sessions that nobody has held for a while."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.drop_idle()

    def drop_idle(self) -> None:
        """Stop following the sessions that nobody holds and that have lingered."""
        before = self.clock() - self._linger_seconds
        for channel in list(self.channels.values()):
            if channel.holders == 0 and channel.idle_since <= before and channel.task:
                channel.task.cancel()
                del self.channels[channel.session_key]

    def close(self) -> None:
        """Stop following everything."""
        for channel in self.channels.values():
            if channel.task:
                channel.task.cancel()

    def _wake_all(self) -> None:
        self.changed.set()
        for channel in self.channels.values():
            channel.changed.set()
