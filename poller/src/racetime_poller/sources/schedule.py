"""What to ask next: every endpoint at a period of race time, none ever stacked, the most overdue
first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Period of each endpoint by tier, in seconds of race time; the sums stay within the tier's minute.
PERIODS: Mapping[str, Mapping[str, float]] = {
    "free": {
        "location": 5,
        "intervals": 12,
        "race_control": 20,
        "laps": 30,
        "position": 60,
        "pit": 120,
        "stints": 120,
        "weather": 120,
        "sessions": 300,
        "drivers": 600,
        "meetings": 600,
        "starting_grid": 600,
    },
    "sponsor": {
        "location": 2.5,
        "intervals": 6,
        "race_control": 7.5,
        "laps": 15,
        "position": 20,
        "pit": 60,
        "stints": 60,
        "weather": 120,
        "overtakes": 300,
        "team_radio": 300,
        "sessions": 300,
        "drivers": 600,
        "meetings": 600,
        "starting_grid": 600,
    },
    "local": {
        "location": 1,
        "car_data": 1,
        "intervals": 2,
        "race_control": 3,
        "laps": 3,
        "position": 4,
        "pit": 10,
        "stints": 10,
        "weather": 30,
        "overtakes": 20,
        "team_radio": 60,
        "championship_drivers": 120,
        "championship_teams": 120,
        "sessions": 60,
        "drivers": 120,
        "meetings": 120,
        "starting_grid": 120,
    },
}
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
SAMPLED = frozenset({"location", "car_data"})
_ONLY_IN_RACES = frozenset(
    {"intervals", "overtakes", "starting_grid", "championship_drivers", "championship_teams"}
)


@dataclass(slots=True)
class Schedule:
    """Keeps when each endpoint is due, in seconds of race time."""

    periods: dict[str, float]
    resting: bool = False
    _due: dict[str, float] = field(default_factory=dict)
    _asking: set[str] = field(default_factory=set)

    @staticmethod
    def of(tier: str, *, is_race: bool, speed: float) -> "Schedule":
        """Plan for a tier."""
        floor = MIN_WALL_PERIOD_SECONDS * speed
        periods = {
            endpoint: max(period, floor)
            for endpoint, period in PERIODS[tier].items()
            if is_race or endpoint not in _ONLY_IN_RACES
        }
        return Schedule(periods)

    def add(self, endpoint: str, period: float) -> None:
        """Ask another endpoint from now on, or one at another period."""
        self.periods[endpoint] = period

    def rest(self) -> None:
        """Ask less and less often, and for no samples: the session is over, but for its results."""
        if self.resting:
            return
        self.resting = True
        tables = self.periods.keys() - SAMPLED
        self.periods = dict.fromkeys(tables, AFTER_THE_FLAG_SECONDS)
        self.periods["sessions"] = RESTING_SESSIONS_SECONDS

    def take(self, now: float) -> str | None:
        """Return the endpoint that is most overdue, measured in its own periods; None when none is
        due."""
        waiting = [
            ((now - self._due.get(endpoint, 0.0)) / period, endpoint)
            for endpoint, period in self.periods.items()
            if endpoint not in self._asking and self._due.get(endpoint, 0.0) <= now
        ]
        if not waiting:
            return None
        endpoint = max(waiting)[1]
        self._asking.add(endpoint)
        return endpoint

    def done(self, endpoint: str, now: float, *, failures: int = 0) -> None:
        """Note that an endpoint was asked, and how often in a row it has failed."""
        self._asking.discard(endpoint)
        period = self.periods.get(endpoint, 60.0)
        if failures:
            # What is asked often is left alone for longer; what is asked seldom is asked soon.
            doubled = 2.0 ** min(failures - 1, _MAX_DOUBLINGS)
            period = min(period * min(doubled, _MAX_FACTOR), _RETRY_SECONDS * doubled)
        elif self.resting and endpoint != "sessions":
            self.periods[endpoint] = min(period * _RESTING_FACTOR, _MAX_RESTING_SECONDS)
        self._due[endpoint] = now + period

    def hurry(self, endpoint: str) -> None:
        """Ask an endpoint as soon as the budget allows."""
        if endpoint in self.periods:
            self._due[endpoint] = 0.0

    def next_due(self) -> float:
        """Return when the next endpoint is due."""
        free = (self._due.get(e, 0.0) for e in self.periods if e not in self._asking)
        return min(free, default=float("inf"))
