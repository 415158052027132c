"""One request budget for all endpoints: OpenF1 limits the second and the minute."""

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_MINUTE = 60.0
# Of each limit, so much is kept for retries, for clocks that differ, and for requests that overtake
# each other on the way.
_KEPT = 0.1
# Of what is kept, as many are lent to who takes over: positions, gaps, race control.
_LENT = 3
# Its last requests may not be known.
_UNKNOWN = 2
# Whether requests are barred is looked at so often.
_BARRED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Tier:
    """Limits of a plan, in requests."""

    per_second: int
    per_minute: int

    @property
    def burst(self) -> int:
        """How many requests are made in a second at most."""
        return max(1, int(self.per_second * (1 - _KEPT)))

    @property
    def sustained(self) -> int:
        """How many requests are made in a minute at most."""
        return int(self.per_minute * (1 - _KEPT))


TIERS = {
    "free": Tier(3, 30),
    "sponsor": Tier(6, 60),
    # A server of our own: the simulator, or a recording.
    "local": Tier(20, 600),
}


@dataclass(slots=True)
class Budget:
    """Counts requests of the last second and minute, on the clock of the source.

    `now` gives seconds that run as fast as the source's clock does, so that a race played at speed
    20 has 20 times the requests.
    """

    tier: Tier
    now: Callable[[], float]
    # Whether requests are another's to make now; the limit is one for all pollers.
    is_barred: Callable[[], bool] = lambda: False
    # Names whose requests these are.
    spender: str = field(default_factory=lambda: uuid.uuid4().hex)
    _spent: deque[float] = field(default_factory=deque)
    # Requests that may be made now of what else is kept back.
    _lent: int = 0
    _paused_until: float = 0.0

    def wait_seconds(self) -> float:
        """Return how long to wait, on the source's clock, until a request may be made; 0 for
        now."""
        now = self.now()
        while self._spent and self._spent[0] <= now - _MINUTE:
            self._spent.popleft()
        wait = max(self._paused_until - now, _BARRED_SECONDS if self.is_barred() else 0.0)
        if len(self._spent) >= self.tier.sustained and not self._lent:
            wait = max(wait, self._spent[-self.tier.sustained] + _MINUTE - now)
        if len(self._spent) >= self.tier.burst:
            # A little more than a second: the server's clock is not ours.
            wait = max(wait, self._spent[-self.tier.burst] + 1.05 - now)
        return max(0.0, wait)

    def spend(self) -> None:
        """Count a request."""
        self._spent.append(self.now())
        if self._lent and self.used_in_minute > self.tier.sustained:
            self._lent -= 1

    @property
    def spent_seconds_ago(self) -> Sequence[float]:
        """How long ago the requests of the last minute were made."""
        now = self.now()
        return [now - at for at in self._spent if at > now - _MINUTE]

    def take_over(self, seconds_ago: Iterable[float]) -> None:
        """Count requests that another has made, and lend of what is kept back what it takes to go
        on in its place at once."""
        now = self.now()
        self._spent = deque(sorted((*self._spent, *(now - one for one in seconds_ago))))
        kept = self.tier.per_minute - self.tier.sustained
        self._lent = min(_LENT, kept - _UNKNOWN)

    def pause(self, seconds: float) -> None:
        """Make no request for so long: the source asked for it."""
        self._paused_until = max(self._paused_until, self.now() + seconds)

    @property
    def paused_seconds(self) -> float:
        """How long the pause still lasts."""
        return max(0.0, self._paused_until - self.now())

    @property
    def used_in_second(self) -> int:
        """How many requests were made in the last second."""
        return self._used(1.0)

    @property
    def used_in_minute(self) -> int:
        """How many requests were made in the last minute."""
        return self._used(_MINUTE)

    @property
    def available(self) -> int:
        """How many requests of this minute are left."""
        return max(0, self.tier.sustained - self.used_in_minute)

    def _used(self, seconds: float) -> int:
        since = self.now() - seconds
        return sum(1 for at in self._spent if at > since)
