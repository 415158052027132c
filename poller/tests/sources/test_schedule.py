"""Budget and schedule: within every limit, nothing stacked, nothing forgotten."""

from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racetime_poller.race.rows import ENDPOINTS
from racetime_poller.sources.budget import TIERS, Budget, Tier
from racetime_poller.sources.periods import (
    ONLY_IN_RACES,
    PERIODS,
    PUSHED,
    RECONCILED,
    SAMPLED,
    Mood,
)
from racetime_poller.sources.schedule import AFTER_THE_FLAG_SECONDS, Schedule


class Now:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@given(
    st.builds(Tier, st.integers(1, 8), st.integers(10, 60)),
    st.lists(st.floats(0, 20), min_size=50, max_size=300),
)
def test_no_moment_sees_more_requests_than_allowed(tier: Tier, idle: list[float]) -> None:
    now = Now()
    budget, spent = Budget(tier, now), []
    for pause in idle:
        now.seconds += pause if pause > 15 else 0.0
        while (wait := budget.wait_seconds()) > 0:
            now.seconds += wait + 1e-9
        budget.spend()
        spent.append(now.seconds)
    for index, at in enumerate(spent):
        assert index + 1 - bisect_left(spent, at - 1.0) <= tier.per_second
        assert index + 1 - bisect_left(spent, at - 59.99) <= tier.per_minute * 0.9


def test_a_pause_holds_everything() -> None:
    now = Now()
    budget = Budget(TIERS["free"], now)
    budget.pause(15)
    budget.pause(2)
    assert budget.wait_seconds() == budget.paused_seconds == 15
    now.seconds += 15
    assert budget.wait_seconds() == 0


@pytest.mark.parametrize("tier", TIERS)
def test_the_periods_of_a_tier_fit_into_its_minute(tier: str) -> None:
    assert set(PERIODS[tier]) <= set(ENDPOINTS)
    asked = sum(60 / period for period in PERIODS[tier].values())
    assert asked <= 0.9 * TIERS[tier].per_minute


def test_an_endpoint_is_never_asked_twice_at_once() -> None:
    schedule = Schedule({"laps": 5.0, "pit": 60.0})
    taken = {schedule.take(100.0), schedule.take(100.0)}
    assert taken == {"laps", "pit"}
    assert schedule.take(1e9) is None
    schedule.done("laps", 100.0)
    assert schedule.take(104.9) is None
    assert schedule.next_due() == 105.0
    assert schedule.take(105.0) == "laps"


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("per_request", [0.5, 2.0, 10.0])
def test_nothing_starves_however_slow_the_answers(tier: str, per_request: float) -> None:
    schedule = Schedule.of(tier, is_race=True, speed=1.0)
    now, asked = 1000.0, dict.fromkeys(schedule.periods, 0)
    while now < 1000.0 + 300 * per_request * len(asked):
        endpoint = schedule.take(now)
        if endpoint is not None:
            asked[endpoint] += 1
            schedule.done(endpoint, now + per_request)
        now += per_request
    assert min(asked.values()) > 0


def test_what_fails_often_is_left_alone_and_what_is_seldom_asked_is_asked_soon() -> None:
    schedule = Schedule({"intervals": 5.0, "session_result": 120.0})
    for failures, wait in ((1, 5.0), (2, 10.0), (9, 40.0)):
        schedule.done("intervals", 0.0, failures=failures)
        assert schedule.due("intervals") == wait
    for failures, wait in ((1, 10.0), (2, 20.0), (9, 640.0)):
        schedule.done("session_result", 0.0, failures=failures)
        assert schedule.due("session_result") == wait


def test_hurry_comes_first_and_only_for_what_is_asked_at_all() -> None:
    schedule = Schedule({"laps": 5.0, "position": 20.0})
    for endpoint in ("laps", "position"):
        schedule.done(endpoint, 100.0)
    schedule.hurry("position")
    schedule.hurry("intervals")
    assert schedule.take(101.0) == "position"
    assert schedule.take(101.0) is None


def test_at_speed_nothing_is_asked_more_often_than_the_wall_clock_bears() -> None:
    schedule = Schedule.of("local", is_race=False, speed=60.0)
    assert min(schedule.periods.values()) == pytest.approx(12.0)
    assert "intervals" not in schedule.periods


