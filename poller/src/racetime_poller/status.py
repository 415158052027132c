"""Describe the poller to operators."""

from collections.abc import Iterable

from racetime.ops.v1 import ops_service_pb2 as ops
from racetime_poller.broadcast import Broadcast
from racetime_poller.encode import timestamp
from racetime_poller.fetcher import EndpointStats, Fetcher
from racetime_poller.race.views import SessionPhase
from racetime_poller.review import Review
from racetime_poller.sources.account import Account, AccountState
from racetime_poller.sources.push import Push

_PHASES = {
    SessionPhase.UNSPECIFIED: "in a phase that is not known",
    SessionPhase.UPCOMING: "which has not started",
    SessionPhase.STARTED: "which is on",
    SessionPhase.SUSPENDED: "which is suspended",
    SessionPhase.FINISHED: "which is finished",
    SessionPhase.ENDED: "which has ended",
}


def activity(following: tuple[Fetcher, Broadcast] | None, *, leads: bool, holder: str) -> str:
    """Say in a sentence what the poller is doing."""
    if not leads:
        return f"Waiting: {holder or 'nobody'} holds the lease."
    if following is None:
        return "Looking for a session to follow."
    fetcher, _ = following
    session = fetcher.intake.race.session
    meeting = fetcher.intake.race.meeting
    where = meeting.meeting_name if meeting else session.circuit_short_name or "?"
    phase = _PHASES[fetcher.intake.phase]
    how = "" if fetcher.synced.is_set() else " Reading what was before."
    return f"Following {session.session_name} of {where} ({session.session_key}), {phase}.{how}"


def describe(response: ops.GetStatusResponse, fetcher: Fetcher, broadcast: Broadcast) -> None:
    """Tell of the session that is followed, its endpoints, the budget, and what was set aside."""
    now = fetcher.clock.now()
    response.session_key = broadcast.session_key
    response.sequence = broadcast.sequence
    response.race_time.CopyFrom(timestamp(now))
    _describe_budget(response.budget, fetcher)
    for endpoint in sorted({*fetcher.schedule.periods, *fetcher.stats}):
        stats = fetcher.stats.get(endpoint, EndpointStats())
        newest = fetcher.intake.freshness.newest.get(endpoint)
        response.endpoints.add(
            endpoint=endpoint,
            row_count=fetcher.intake.row_counts[endpoint],
            request_count=stats.requests,
            failure_count=stats.failures,
            age_seconds=None if newest is None else (now - newest) / 1000,
            period_seconds=fetcher.schedule.periods.get(endpoint),
            last_failure=stats.last_failure,
        )
    for (endpoint, reason), count in sorted(fetcher.intake.set_aside.items()):
        sample = fetcher.intake.samples.get((endpoint, reason), "")
        response.set_aside.add(endpoint=endpoint, reason=reason, count=count, sample=sample)


def _describe_budget(response: ops.BudgetStatus, fetcher: Fetcher) -> None:
    budget = fetcher.budget
    response.per_second = budget.tier.per_second
    response.per_minute = budget.tier.per_minute
    response.available = budget.available
    response.pause_seconds = budget.paused_seconds
    response.used_in_second = budget.used_in_second
    response.used_in_minute = budget.used_in_minute


def describe_push(response: ops.PushStatus, push: Push) -> None:
    """Tell of the connection by which the source pushes."""
    response.address = push.address
    response.connected = push.connected
    if (seconds := push.connected_seconds) is not None:
        response.connected_seconds = seconds
    response.message_count = push.message_count
    response.reconnect_count = push.reconnect_count
    response.last_failure = push.last_failure
    response.silent_endpoints.extend(push.silent_endpoints)


def describe_account(response: ops.AccountStatus, account: Account) -> None:
    """Tell how the account stands."""
    response.state = _STATES[account.state]
    if (age := account.token_age_seconds) is not None:
        response.token_age_seconds = age
    response.last_failure = account.last_failure


def describe_reviews(response: ops.GetStatusResponse, reviews: Iterable[Review]) -> None:
    """Tell when sessions that are over are read again, and what came of it."""
    for one in sorted(reviews, key=lambda one: one.session_key):
        status = response.reviews.add(
            session_key=one.session_key, done_count=one.done_count, outcome=one.outcome
        )
        if one.due_at is not None:
            status.due_time.CopyFrom(timestamp(one.due_at))


_STATES = {state: ops.AccountState.Value(f"ACCOUNT_STATE_{state.name}") for state in AccountState}
