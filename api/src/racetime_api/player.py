"""Follow a reader that is behind the live edge: with a delay, or replaying from an instant."""

from collections.abc import Awaitable, Callable
from itertools import takewhile

from racetime_api.hub import Channel, Hub
from racetime_api.playhead import Clocks, Delayed, Pace, Replay
from racetime_api.record import Record
from racetime_api.reel import Reels, Stretch
from racetime_api.requests import WatchWish
from racetime_api.store import StoreError
from racetime_api.watcher import Outgoing, Watcher
from racetime_api.window import Window

# Updates of a race that is played fast are joined: no reader needs more messages a second.
_FAST_TICK_SECONDS = 0.1
# A message joins so many updates at most; a reader that missed more gets a whole state.
_MOST_UPDATES = 512
_MOST_BEHIND_SECONDS = 60.0
_RETRY_SECONDS = 0.25


class Player(Watcher):
    """One reader that is told of everything some time after it happened.

    It holds a place in the log and at most one stretch of it, which it shares with others. A
    replay that has come up with a live session goes on as a watcher of it.
    """

    def __init__(
        self,
        hub: Hub,
        wish: WatchWish,
        heartbeat_seconds: float,
        begun: Callable[[str], None],
        reels: Reels,
        wall_clock: Callable[[], float],
    ) -> None:
        super().__init__(hub, wish, heartbeat_seconds, begun)
        self._reels = reels
        self._wall_clock = wall_clock
        self._pace: Pace | None = None
        self._is_live = False
        self._stretch: Stretch | None = None
        # Generation of the channel of which the stretch was read.
        self._placed: int | None = None
        # Up to here nothing is due that the reader has lanes for.
        self._quiet_until = 0
        self._retry_at = 0.0

    @property
    def is_prepared(self) -> bool:
        """Whether what may be sent next is at hand: at the live edge it is."""
        return self._is_live

    async def prepare(self) -> None:
        """Read what may be sent next, where it is not in memory; what cannot be read is read again
        after a while."""
        channel = self._channel
        if self._is_live or channel is None or channel.window is None:
            return
        if self._hub.clock() < self._retry_at:
            return
        try:
            await self._read(channel, channel.window)
        except StoreError:
            self._retry_at = self._hub.clock() + _RETRY_SECONDS

    async def _read(self, channel: Channel, window: Window) -> None:
        if self._generation != channel.generation:
            if self._placed != channel.generation:
                generation = channel.generation
                self._stretch = await self._first_stretch(window)
                self._placed = generation
        elif self._upcoming(window) is None and self._told.sequence < window.newest.sequence:
            if self._is_far_behind(window):
                # Only what was read is begun with: what could not be leaves the reader where it is.
                self._stretch = await self._first_stretch(window)
                self._generation = None
                return
            self._stretch = await self._reels.after(
                window.session_key, window.log_revision, self._told.sequence
            )
            if self._upcoming(window) is None:
                # The log's end is on its way into the window.
                self._retry_at = self._hub.clock() + _RETRY_SECONDS

    async def _first_stretch(self, window: Window) -> Stretch | None:
        """Read where to begin; None where that is in the window."""
        now, origins, pace = self._clocks(), window.origins, self._pace_in(window)
        if pace.seconds_until(window.keyframe, origins, now) <= 0:
            return None
        at = pace.race_offset_millis(window.newest, origins, now) + (origins.race_millis or 0)
        key, revision = window.session_key, window.log_revision
        stretch = await self._reels.at(key, revision, round(at))
        while pace.seconds_until(stretch.keyframe, origins, now) > 0:
            earlier = await self._reels.after(key, revision, stretch.keyframe.sequence - 1)
            if earlier.keyframe.sequence >= stretch.keyframe.sequence:
                break
            stretch = earlier
        return stretch

    def _pace_in(self, window: Window) -> Pace:
        if self._pace is None:
            if self._wish.delay_millis is not None:
                self._pace = Delayed(self._wish.delay_millis)
            else:
                # An instant is an offset once it is known what offsets are counted from.
                begin = (self._wish.race_millis or 0) - (window.origins.race_millis or 0)
                self._pace = Replay(begin, self._hub.clock(), self._wish.speed)
        return self._pace

    def _is_far_behind(self, window: Window) -> bool:
        """Tell whether the reader took so little for so long that a whole state serves it best."""
        pace = self._pace_in(window)
        at = pace.race_offset_millis(window.newest, window.origins, self._clocks())
        behind_seconds = (at - self._told.race_offset_millis) / 1000
        # One that wants few messages gets one, not one of each stretch.
        patience = 0.5 if self._wish.min_interval_seconds else max(1.0, self._wish.speed)
        return behind_seconds > _MOST_BEHIND_SECONDS * patience

    def _clocks(self) -> Clocks:
        return Clocks(self._hub.clock(), self._wall_clock())

    def _session_change(self) -> Outgoing | None:
        if self._is_live or self._channel is None:
            return super()._session_change()
        pace, window = self._pace, self._channel.window
        if not isinstance(pace, Delayed) or window is None:
            return None
        # The end of the session that was live is not over for this reader.
        change_at = self._hub.live_since + pace.delay_seconds(window.origins)
        return super()._session_change() if self._hub.clock() >= change_at else None

    def _news(self, now: float) -> Outgoing | None:
        channel = self._channel
        if self._is_live or channel is None or channel.window is None:
            return super()._news(now)
        window = channel.window
        if self._generation != channel.generation:
            return self._begin_here(channel, window)
        if now < self._update_at:
            return None
        if self._has_caught_up(channel, window):
            self._is_live, self._stretch = True, None
            return super()._news(now)
        records = self._due(window)
        return self._play(channel, window, records, now) if records else None

    def _begin_here(self, channel: Channel, window: Window) -> Outgoing | None:
        """Send the state as of the place where the reader is."""
        if self._placed != channel.generation:
            return None
        stretch, now, pace = self._stretch, self._clocks(), self._pace_in(window)
        if stretch is None and pace.seconds_until(window.keyframe, window.origins, now) > 0:
            # The window has moved on since: where to begin is looked for again.
            self._placed = None
            return None
        records = window.state() if stretch is None else [stretch.keyframe, *stretch.updates]

        def is_due(record: Record) -> bool:
            return pace.seconds_until(record, window.origins, now) <= 0

        # Before the log's first keyframe there is nothing: a reader begins there at the earliest.
        state = [records[0], *takewhile(is_due, records[1:])]
        self._generation = channel.generation
        self._told, self._quiet_until = state[-1].mark, 0
        self._say_begun("played")
        data = channel.played.snapshot(window, state, self._wish.selection)
        return Outgoing("snapshot", data)

    def _has_caught_up(self, channel: Channel, window: Window) -> bool:
        """Tell whether a replay of the live session is at its edge."""
        newest, pace, now = window.newest, self._pace_in(window), self._clocks()
        if channel is not self._hub.live or self._told.sequence != newest.sequence:
            return False
        if not isinstance(pace, Replay):
            return False
        edge = Delayed(0).race_offset_millis(newest, window.origins, now)
        return pace.race_offset_millis(newest, window.origins, now) >= edge

    def _due(self, window: Window) -> list[Record]:
        """Return the updates that follow and are due, as far as they are in memory."""
        records: list[Record] = []
        now, pace, after = self._clocks(), self._pace_in(window), self._told.sequence
        while len(records) < _MOST_UPDATES:
            record = self._update_of(window, after + len(records) + 1)
            if record is None or pace.seconds_until(record, window.origins, now) > 0:
                break
            records.append(record)
        return records

    def _update_of(self, window: Window, sequence: int) -> Record | None:
        found = self._stretch.update(sequence) if self._stretch is not None else None
        return found if found is not None else window.update(sequence)

    def _upcoming(self, window: Window) -> Record | None:
        """Return the first update that may be due later; None when it is not in memory."""
        return self._update_of(window, max(self._told.sequence, self._quiet_until) + 1)

    def _play(
        self, channel: Channel, window: Window, records: list[Record], now: float
    ) -> Outgoing | None:
        after, newest = self._told.sequence, records[-1]
        data = channel.played.update(records, after, self._wish.selection)
        if data is None:
            self._quiet_until = newest.sequence
            is_more = self._upcoming(window) is not None and len(records) < _MOST_UPDATES
            if is_more or newest.sequence == window.newest.sequence:
                return None
            # What follows is not in memory: what was passed over is told of before it is let go.
            self._told = newest.mark
            return self._beat()
        self._told = newest.mark
        # What follows beyond the end of what is in memory may be due as well.
        is_all = self._upcoming(window) is not None
        tick = _FAST_TICK_SECONDS if self._wish.speed > 1 and is_all else 0.0
        self._update_at = now + max(self._wish.min_interval_seconds, tick)
        return Outgoing("update", data, len(records))

    def _pass_over_quiet(self, window: Window) -> None:
        if self._is_live:
            super()._pass_over_quiet(window)
            return
        records = self._due(window) if self._generation is not None else []
        if records and not self._wish.selection.parts(records):
            self._told = records[-1].mark

    def wait(self) -> Awaitable[None]:
        """Give what is to be awaited until the next update is due, or something else may be to
        say."""
        channel = self._channel
        if self._is_live or channel is None or channel.window is None:
            return super().wait()
        now, window = self._hub.clock(), channel.window
        until, changed = self._heartbeat_at, channel.changed
        if self._hub.ends_at is not None:
            until = min(until, self._hub.ends_at)
        if self._retry_at > now:
            until = min(until, self._retry_at)
        elif self._generation == channel.generation:
            upcoming = self._upcoming(window)
            if upcoming is not None:
                # Until then the log's news do not matter.
                changed = self._hub.changed
                seconds = self._pace_in(window).seconds_until(
                    upcoming, window.origins, self._clocks()
                )
                until = min(until, max(now + seconds, self._update_at))
            elif self._told.sequence < window.newest.sequence:
                until = now
        if self._hub.live is not channel and self._wish.session_key is None:
            until = min(until, now + 1.0)
        return changed.wait(until - now)