@pytest.mark.parametrize("tier", ["free", "sponsor", "local"])
def test_after_the_end_less_and_less_is_asked_but_for_the_next_session(tier: str) -> None:
    schedule = Schedule.of(tier, is_race=True, speed=1.0)
    schedule.add("session_result", AFTER_THE_FLAG_SECONDS)
    schedule.rest()
    asked: list[tuple[float, str]] = []
    now = 1_000.0
    while now < 1_000.0 + 6 * 3600:
        schedule.rest()
        if endpoint := schedule.take(now):
            asked.append((now, endpoint))
            schedule.done(endpoint, now)
        else:
            now = schedule.next_due()
    assert {"location", "car_data"}.isdisjoint(endpoint for _, endpoint in asked)
    results = [at for at, endpoint in asked if endpoint == "session_result"]
    steps = [later - at for at, later in pairwise(results)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (120.0, 1_800.0)
    sessions = [at for at, endpoint in asked if endpoint == "sessions"]
    assert max(later - at for at, later in pairwise(sessions)) == 60.0
    last_hour = [endpoint for at, endpoint in asked if at > now - 3_600]
    assert len(last_hour) < 60 + 2 * 20


def requests_per_minute(schedule: Schedule) -> float:
    return sum(60 / schedule.period(endpoint) for endpoint in schedule.periods)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("is_race", [True, False])
@pytest.mark.parametrize("mood", Mood)
def test_whatever_the_race_is_at_its_periods_fit(tier: str, is_race: bool, mood: Mood) -> None:
    schedule = Schedule.of(tier, is_race=is_race, speed=1.0)
    schedule.mood = mood
    assert requests_per_minute(schedule) <= TIERS[tier].sustained


def test_while_nobody_races_messages_matter_and_the_map_does_not() -> None:
    schedule = Schedule.of("sponsor", is_race=True, speed=1.0)
    schedule.mood = Mood.WAITING
    assert (schedule.period("location"), schedule.period("race_control")) == (10, 3)
    schedule.mood = Mood.EARLY
    assert min(schedule.period(endpoint) for endpoint in schedule.periods) == 60
    schedule.mood = Mood.RUNNING
    assert (schedule.period("location"), schedule.period("race_control")) == (2.5, 7.5)


def test_laps_are_what_a_practice_is_about() -> None:
    schedule = Schedule.of("sponsor", is_race=False, speed=1.0)
    assert schedule.period("laps") == 5
    assert ONLY_IN_RACES.isdisjoint(schedule.periods)


def test_a_changed_mood_tells_at_once_what_is_due() -> None:
    schedule = Schedule({"race_control": 9.0})
    assert schedule.take(100.0) == "race_control"
    schedule.done("race_control", 100.0)
    assert schedule.next_due() == 109.0
    schedule.mood = Mood.WAITING
    assert schedule.next_due() == 103.0


def test_a_session_that_goes_on_is_asked_for_as_before() -> None:
    schedule = Schedule.of("sponsor", is_race=True, speed=1.0)
    before = dict(schedule.periods)
    schedule.rest()
    assert "location" not in schedule.periods
    schedule.wake()
    schedule.wake()
    assert schedule.periods == before
    assert schedule.due("location") == 0.0


@pytest.mark.parametrize(("name", "lent"), [("free", 1), ("sponsor", 3), ("local", 3)])
def test_who_takes_over_counts_what_was_spent_and_may_ask_at_once(name: str, lent: int) -> None:
    tier, now = TIERS[name], 100.0
    budget = Budget(tier, lambda: now)
    step = 55 / tier.sustained
    budget.take_over([2.0 + step * count for count in range(tier.sustained)])
    asked = 0
    while budget.wait_seconds() == 0:
        budget.spend()
        asked += 1
    assert asked == lent
    assert budget.used_in_minute < tier.per_minute
    # What is lent is lent once.
    now = 102.0
    assert budget.wait_seconds() > 0


@pytest.mark.parametrize("tier", TIERS)
def test_what_is_pushed_is_only_reconciled(tier: str) -> None:
    schedule = Schedule.of(tier, is_race=True, speed=1.0)
    schedule.add("session_result", AFTER_THE_FLAG_SECONDS)
    schedule.pushed = frozenset(PUSHED)
    assert requests_per_minute(schedule) <= 10
    schedule.pushed = frozenset(PUSHED) - {"location"}
    assert schedule.period("location") == PERIODS[tier]["location"]
    schedule.pushed = None
    assert requests_per_minute(schedule) > 20


def test_what_is_neither_pushed_nor_there_is_asked_less_and_less_until_it_comes() -> None:
    schedule = Schedule.of("sponsor", is_race=True, speed=1.0)
    schedule.pushed = frozenset(PUSHED) - SAMPLED
    periods = []
    for _ in range(12):
        schedule.brought("location", news=False)
        periods.append(schedule.period("location"))
    assert periods == sorted(periods)
    assert (periods[0], periods[-1]) == (2.5, 80.0)
    assert periods[-1] <= RECONCILED["location"]
    schedule.brought("location", news=True)
    assert schedule.period("location") == 2.5
