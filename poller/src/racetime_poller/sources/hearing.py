"""What push still brings: which endpoints are heard, which have fallen silent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from racetime_poller.sources.periods import PUSHED

# A few of its periods: an endpoint of which nothing comes for so long, in seconds of race time,
# while others move, is silent. The others come with events, and cannot be judged by themselves.
_LIMITS: Mapping[str, float] = {
    "location": 10,
    "car_data": 10,
    "intervals": 30,
    "laps": 60,
    "weather": 180,
}
# What comes throughout a session, be it suspended; what comes while cars race.
ALWAYS_EXPECTED = frozenset({"location", "car_data", "weather"})
EXPECTED_IN_RACE = ALWAYS_EXPECTED | {"intervals", "laps"}
# When nothing at all comes for so long, push is silent: while cars race, and else.
_RUNNING_SECONDS = 15.0
_IDLE_SECONDS = 90.0


@dataclass(slots=True)
class Hearing:
    """Notes when each endpoint was heard, in seconds of race time."""

    # Since when there is a connection; None while there is none.
    since: float | None = None
    heard: dict[str, float] = field(default_factory=dict)

    def connected(self, now: float) -> None:
        """Begin to listen: nothing can have been heard yet."""
        self.since = now
        self.heard.clear()

    def disconnected(self) -> None:
        """Stop to listen."""
        self.since = None

    def hear(self, endpoint: str, now: float) -> None:
        """Note that something came."""
        self.heard[endpoint] = now

    def brings(
        self, now: float, expected: Collection[str], *, running: bool, leeway: float = 0.0
    ) -> frozenset[str] | None:
        """Return the endpoints that are heard; None when push is silent altogether.

        Of those that are `expected` and have a limit, the silent ones are left out. `leeway` is
        for a race played fast, of which the wall clock takes a share.
        """
        if self.since is None or not self.heard:
            return None
        limit = _RUNNING_SECONDS if running else _IDLE_SECONDS
        if now - max(self.heard.values()) > limit + leeway:
            return None
        silent = {
            endpoint
            for endpoint in expected
            if now - self.heard.get(endpoint, self.since) > _LIMITS[endpoint] + leeway
        }
        return frozenset(PUSHED) - silent
