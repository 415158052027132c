"""What to ask next: every endpoint at a period of race time, none ever stacked, the most overdue
first."""

from collections.abc import Collection
from dataclasses import dataclass, field

from racetime_poller.sources.periods import (
    LAPS_IN_CONTEST_SECONDS,
    ONLY_IN_RACES,
    PERIODS,
    PUSHED,
    SAMPLED,
    Mood,
    beside_push,
    in_mood,
    sooner,
)

__all__ = ["PERIODS", "Schedule"]

# Asked once there may be something: after the flag, and again later, since results change.
AFTER_THE_FLAG_SECONDS = 120.0
# After the end the time between two requests grows, but for those of the next session.
RESTING_SESSIONS_SECONDS = 60.0
_MAX_RESTING_SECONDS = 1_800.0
_RESTING_FACTOR = 1.5
# Everything small is read whole again so often, which heals rows that came too late for their
# window.
RESYNC_SECONDS = 180.0
# However fast the race is played, an endpoint is not asked more often than this, in wall-clock
# seconds.
MIN_WALL_PERIOD_SECONDS = 0.2
# What failed is asked again after so long, twice as long each time.
_RETRY_SECONDS = 10.0
_MAX_DOUBLINGS = 6
_MAX_FACTOR = 8.0
# What push should bring and does not, and what brings nothing when it is asked either, is asked
# less often after so many answers, until it is no more than reconciled.
_BARREN_ANSWERS = 4
_MAX_BARREN = 5


@dataclass(slots=True)
class Schedule:
    """Keeps when each endpoint is due, in seconds of race time."""

    periods: dict[str, float]
    resting: bool = False
    mood: Mood = Mood.RUNNING
    # Endpoints that push brings now; None while it brings nothing at all.
    pushed: frozenset[str] | None = None
    _asked: dict[str, float] = field(default_factory=dict)
    # Those that are hurried, or put off: due then, whatever their period.
    _set: dict[str, float] = field(default_factory=dict)
    _asking: set[str] = field(default_factory=set)
    _barren: dict[str, int] = field(default_factory=dict)
    # Periods of the time before it rested.
    _before: dict[str, float] = field(default_factory=dict)

    @staticmethod
    def of(tier: str, *, is_race: bool, speed: float) -> "Schedule":
        """Plan for a tier."""
        floor = MIN_WALL_PERIOD_SECONDS * speed
        periods = {
            endpoint: max(period, floor)
            for endpoint, period in PERIODS[tier].items()
            if is_race or endpoint not in ONLY_IN_RACES
        }
        if not is_race:
            periods["laps"] = max(sooner(PERIODS[tier]["laps"], LAPS_IN_CONTEST_SECONDS), floor)
        return Schedule(periods)

    def add(self, endpoint: str, period: float) -> None:
        """Ask another endpoint from now on, or one at another period."""
        self.periods[endpoint] = period

    def rest(self) -> None:
        """Ask less and less often, and for no samples: the session is over, but for its results."""
        if self.resting:
            return
        self.resting = True
        self._before = dict(self.periods)
        tables = self.periods.keys() - SAMPLED
        self.periods = dict.fromkeys(tables, AFTER_THE_FLAG_SECONDS)
        self.periods["sessions"] = RESTING_SESSIONS_SECONDS

    def wake(self) -> None:
        """Ask as before: the session goes on."""
        if self.resting:
            self.resting = False
            self.periods = self._before
            self.hurry_all()

    def pace(self, endpoint: str) -> float:
        """Return the period at which rows of an endpoint are to come, pushed or asked for."""
        period = self.periods.get(endpoint, 60.0)
        return period if self.resting else in_mood(endpoint, period, self.mood)

    def period(self, endpoint: str) -> float:
        """Return the period at which an endpoint is asked now."""
        pace = self.pace(endpoint)
        if self.resting or self.pushed is None:
            return pace
        slowest = beside_push(endpoint, pace)
        if endpoint in self.pushed or endpoint not in PUSHED:
            return slowest
        barren = self._barren.get(endpoint, 0) - _BARREN_ANSWERS
        return min(slowest, pace * 2.0 ** min(max(barren, 0), _MAX_BARREN))

    def due(self, endpoint: str) -> float:
        """Return when an endpoint is due."""
        if endpoint in self._set:
            return self._set[endpoint]
        asked = self._asked.get(endpoint)
        return 0.0 if asked is None else asked + self.period(endpoint)

    def take(self, now: float) -> str | None:
        """Return the endpoint that is most overdue, measured in its own periods; None when none is
        due."""
        waiting = [
            ((now - due) / self.period(endpoint), endpoint)
            for endpoint in self.periods
            if endpoint not in self._asking and (due := self.due(endpoint)) <= now
        ]
        if not waiting:
            return None
        endpoint = max(waiting)[1]
        self._asking.add(endpoint)
        self._asked[endpoint] = now
        self._set.pop(endpoint, None)
        return endpoint

    def done(self, endpoint: str, now: float, *, failures: int = 0) -> None:
        """Note that an endpoint was asked, and how often in a row it has failed."""
        self._asking.discard(endpoint)
        self._asked.setdefault(endpoint, now)
        period = self.period(endpoint)
        if failures:
            # What is asked often is left alone for longer; what is asked seldom is asked soon.
            doubled = 2.0 ** min(failures - 1, _MAX_DOUBLINGS)
            pause = min(period * min(doubled, _MAX_FACTOR), _RETRY_SECONDS * doubled)
            self._set[endpoint] = now + pause
        elif self.resting and endpoint != "sessions":
            self._set[endpoint] = now + period
            self.periods[endpoint] = min(period * _RESTING_FACTOR, _MAX_RESTING_SECONDS)

    def brought(self, endpoint: str, *, news: bool) -> None:
        """Note whether an answer brought anything new."""
        self._barren[endpoint] = 0 if news else self._barren.get(endpoint, 0) + 1

    def hurry(self, *endpoints: str) -> None:
        """Ask endpoints as soon as the budget allows."""
        for endpoint in endpoints:
            if endpoint in self.periods:
                self._set[endpoint] = 0.0

    def hurry_all(self, besides: Collection[str] = ()) -> None:
        """Ask all endpoints as soon as the budget allows, but for some."""
        self.hurry(*(endpoint for endpoint in self.periods if endpoint not in besides))

    def next_due(self) -> float:
        """Return when the next endpoint is due."""
        free = (self.due(endpoint) for endpoint in self.periods if endpoint not in self._asking)
        return min(free, default=float("inf"))
