"""Check requests and say what they wish for; refuse what cannot be answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from racetime.v1.race_service_pb2 import GetSnapshotRequest, WatchRaceRequest
from racetime.v1.update_record_pb2 import LANE_MOTION, LANE_TIMING
from racetime_api.record import LANES, Selection
from racetime_api.refusal import invalid, not_offered

LONGEST_INTERVAL_MILLIS = 10_000
HIGHEST_DRIVER_NUMBER = 999
MOST_DRIVERS = 100

_DEFAULT_LANES = (LANE_TIMING, LANE_MOTION)


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


@dataclass(frozen=True, slots=True)
class SnapshotWish:
    """What a reader wants to have once; no session for the live one."""

    session_key: int | None
    selection: Selection


def watch_wish(request: WatchRaceRequest) -> WatchWish:
    """Check a WatchRaceRequest; raise Refusal when it cannot be answered."""
    for field in ("delay_millis", "race_time", "speed"):
        if request.HasField(field):
            raise not_offered(field)
    faults = _shared_faults(request) | _interval_faults(request) | _after_faults(request)
    if faults:
        raise invalid(faults)
    after = request.after
    return WatchWish(
        request.session_key if request.HasField("session_key") else None,
        Selection.of(request.lanes or _DEFAULT_LANES, request.driver_numbers),
        Resume(after.session_key, after.log_revision, after.sequence)
        if request.HasField("after")
        else None,
        request.min_interval_millis / 1000,
    )


def snapshot_wish(request: GetSnapshotRequest) -> SnapshotWish:
    """Check a GetSnapshotRequest; raise Refusal when it cannot be answered."""
    if request.HasField("race_time"):
        raise not_offered("race_time")
    faults = _shared_faults(request)
    if faults:
        raise invalid(faults)
    return SnapshotWish(
        request.session_key if request.HasField("session_key") else None,
        Selection.of(request.lanes or _DEFAULT_LANES, request.driver_numbers),
    )


def _shared_faults(request: WatchRaceRequest | GetSnapshotRequest) -> dict[str, str]:
    faults = _lane_faults(request.lanes) | _driver_faults(request.driver_numbers)
    if request.HasField("session_key") and request.session_key < 1:
        faults["session_key"] = f"is above 0, not {request.session_key}"
    return faults


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


def _after_faults(request: WatchRaceRequest) -> dict[str, str]:
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
