"""Say what requests wish for that keep the rules of the contract."""

from dataclasses import dataclass

from racetime.v1.race_service_pb2 import (
    GetHistoryRequest,
    GetSnapshotRequest,
    WatchEventsRequest,
    WatchRaceRequest,
)
from racetime.v1.room_service_pb2 import Playhead
from racetime.v1.update_record_pb2 import LANE_HISTORY, LANE_MOTION, LANE_TIMING
from racetime_api.events import EventWish
from racetime_api.record import Selection
from racetime_api.refusal import invalid

_NANOS = 1_000_000_000
_DEFAULT_LANES = (LANE_TIMING, LANE_MOTION)

_Watch = WatchRaceRequest | WatchEventsRequest
_Request = _Watch | GetSnapshotRequest


@dataclass(frozen=True, slots=True)
class Resume:
    """What a reader has already."""

    session_key: int
    log_revision: int
    sequence: int


@dataclass(frozen=True, slots=True)
class WatchWish:
    """What a reader wants to watch; no session for whichever is live."""

    session_key: int | None
    selection: Selection
    after: Resume | None = None
    min_interval_seconds: float = 0.0
    # Where to begin behind the live edge: a delay, or an instant in epoch milliseconds and the
    # speed from there on.
    delay_millis: int | None = None
    race_millis: int | None = None
    speed: float = 1.0

    @property
    def is_shifted(self) -> bool:
        """Whether the reader is behind the live edge."""
        return self.delay_millis is not None or self.race_millis is not None


@dataclass(frozen=True, slots=True)
class SnapshotWish:
    """What a reader wants to have once; no session for the live one."""

    session_key: int | None
    selection: Selection
    # Instant of the race in epoch milliseconds; None for the newest.
    race_millis: int | None = None


def watch_wish(request: WatchRaceRequest, *, merged: bool = False) -> WatchWish:
    """Read a WatchRaceRequest; raise Refusal when it cannot be answered."""
    return WatchWish(
        _session_key(request),
        Selection.of(
            request.lanes or _DEFAULT_LANES,
            request.driver_numbers,
            merged=merged,
            stamped=request.min_interval_millis == 0,
        ),
        _after(request),
        request.min_interval_millis / 1000,
        request.delay_millis or None,
        _race_millis(request),
        request.speed if request.HasField("speed") else 1.0,
    )


def events_wish(request: WatchEventsRequest) -> tuple[WatchWish, EventWish]:
    """Read a WatchEventsRequest; raise Refusal when it cannot be answered."""
    watch = WatchWish(
        _session_key(request),
        Selection.of((LANE_HISTORY,)),
        _after(request),
        0.0,
        request.delay_millis or None,
        _race_millis(request),
        request.speed if request.HasField("speed") else 1.0,
    )
    return watch, EventWish(frozenset(request.kinds), frozenset(request.driver_numbers))


def _session_key(request: _Request) -> int | None:
    return request.session_key if request.HasField("session_key") else None


def _after(request: _Watch) -> Resume | None:
    if not request.HasField("after"):
        return None
    after = request.after
    return Resume(after.session_key, after.log_revision, after.sequence)


def snapshot_wish(request: GetSnapshotRequest) -> SnapshotWish:
    """Read a GetSnapshotRequest; raise Refusal when it cannot be answered."""
    return SnapshotWish(
        _session_key(request),
        Selection.of(request.lanes or _DEFAULT_LANES, request.driver_numbers),
        _race_millis(request),
    )


def history_wish(request: GetHistoryRequest) -> SnapshotWish:
    """Read a GetHistoryRequest; raise Refusal when it cannot be answered."""
    selection = Selection.of((LANE_TIMING, LANE_HISTORY))
    return SnapshotWish(request.session_key, selection, _race_millis(request))


def check_playhead(playhead: Playhead) -> None:
    """Check where a room is to be, as far as no rule does; raise Refusal when nobody could be
    there."""
    _race_millis(playhead, "playhead.")


def _race_millis(request: _Request | GetHistoryRequest | Playhead, within: str = "") -> int | None:
    if not request.HasField("race_time"):
        return None
    # No rule of the contract can say this.
    nanos = request.race_time.nanos
    if not 0 <= nanos < _NANOS:
        raise invalid({f"{within}race_time": f"has 0 to {_NANOS - 1} nanos, not {nanos}"})
    return request.race_time.ToMilliseconds()
