"""Say no: a gRPC status with the details that a client can act on."""

from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]
    BadRequest,
    ErrorInfo,
    QuotaFailure,
    RetryInfo,
)
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from grpc_status import rpc_status  # type: ignore[import-untyped]

from racetime.v1.error_reason_pb2 import (
    ERROR_REASON_CIRCUIT_NOT_FOUND,
    ERROR_REASON_DRAINING,
    ERROR_REASON_FEED_DEAD,
    ERROR_REASON_INVALID_REQUEST,
    ERROR_REASON_NO_LIVE_SESSION,
    ERROR_REASON_REDIS_UNAVAILABLE,
    ERROR_REASON_ROOM_NOT_FOUND,
    ERROR_REASON_SERVER_FULL,
    ERROR_REASON_SESSION_NOT_FOUND,
    ERROR_REASON_TOO_MANY_WATCHES,
    ERROR_REASON_WRONG_KEY,
    ErrorReason,
)

DOMAIN = "racetime"


class Refusal(Exception):
    """An answer that is an error, as the client is to see it."""

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        reason: "ErrorReason.ValueType",
        metadata: Mapping[str, str] | None = None,
        details: tuple[Message, ...] = (),
    ) -> None:
        super().__init__(message)
        self.reason = ErrorReason.Name(reason)
        self._code = code
        info = ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=metadata or {})
        self._details = [info, *details]

    def status(self) -> grpc.Status:
        """Give the status to abort a call with."""
        status = Status(code=self._code.value[0], message=str(self))
        for detail in self._details:
            packed = Any()
            packed.Pack(detail)
            status.details.append(packed)
        answer: grpc.Status = rpc_status.to_status(status)
        return answer


def invalid(faults: Mapping[str, str]) -> Refusal:
    """Refuse fields, each with what is wrong."""
    violations = [
        BadRequest.FieldViolation(field=field, description=f"{field} {fault}")
        for field, fault in faults.items()
    ]
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        "; ".join(violation.description for violation in violations),
        ERROR_REASON_INVALID_REQUEST,
        details=(BadRequest(field_violations=violations),),
    )


def no_live_session() -> Refusal:
    """Refuse for want of a live session."""
    return Refusal(grpc.StatusCode.NOT_FOUND, "no session is live", ERROR_REASON_NO_LIVE_SESSION)


def session_not_found(session_key: int) -> Refusal:
    """Refuse a session that has no log."""
    return Refusal(
        grpc.StatusCode.NOT_FOUND,
        f"session {session_key} has no log",
        ERROR_REASON_SESSION_NOT_FOUND,
        {"session_key": str(session_key)},
    )


def circuit_not_found(circuit_key: int) -> Refusal:
    """Refuse a circuit that has no outline."""
    return Refusal(
        grpc.StatusCode.NOT_FOUND,
        f"circuit {circuit_key} has no outline",
        ERROR_REASON_CIRCUIT_NOT_FOUND,
        {"circuit_key": str(circuit_key)},
    )


def room_not_found(code: str) -> Refusal:
    """Refuse a room that is not there, or not any more."""
    return Refusal(
        grpc.StatusCode.NOT_FOUND,
        "there is no such room",
        ERROR_REASON_ROOM_NOT_FOUND,
        {"code": code},
    )


def wrong_key() -> Refusal:
    """Refuse to have a room set by who did not make it."""
    return Refusal(
        grpc.StatusCode.PERMISSION_DENIED,
        "only the room's maker may set its playhead",
        ERROR_REASON_WRONG_KEY,
    )


def too_many_rooms() -> Refusal:
    """Refuse to make rooms faster than people can."""
    return Refusal(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "this server has just made all the rooms that it may make for now",
        ERROR_REASON_SERVER_FULL,
        details=(_retry(5.0),),
    )


def redis_unavailable(metadata: Mapping[str, str] | None = None) -> Refusal:
    """Refuse what only Redis knows while it does not answer."""
    return Refusal(
        grpc.StatusCode.UNAVAILABLE,
        "Redis does not answer",
        ERROR_REASON_REDIS_UNAVAILABLE,
        metadata,
    )


def feed_dead(message: str, metadata: Mapping[str, str]) -> Refusal:
    """Refuse to be called healthy while the feed is dead."""
    return Refusal(grpc.StatusCode.UNAVAILABLE, message, ERROR_REASON_FEED_DEAD, metadata)


def server_full(retry_seconds: float) -> Refusal:
    """Refuse one watcher too many."""
    return Refusal(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "this server has all the watchers that it may have",
        ERROR_REASON_SERVER_FULL,
        details=(_retry(retry_seconds),),
    )


def too_many_watches(client: str, most: int, retry_seconds: float) -> Refusal:
    """Refuse a client one watch too many."""
    quota = QuotaFailure.Violation(
        subject=client,
        description=f"{client} has the {most} watches of this server that it may have",
    )
    return Refusal(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        quota.description,
        ERROR_REASON_TOO_MANY_WATCHES,
        {"most": str(most)},
        (QuotaFailure(violations=[quota]), _retry(retry_seconds)),
    )


def draining() -> Refusal:
    """Refuse new watchers when about to go; another server takes them at once."""
    return Refusal(
        grpc.StatusCode.UNAVAILABLE,
        "this server is about to go",
        ERROR_REASON_DRAINING,
        details=(_retry(0.1),),
    )


def _retry(seconds: float) -> RetryInfo:
    retry = RetryInfo()
    retry.retry_delay.FromMilliseconds(round(seconds * 1000))
    return retry
