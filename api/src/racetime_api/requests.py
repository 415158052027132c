"""Check requests and say what they wish for; refuse what cannot be answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from racetime.v1.history_pb2 import RACE_EVENT_KIND_UNSPECIFIED, RaceEventKind
from racetime.v1.race_service_pb2 import (
    GetHistoryRequest,
    GetSnapshotRequest,
    WatchEventsRequest,
    WatchRaceRequest,
)
from racetime.v1.room_service_pb2 import Playhead
from racetime.v1.update_record_pb2 import LANE_HISTORY, LANE_MOTION, LANE_TIMING
from racetime_api.events import EventWish
from racetime_api.record import LANES, Selection
from racetime_api.refusal import invalid

LONGEST_INTERVAL_MILLIS = 10_000
HIGHEST_DRIVER_NUMBER = 999
MOST_DRIVERS = 100
LONGEST_DELAY_MILLIS = 6 * 3_600_000
SLOWEST, FASTEST = 0.25, 60.0
LAST_SECOND = 253_402_300_799

_DEFAULT_LANES = (LANE_TIMING, LANE_MOTION)
_KINDS = frozenset(RaceEventKind.values()) - {RACE_EVENT_KIND_UNSPECIFIED}

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
    """Check a WatchRaceRequest; raise Refusal when it cannot be answered."""
    faults = _shared_faults(request) | _interval_faults(request) | _after_faults(request)
    faults |= _shift_faults(request)
    if faults:
        raise invalid(faults)
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
    """Check a WatchEventsRequest; raise Refusal when it cannot be answered."""
    faults = _session_faults(request) | _driver_faults(request.driver_numbers)
    faults |= _after_faults(request) | _shift_faults(request) | _kind_faults(request.kinds)
    if faults:
        raise invalid(faults)
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


def _kind_faults(kinds: Iterable[int]) -> dict[str, str]:
    return {
        f"kinds[{index}]": f"is a kind of event, not {kind}"
        for index, kind in enumerate(kinds)
        if kind not in _KINDS
    }


def _session_key(request: _Request) -> int | None:
    return request.session_key if request.HasField("session_key") else None


def _after(request: _Watch) -> Resume | None:
    if not request.HasField("after"):
        return None
    after = request.after
    return Resume(after.session_key, after.log_revision, after.sequence)


def snapshot_wish(request: GetSnapshotRequest) -> SnapshotWish:
    """Check a GetSnapshotRequest; raise Refusal when it cannot be answered."""
    faults = _shared_faults(request) | _instant_faults(request)
    if faults:
        raise invalid(faults)
    return SnapshotWish(
        _session_key(request),
        Selection.of(request.lanes or _DEFAULT_LANES, request.driver_numbers),
        _race_millis(request),
    )


def history_wish(request: GetHistoryRequest) -> SnapshotWish:
    """Check a GetHistoryRequest; raise Refusal when it cannot be answered."""
    faults = _instant_faults(request)
    if request.session_key < 1:
        faults["session_key"] = f"is above 0, not {request.session_key}"
    if faults:
        raise invalid(faults)
    selection = Selection.of((LANE_TIMING, LANE_HISTORY))
    return SnapshotWish(request.session_key, selection, _race_millis(request))


def check_playhead(playhead: Playhead) -> None:
    """Check where a room is to be; raise Refusal when nobody could be there."""
    faults = _session_faults(playhead) | _shift_faults(playhead)
    if playhead.paused and not playhead.HasField("race_time"):
        faults["paused"] = "goes with race_time alone"
    if faults:
        raise invalid({f"playhead.{field}": fault for field, fault in faults.items()})


def _race_millis(request: _Request | GetHistoryRequest) -> int | None:
    return request.race_time.ToMilliseconds() if request.HasField("race_time") else None


def _shift_faults(request: _Watch | Playhead) -> dict[str, str]:
    faults = _instant_faults(request)
    if not 0 <= request.delay_millis <= LONGEST_DELAY_MILLIS:
        wanted = f"is 0 to {LONGEST_DELAY_MILLIS}, not {request.delay_millis}"
        faults["delay_millis"] = wanted
    if request.HasField("speed"):
        if not request.HasField("race_time"):
            faults["speed"] = "goes with race_time alone"
        elif not SLOWEST <= request.speed <= FASTEST:
            faults["speed"] = f"is {SLOWEST} to {FASTEST}, not {request.speed:g}"
    return faults


def _instant_faults(request: _Request | GetHistoryRequest | Playhead) -> dict[str, str]:
    if not request.HasField("race_time"):
        return {}
    instant = request.race_time
    if 0 <= instant.seconds <= LAST_SECOND and 0 <= instant.nanos < 1_000_000_000:
        return {}
    return {"race_time": "is an instant from 1970 to 9999"}


def _shared_faults(request: WatchRaceRequest | GetSnapshotRequest) -> dict[str, str]:
    faults = _lane_faults(request.lanes) | _driver_faults(request.driver_numbers)
    return faults | _session_faults(request)


def _session_faults(request: _Request | Playhead) -> dict[str, str]:
    if request.HasField("session_key") and request.session_key < 1:
        return {"session_key": f"is above 0, not {request.session_key}"}
    return {}


def _lane_faults(lanes: Iterable[int]) -> dict[str, str]:
    return {
        f"lanes[{index}]": f"is a lane, not {lane}"
        for index, lane in enumerate(lanes)
        if lane not in LANES
    }


def _driver_faults(numbers: Iterable[int]) -> dict[str, str]:
    faults: dict[str, str] = {}
    for index, number in enumerate(numbers):
        if index >= MOST_DRIVERS:
            return {"driver_numbers": f"holds at most {MOST_DRIVERS} drivers"}
        if not 1 <= number <= HIGHEST_DRIVER_NUMBER:
            faults[f"driver_numbers[{index}]"] = f"is 1 to {HIGHEST_DRIVER_NUMBER}, not {number}"
    return faults


def _interval_faults(request: WatchRaceRequest) -> dict[str, str]:
    if 0 <= request.min_interval_millis <= LONGEST_INTERVAL_MILLIS:
        return {}
    wanted = f"is 0 to {LONGEST_INTERVAL_MILLIS}, not {request.min_interval_millis}"
    return {"min_interval_millis": wanted}


def _after_faults(request: _Watch) -> dict[str, str]:
    if not request.HasField("after"):
        return {}
    after = request.after
    faults: dict[str, str] = {}
    if after.session_key < 1:
        faults["after.session_key"] = f"is above 0, not {after.session_key}"
    if after.log_revision < 0:
        faults["after.log_revision"] = f"is not below 0 as {after.log_revision}"
    if after.sequence < 0:
        faults["after.sequence"] = f"is not below 0 as {after.sequence}"
    return faults
