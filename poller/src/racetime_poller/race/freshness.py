"""How fresh the rows of each endpoint are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from racetime_poller.race.views import SourceCondition, SourceFreshness

_LATE_PERIODS = 3
_LOST_PERIODS = 10

# Period at which rows are expected while a session is on, in milliseconds of race time; the others
# come with events.
EXPECTED_PERIODS: Mapping[str, int] = {
    "location": 1_000,
    "car_data": 1_000,
    "intervals": 5_000,
    "weather": 60_000,
}
_ONLY_IN_RACES = frozenset({"intervals"})


@dataclass(slots=True)
class Freshness:
    """Keeps the newest instant of each endpoint and the period at which it is asked."""

    newest: dict[str, int] = field(default_factory=dict)
    polled: dict[str, int] = field(default_factory=dict)

    def seen(self, endpoint: str, at: int) -> None:
        """Note a row of an instant."""
        self.newest[endpoint] = max(at, self.newest.get(endpoint, 0))

    def views(self, *, now: int, running: bool, is_race: bool) -> Mapping[str, SourceFreshness]:
        """Judge every endpoint that is asked at an instant, in epoch milliseconds."""
        views = {}
        for endpoint, polled in self.polled.items():
            newest = self.newest.get(endpoint)
            expected = EXPECTED_PERIODS.get(endpoint)
            if endpoint in _ONLY_IN_RACES and not is_race:
                continue
            period = max(expected, polled) if expected else None
            condition = SourceCondition.UNSPECIFIED
            if running and period is not None:
                condition = _condition(newest, period, now)
            views[endpoint] = SourceFreshness(newest, period, condition)
        return views


def _condition(newest: int | None, period: int, now: int) -> SourceCondition:
    periods = _LOST_PERIODS + 1 if newest is None else (now - newest) / period
    if periods > _LOST_PERIODS:
        return SourceCondition.LOST
    return SourceCondition.LATE if periods > _LATE_PERIODS else SourceCondition.FRESH
