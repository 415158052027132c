"""Read the one request of a call, and turn what is refused into the status of the call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, TypeVar

import grpc
import structlog
from google.protobuf.message import DecodeError, Message

from racetime_api import refusal
from racetime_api.fold import Unreadable
from racetime_api.metrics import Metrics
from racetime_api.refusal import Refusal
from racetime_api.rules import Rules, shared_rules
from racetime_api.store import StoreError

Answer = TypeVar("Answer")
Request = TypeVar("Request", bound=Message)

log = structlog.get_logger()


class Context(Protocol):
    """What the methods use of gRPC's context; a call of either port is one."""

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None:
        """Give what is said beside the request."""

    def peer(self) -> str:
        """Name who is connected."""

    async def send_initial_metadata(self, metadata: Sequence[tuple[str, str | bytes]], /) -> None:
        """Tell the client that it is answered."""

    async def write(self, message: bytes, /) -> None:
        """Send a message; return when the transport has taken it."""

    def code(self) -> Any:
        """Give the status with which the call was ended; none yet is OK."""

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Any = (), /
    ) -> NoReturn:
        """End the call with a status."""


def guarded(
    metrics: Metrics,
    kind: type[Request],
    method: Callable[[Request, Context], Awaitable[Answer]],
) -> Any:
    """Read the one request, and turn a Refusal into the status of the call."""
    rules = shared_rules()
    name = kind.DESCRIPTOR.name.removesuffix("Request")

    async def answer(requests: AsyncIterator[bytes], context: Context) -> Answer:
        with _counted(metrics, name):
            try:
                return await method(await _read(kind, requests, rules), context)
            except Refusal as refused:
                refused_as = refused
            except (StoreError, Unreadable) as error:
                log.warning("api.redis_unavailable", error=str(error))
                refused_as = refusal.redis_unavailable()
            metrics.refusals.labels(refused_as.reason).inc()
            status = refused_as.status()
            await context.abort(status.code, status.details, status.trailing_metadata)

    return answer


@contextmanager
def _counted(metrics: Metrics, method: str) -> Iterator[None]:
    """Count a call by how it ends."""
    outcome = "failed"
    try:
        yield
        outcome = "ok"
    except grpc.aio.AbortError:
        outcome = "refused"
        raise
    except asyncio.CancelledError:
        outcome = "gone"
        raise
    finally:
        metrics.requests.labels(method, outcome).inc()


async def write(context: Context, data: bytes) -> None:
    """Write a message; a reader that goes in the middle of it ends the call like any other."""
    try:
        await context.write(data)
    except grpc.aio.InternalError as error:
        raise asyncio.CancelledError from error


async def _read(kind: type[Request], requests: AsyncIterator[bytes], rules: Rules) -> Request:
    """Read the request of a call; refuse none, and one that breaks a rule. (gRPC would have a call
    without any wait for ever, and one that cannot be parsed end in a fault of the server.)"""
    async for data in requests:
        try:
            request = kind.FromString(data)
        except DecodeError as error:
            raise refusal.invalid({"request": f"is no {kind.DESCRIPTOR.name}"}) from error
        if faults := rules.faults(kind.DESCRIPTOR.full_name, data):
            raise refusal.invalid(faults)
        return request
    raise refusal.invalid({"request": "is missing or cut off"})
