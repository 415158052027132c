"""Spans under a yellow, a safety car or a red flag, with the laps of the leader."""

from collections.abc import Mapping

from racetime_poller.race.state import Race
from racetime_poller.race.views import TrackPeriod


def track_periods(race: Race) -> Mapping[int, TrackPeriod]:
    """Return all spans by the instant of their start, in epoch milliseconds."""
    return {}
