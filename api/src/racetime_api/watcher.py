"""Follow one reader: a cursor in the log, and what is to be sent next."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from racetime.v1.race_service_pb2 import Draining, SessionChange
from racetime_api.encoding import heartbeat
from racetime_api.hub import Channel, Hub
from racetime_api.record import NOTHING, Mark, Record
from racetime_api.requests import Resume, WatchWish
from racetime_api.window import Window
from racetime_api.wire import watch_response


class Outgoing(NamedTuple):
    """A message to send, and what to count it as."""

    kind: str
    data: bytes
    updates: int = 0
    # When the newest of the updates came here, by the monotonic clock; None for what is no news.
    arrived_at: float | None = None


class Watcher:
    """One reader of the live session, or of a named one.

    It holds no messages: only how far the reader has been told. Every message reaches from there to
    the newest update, so sequences join on without a hole, and a reader that is slow gets what it
    missed in one. While the lanes that it chose are quiet, heartbeats tell the newest sequence.
    """

    def __init__(
        self,
        hub: Hub,
        wish: WatchWish,
        heartbeat_seconds: float,
        begun: Callable[[str], None] = lambda outcome: None,
    ) -> None:
        hub.enter()
        self._begun: Callable[[str], None] | None = begun
        self._hub = hub
        self._wish = wish
        self._resume: Resume | None = wish.after
        self._heartbeat_seconds = heartbeat_seconds
        self._heartbeat_at = hub.clock()  # the first at once: it shows that the stream stands
        self._update_at = hub.clock()
        self._told: Mark = NOTHING.mark
        self._told_draining = False
        self._generation: int | None = None
        self._channel: Channel | None = None
        if wish.session_key is not None:
            self._channel = hub.hold(wish.session_key)

    @property
    def over(self) -> bool:
        """Whether the server has waited long enough for the reader to go."""
        ends_at = self._hub.ends_at
        return ends_at is not None and self._hub.clock() >= ends_at

    def close(self) -> None:
        """Let go of everything, at once."""
        if self._channel is not None:
            self._hub.release(self._channel)
            self._channel = None
        self._hub.leave()

    @property
    def is_prepared(self) -> bool:
        """Whether what may be sent next is at hand: here it always is."""
        return True

    async def prepare(self) -> None:
        """Have at hand what may be sent next."""

    def next_message(self) -> Outgoing | None:
        """Give the next message that is due; None when there is nothing to say yet."""
        now = self._hub.clock()
        message = (
            self._draining(now) or self._session_change() or self._news(now) or self._heartbeat(now)
        )
        if message is not None:
            self._heartbeat_at = now + self._heartbeat_seconds
        return message

    def wait(self) -> Awaitable[None]:
        """Give what is to be awaited until there may be something to say."""
        now = self._hub.clock()
        until = self._heartbeat_at
        if self._update_at > now:
            until = min(until, self._update_at)
        if self._hub.ends_at is not None:
            until = min(until, self._hub.ends_at)
        changed = self._hub.changed if self._channel is None else self._channel.changed
        return changed.wait(until - now)

    def _draining(self, now: float) -> Outgoing | None:
        ends_at = self._hub.ends_at
        if ends_at is None or self._told_draining:
            return None
        self._told_draining = True
        left_millis = max(round((ends_at - now) * 1000), 0)
        return self._notice("draining", Draining(deadline_millis=left_millis).SerializeToString())

    def _session_change(self) -> Outgoing | None:
        live, old = self._hub.live, self._channel
        if self._wish.session_key is not None or live is None or live is old:
            return None
        self._channel = self._hub.hold(live.session_key)
        self._generation = None
        if old is None:
            return None
        self._hub.release(old)
        self._resume = None
        change = SessionChange(previous_session_key=old.session_key, session_key=live.session_key)
        message = self._notice("session_change", change.SerializeToString())
        self._told = NOTHING.mark
        return message

    def _news(self, now: float) -> Outgoing | None:
        channel = self._channel
        if channel is None or channel.window is None:
            return None
        if self._generation != channel.generation:
            return self._begin(channel, channel.window, now)
        if now < self._update_at or channel.window.newest.sequence == self._told.sequence:
            return None
        is_held_back = self._wish.min_interval_seconds > 0
        arrived_at = None if is_held_back else channel.arrived_at
        return self._update(channel, channel.window, now, arrived_at)

    def _begin(self, channel: Channel, window: Window, now: float) -> Outgoing | None:
        self._generation = channel.generation
        resume, self._resume = self._resume, None
        missed = _missed(window, resume)
        message: Outgoing | None
        if resume is None or missed is None:
            message = self._snapshot(channel, window)
        else:
            first = missed[0] if missed else window.newest
            self._told = first.mark._replace(sequence=resume.sequence)
            message = self._update(channel, window, now) if missed else None
        self._say_begun(_outcome(resume, message))
        return message

    def _say_begun(self, outcome: str) -> None:
        if self._begun is not None:
            self._begun(outcome)
            self._begun = None

    def _update(
        self, channel: Channel, window: Window, now: float, arrived_at: float | None = None
    ) -> Outgoing | None:
        after, selection = self._told.sequence, self._wish.selection
        if not window.holds_since(after):
            return self._snapshot(channel, window)
        data = channel.encodings.update(after, selection)
        if data is None:
            return None
        if window.is_before_keyframe(after) and len(data) > len(
            channel.encodings.snapshot(selection)
        ):
            return self._snapshot(channel, window)
        self._told = window.newest.mark
        self._update_at = now + self._wish.min_interval_seconds
        return Outgoing("update", data, self._told.sequence - after, arrived_at)

    def _snapshot(self, channel: Channel, window: Window) -> Outgoing:
        self._told = window.newest.mark
        return Outgoing("snapshot", channel.encodings.snapshot(self._wish.selection))

    def _heartbeat(self, now: float) -> Outgoing | None:
        if now < self._heartbeat_at:
            return None
        if self._channel is not None and self._channel.window is not None:
            self._pass_over_quiet(self._channel.window)
        return self._beat()

    def _pass_over_quiet(self, window: Window) -> None:
        """Count the updates that have nothing for the reader."""
        missed = window.since(self._told.sequence)
        if missed is not None and not self._wish.selection.parts(missed):
            self._told = window.newest.mark

    def _beat(self) -> Outgoing:
        return Outgoing("heartbeat", heartbeat(self._told, round(self._heartbeat_seconds * 1000)))

    def _notice(self, kind: str, body: bytes) -> Outgoing:
        told = self._told
        message = watch_response(
            kind,
            [body],
            sequence=told.sequence,
            race_offset_millis=told.race_offset_millis,
            published_offset_millis=told.published_offset_millis,
        )
        return Outgoing(kind, message)


def _missed(window: Window, resume: Resume | None) -> list[Record] | None:
    if resume is None:
        return None
    if (resume.session_key, resume.log_revision) != (window.session_key, window.log_revision):
        return None
    return window.since(resume.sequence)


def _outcome(resume: Resume | None, message: Outgoing | None) -> str:
    if resume is None:
        return "new"
    return "in_step" if message is None else message.kind
