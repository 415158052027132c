"""How often each endpoint is asked, in seconds of race time: by tier, by what the race is at, and
by what is pushed anyway."""

from collections.abc import Mapping
from enum import Enum

# The sums stay within what a tier's minute sustains.
PERIODS: Mapping[str, Mapping[str, float]] = {
    "free": {
        "location": 5,
        "intervals": 10,
        "race_control": 20,
        "laps": 30,
        "position": 60,
        "pit": 120,
        "stints": 120,
        "weather": 180,
        "sessions": 300,
        "drivers": 600,
        "meetings": 600,
        "starting_grid": 600,
    },
    "sponsor": {
        "location": 2.5,
        "intervals": 5,
        "race_control": 7.5,
        "laps": 15,
        "position": 20,
        "pit": 65,
        "stints": 60,
        "weather": 180,
        "overtakes": 600,
        "team_radio": 600,
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
SAMPLED = frozenset({"location", "car_data"})
ONLY_IN_RACES = frozenset(
    {"intervals", "overtakes", "starting_grid", "championship_drivers", "championship_teams"}
)
# What is pushed is reconciled so often: all together below 10 requests a minute.
RECONCILED: Mapping[str, float] = {
    "location": 120,
    "car_data": 300,
    "intervals": 60,
    "race_control": 60,
    "laps": 60,
    "position": 60,
    "pit": 90,
    "stints": 90,
    "weather": 180,
    "overtakes": 180,
    "team_radio": 300,
    "championship_drivers": 300,
    "championship_teams": 300,
    "drivers": 300,
}
# The live-timing endpoints: those that are pushed.
PUSHED = tuple(RECONCILED)
# Never pushed; asked so often, at most, while the rest is.
_BESIDE_PUSH: Mapping[str, float] = {
    "sessions": 60,
    "meetings": 600,
    "starting_grid": 600,
    "session_result": 120,
}


class Mood(Enum):
    """What the race is at, as far as it bears on what is asked."""

    # Long before the start: nothing comes but changes of the schedule.
    EARLY = "early"
    # Cars and messages gather; the start, or the restart, is told by race control.
    WAITING = "waiting"
    RUNNING = "running"


# While nobody races, messages matter and the map does not.
_WAITING_AT_LEAST: Mapping[str, float] = {
    "location": 10,
    "car_data": 30,
    "intervals": 30,
    "laps": 30,
    "position": 20,
    "overtakes": 300,
}
_WAITING_AT_MOST: Mapping[str, float] = {"race_control": 3}
# But for messages, which the poorest tier cannot ask that often.
_MOST_OFTEN = 3.0
_EARLY_AT_LEAST = 60.0
# The same of laps where they are the whole contest.
LAPS_IN_CONTEST_SECONDS = 5.0


def in_mood(endpoint: str, period: float, mood: Mood) -> float:
    """Return an endpoint's period as the race has it now."""
    if mood is Mood.RUNNING:
        return period
    if mood is Mood.EARLY:
        return max(period, _EARLY_AT_LEAST)
    soonest = _WAITING_AT_MOST.get(endpoint)
    if soonest is not None:
        return sooner(period, soonest)
    return max(period, _WAITING_AT_LEAST.get(endpoint, period))


def sooner(period: float, wanted: float) -> float:
    """Return a shorter period, so far as the tier bears it."""
    return min(period, max(wanted, period / _MOST_OFTEN))


def beside_push(endpoint: str, period: float) -> float:
    """Return the period of an endpoint that is pushed, or that never is, while others are."""
    return max(period, RECONCILED.get(endpoint) or _BESIDE_PUSH.get(endpoint, period))
