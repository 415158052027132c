"""Count what one watch does."""

from collections.abc import Callable

from racetime_api.metrics import Metrics
from racetime_api.requests import WatchWish
from racetime_api.traces import note
from racetime_api.watcher import Outgoing

_STATES = ("snapshot", "update")


class Tally:
    """The counts of one watch, from its call to its end."""

    def __init__(self, metrics: Metrics, wish: WatchWish, clock: Callable[[], float]) -> None:
        self._metrics = metrics
        self._clock = clock
        self._called_at: float | None = clock()
        self._open = metrics.watchers.labels(_kind(wish))

    def entered(self) -> None:
        """Count a watch that was let in."""
        self._open.inc()

    def begun(self, outcome: str) -> None:
        """Count how it began."""
        note("begun", outcome=outcome)
        self._metrics.begins.labels(outcome).inc()

    def sent(self, message: Outgoing, size_bytes: int) -> None:
        """Count a message that the transport has taken, in the form that it was sent in."""
        sent = self._metrics.sent
        sent.messages[message.kind] += 1
        sent.size_bytes += size_bytes
        if message.updates > 1:
            sent.coalesced += message.updates
        if message.arrived_at is not None:
            sent.watcher_lag.observe(self._clock() - message.arrived_at)
        if self._called_at is not None and message.kind in _STATES:
            sent.join_latency.observe(self._clock() - self._called_at)
            self._called_at = None
            note("first state", kind=message.kind)

    def left(self) -> None:
        """Count the end of a watch that was let in."""
        note("ended")
        self._open.dec()


def _kind(wish: WatchWish) -> str:
    if wish.delay_millis is not None:
        return "delayed"
    return "replay" if wish.is_shifted else "live"
