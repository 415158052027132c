"""Keep the windows in step with the logs, through whatever happens to Redis."""

import asyncio
import random
import time

import structlog

from racetime_api.backoff import Backoff
from racetime_api.fold import Unreadable, parsed
from racetime_api.hub import Channel, Hub
from racetime_api.metrics import Metrics
from racetime_api.record import Record
from racetime_api.store import BEGINNING, BrokenLog, Head, Store, StoreError
from racetime_api.window import Bounds, Hole, Origins, Window

# How long a read waits for an entry, and how often the position of the log is compared.
BLOCK_MILLIS = 1_000
COMPARE_SECONDS = 1.0
LIVE_SECONDS = 0.5

log = structlog.get_logger()


class Feed:
    """Follows logs: the head first, then entry after entry from the last id."""

    def __init__(self, store: Store, metrics: Metrics, bounds: Bounds) -> None:
        self._store = store
        self._metrics = metrics
        self._bounds = bounds

    async def follow(self, channel: Channel) -> None:
        """Keep a session's window in step with its log, for ever."""
        cursor = Cursor(channel)
        backoff = Backoff(random.random)
        while True:
            try:
                await self._step(cursor)
                backoff.reset()
            except Hole as error:
                log.warning("api.log_hole", session_key=channel.session_key, error=str(error))
                self._metrics.reloads.labels("hole").inc()
                cursor.stale = True
            except Unreadable as error:
                # The next keyframe may be whole: until then what is in memory is served on.
                cursor.stale = True
                await self._pause(channel, backoff, error)
            except StoreError as error:
                await self._pause(channel, backoff, error)
                cursor.compare_at = 0.0

    async def follow_live(self, hub: Hub) -> None:
        """Keep the hub told of which session is live, for ever."""
        backoff = Backoff(random.random)
        while True:
            try:
                session_key = await self._store.live_session_key()
            except StoreError as error:
                seconds = backoff.next_seconds()
                self._metrics.reconnects.inc()
                log.warning(
                    "api.redis_unreachable", error=str(error), retry_seconds=round(seconds, 3)
                )
                await asyncio.sleep(seconds)
                continue
            backoff.reset()
            hub.set_live(session_key)
            await asyncio.sleep(LIVE_SECONDS)

    async def _step(self, cursor: "Cursor") -> None:
        channel = cursor.channel
        if channel.window is None or cursor.stale:
            await self._load(cursor)
            return
        if time.monotonic() >= cursor.compare_at:
            await self._compare(cursor, channel.window)
            return
        entries = await self._store.read_after(channel.session_key, cursor.entry_id, BLOCK_MILLIS)
        broken = [entry for entry in entries if entry.record is None]
        if broken:
            log.error("api.entry_unreadable", session_key=channel.session_key, count=len(broken))
            self._metrics.unreadable.inc(len(broken))
        records = [entry.record for entry in entries if entry.record is not None]
        if entries:
            cursor.entry_id = entries[-1].entry_id
            self._extend(channel, channel.window, records)

    async def _load(self, cursor: "Cursor") -> None:
        channel = cursor.channel
        head = await self._store.head(channel.session_key)
        if head is None:
            # No log yet, or none any more: what is in memory is served on.
            await self._store.read_after(channel.session_key, BEGINNING, BLOCK_MILLIS)
            await asyncio.sleep(0.05)
            return
        window = self._window(channel.session_key, head)
        window.extend_back(
            await self._store.before_head(channel.session_key, head.position.last_id)
        )
        cursor.entry_id = head.position.last_id
        cursor.stale = False
        cursor.compare_at = time.monotonic() + COMPARE_SECONDS
        channel.replace(window)
        log.info(
            "api.log_loaded",
            session_key=channel.session_key,
            log_revision=window.log_revision,
            sequence=window.newest.sequence,
        )

    def _window(self, session_key: int, head: Head) -> Window:
        position = head.position
        window = Window(session_key, position.log_revision, self._bounds, _origins(head.records))
        try:
            for record in head.records:
                window.append(record)
        except Hole as error:
            raise BrokenLog(f"the head has a hole: {error}") from error
        if window.newest.sequence != position.sequence:
            raise BrokenLog(f"the head ends at {window.newest.sequence}, not {position.sequence}")
        return window

    async def _compare(self, cursor: "Cursor", window: Window) -> None:
        position = await self._store.position(cursor.channel.session_key)
        cursor.compare_at = time.monotonic() + COMPARE_SECONDS
        if position is None:
            cursor.stale = True
        elif position.log_revision != window.log_revision or position.is_behind(cursor.entry_id):
            log.warning("api.log_replaced", session_key=window.session_key)
            self._metrics.reloads.labels("replaced").inc()
            cursor.stale = True

    def _extend(self, channel: Channel, window: Window, records: list[Record]) -> None:
        if window.origins.race_millis is None:
            window.origins = _origins(records)
        channel.arrived_at = time.monotonic()
        channel.extend(records)
        published = window.origins.published_millis
        if published is not None and records:
            at_millis = published + records[-1].published_offset_millis
            lag_seconds = time.time() - at_millis / 1000
            self._metrics.feed_lag.observe(max(lag_seconds, 0.0))
            window.origins = window.origins.seen(lag_seconds)

    async def _pause(self, channel: Channel, backoff: Backoff, error: Exception) -> None:
        seconds = backoff.next_seconds()
        self._metrics.reconnects.inc()
        log.warning(
            "api.log_unreadable",
            session_key=channel.session_key,
            error=str(error),
            retry_seconds=round(seconds, 3),
        )
        await asyncio.sleep(seconds)


class Cursor:
    """How far a channel's log has been read."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.entry_id = BEGINNING
        self.stale = False
        self.compare_at = 0.0


def _origins(records: list[Record]) -> Origins:
    """Read the zero points of a log's offsets from the session in its timing lane, once a log."""
    try:
        session = parsed([record.timing for record in records]).session
    except Unreadable:
        return Origins()
    return Origins(
        session.origin_time.ToMilliseconds() if session.HasField("origin_time") else None,
        session.published_origin_time.ToMilliseconds()
        if session.HasField("published_origin_time")
        else None,
        session.speed if session.speed > 0 else 1.0,
    )
