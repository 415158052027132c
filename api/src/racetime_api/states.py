"""Find the records whose lanes, joined, are the state of a session, at its end or before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from racetime_api import refusal
from racetime_api.hub import Channel, Hub
from racetime_api.record import Record
from racetime_api.reel import Reels
from racetime_api.store import Store
from racetime_api.window import Window

# How long a log may take to be read.
LOAD_SECONDS = 5.0


class States:
    """The states of all sessions; refuses by raising Refusal, and raises StoreError."""

    def __init__(self, hub: Hub, store: Store, reels: Reels) -> None:
        self._hub = hub
        self._store = store
        self._reels = reels

    @asynccontextmanager
    async def loaded(self, session_key: int | None) -> AsyncIterator[Channel]:
        """Hold a session, or the live one, whose log has been read."""
        if session_key is not None:
            await self.require_log(session_key)
        channel = self._hold_live() if session_key is None else self._hub.hold(session_key)
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                await channel.wait_window()
                yield channel
        except TimeoutError as error:
            raise refusal.redis_unavailable() from error
        finally:
            self._hub.release(channel)

    async def records_at(self, window: Window, race_millis: int) -> list[Record]:
        """Give a keyframe and the updates up to an instant; before the log begins, its first."""
        offset = race_millis - (window.origins.race_millis or 0)
        if window.keyframe.race_offset_millis <= offset:
            records = window.state()
        else:
            stretch = await self._reels.at(window.session_key, window.log_revision, race_millis)
            records = [stretch.keyframe, *stretch.updates]
        later = (n for n, one in enumerate(records) if n and one.race_offset_millis > offset)
        return records[: next(later, len(records))]

    async def require_log(self, session_key: int) -> None:
        """Refuse a session that has no log; one that is in memory has."""
        channel = self._hub.channels.get(session_key)
        if channel is not None and channel.window is not None:
            return
        if await self._store.position(session_key) is None:
            raise refusal.session_not_found(session_key)

    def _hold_live(self) -> Channel:
        if not self._hub.reached.is_set():
            raise refusal.redis_unavailable()
        if self._hub.live is None or self._hub.live_session_key is None:
            raise refusal.no_live_session()
        return self._hub.hold(self._hub.live.session_key)
