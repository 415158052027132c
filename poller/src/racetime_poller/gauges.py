"""Tell Prometheus how the feed is; a poller that stands by tells nothing of it."""

from racetime_poller import metrics
from racetime_poller.broadcast import Broadcast
from racetime_poller.fetcher import Fetcher
from racetime_poller.race.views import SessionPhase, SourceCondition
from racetime_poller.sources.budget import Budget

CONDITIONS = ("alive", "dead", "idle")


def tell_feed(condition: str) -> None:
    """Tell the feed's condition, one of CONDITIONS."""
    for one in CONDITIONS:
        metrics.FEED.labels(one).set(one == condition)


def tell_budget(budget: Budget) -> None:
    """Tell what is left of the budget."""
    metrics.BUDGET.set(budget.available)
    metrics.BUDGET_WAIT.set(budget.wait_seconds())


def tell_following(fetcher: Fetcher, broadcast: Broadcast) -> None:
    """Tell how far the log is, and how fresh the source's rows are."""
    metrics.SEQUENCE.set(broadcast.sequence)
    intake, now = fetcher.intake, fetcher.clock.now()
    for endpoint, newest in intake.freshness.newest.items():
        metrics.SOURCE_AGE.labels(endpoint).set((now - newest) / 1000)
    running = intake.phase is SessionPhase.STARTED
    views = intake.freshness.views(now=now, running=running, is_race=intake.race.is_race)
    for endpoint, view in views.items():
        if view.period_millis is not None:
            metrics.SOURCE_LOST.labels(endpoint).set(view.condition is SourceCondition.LOST)


def forget_following() -> None:
    """Tell nothing of a session that is followed no longer."""
    metrics.SOURCE_AGE.clear()
    metrics.SOURCE_LOST.clear()


def forget_feed() -> None:
    """Tell nothing of a feed that is another poller's."""
    metrics.FEED.clear()
    forget_following()
