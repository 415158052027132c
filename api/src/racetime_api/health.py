"""Judge whether the feed is alive."""

from google.protobuf.timestamp_pb2 import Timestamp

from racetime.v1.race_service_pb2 import GetHealthResponse
from racetime.v1.update_record_pb2 import (
    FEED_CONDITION_ALIVE,
    FEED_CONDITION_DEAD,
    FEED_CONDITION_IDLE,
    FeedStatus,
)
from racetime_api.refusal import feed_dead
from racetime_api.store import Condition

_FEED = {FEED_CONDITION_ALIVE: "ok", FEED_CONDITION_IDLE: "idle"}


def health(
    condition: Condition, sequence: int | None, now_seconds: float, silence_seconds: float
) -> GetHealthResponse:
    """Give the answer of a service in health; raise Refusal when the feed is dead."""
    status = condition.status or FeedStatus()
    feed_age = _age_seconds(status, "newest_row_time", now_seconds)
    poller_age = _age_seconds(status, "reported_time", now_seconds)
    if poller_age is None or poller_age > silence_seconds:
        raise feed_dead("the poller does not report", _metadata("silent", feed_age))
    if status.condition == FEED_CONDITION_DEAD:
        raise feed_dead("rows are expected and none come", _metadata("dead", feed_age))
    return GetHealthResponse(
        status="ok",
        redis="ok",
        feed=_FEED.get(status.condition, "unknown"),
        feed_age_seconds=feed_age,
        poller_age_seconds=poller_age,
        session_key=condition.live_session_key,
        sequence=None if condition.live_session_key is None else sequence,
    )


def _metadata(feed: str, feed_age_seconds: float | None) -> dict[str, str]:
    metadata = {"redis": "ok", "feed": feed}
    if feed_age_seconds is not None:
        metadata["feed_age_seconds"] = f"{feed_age_seconds:.1f}"
    return metadata


def _age_seconds(status: FeedStatus, field: str, now_seconds: float) -> float | None:
    if not status.HasField(field):  # type: ignore[arg-type]
        return None
    moment: Timestamp = getattr(status, field)
    return max(now_seconds - moment.ToMilliseconds() / 1000, 0.0)
