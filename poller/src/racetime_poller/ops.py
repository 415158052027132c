"""Answer operators: what the poller is doing, which logs there are; record and import."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import grpc
from redis.asyncio import Redis
from redis.exceptions import RedisError

from racetime import keys
from racetime.ops.v1 import ops_service_pb2 as ops
from racetime.ops.v1 import ops_service_pb2_grpc as ops_grpc
from racetime_poller.asker import NoSession
from racetime_poller.broadcast import Broadcast
from racetime_poller.fetcher import Fetcher
from racetime_poller.import_log import ImportRefused
from racetime_poller.jobs import JobFailed, Jobs, NoSuchFolder, Stage
from racetime_poller.lease import Lease
from racetime_poller.recorded import RecordingError
from racetime_poller.recording_folder import FolderError
from racetime_poller.review import Review
from racetime_poller.sources.account import Account
from racetime_poller.sources.errors import Locked, SourceError
from racetime_poller.sources.push import Push
from racetime_poller.status import (
    activity,
    describe,
    describe_account,
    describe_push,
    describe_reviews,
)

_STAGES = {
    Stage.RECORDING: ops.IMPORT_STAGE_RECORDING,
    Stage.FIRST_LOG: ops.IMPORT_STAGE_FIRST_LOG,
    Stage.IMPORTING: ops.IMPORT_STAGE_IMPORTING,
}

Context = grpc.aio.ServicerContext[Any, Any]


class OpsService(ops_grpc.OpsServiceServicer):
    """The ops service of one poller."""

    def __init__(
        self,
        redis: Redis,
        lease: Lease,
        following: Callable[[], tuple[Fetcher, Broadcast] | None],
        source: str,
        *,
        push: Push | None = None,
        account: Account | None = None,
        jobs: Jobs | None = None,
        reviews: Mapping[int, Review] | None = None,
    ) -> None:
        self._reviews = reviews if reviews is not None else {}
        self._push = push
        self._account = account
        self._jobs = jobs
        self._redis = redis
        self._lease = lease
        self._following = following
        self._source = source

    async def GetStatus(
        self, request: ops.GetStatusRequest, context: Context
    ) -> ops.GetStatusResponse:
        """Tell what the poller is doing."""
        response = ops.GetStatusResponse(source=self._source)
        response.lease.holder = self._lease.holder
        response.lease.epoch = self._lease.epoch
        response.lease.held_here = self._lease.held
        following = self._following()
        response.activity = activity(following, leads=self._lease.held, holder=self._lease.holder)
        if following is not None:
            describe(response, *following)
        if self._push is not None:
            describe_push(response.push, self._push)
        if self._account is not None:
            describe_account(response.account, self._account)
        if self._lease.held:
            describe_reviews(response, self._reviews.values())
        return response

    async def ListLogs(
        self, request: ops.ListLogsRequest, context: Context
    ) -> ops.ListLogsResponse:
        """List the logs kept in Redis."""
        try:
            return await self._logs()
        except RedisError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"Redis: {error}")

    async def _logs(self) -> ops.ListLogsResponse:
        response = ops.ListLogsResponse()
        live = await self._live()
        listed = await cast(Awaitable[dict[bytes, bytes]], self._redis.hgetall(keys.SESSIONS))
        for key in sorted(int(name) for name in listed):
            sequence = await cast(
                Awaitable[bytes | None],
                self._redis.hget(keys.meta(key), keys.META_SEQUENCE),
            )
            names = (keys.log(key), keys.head(key), keys.meta(key), keys.keyframes(key))
            used = [await self._redis.memory_usage(name) for name in names]
            response.logs.add(
                session_key=key,
                sequence=int(sequence or 0),
                entry_count=await self._redis.xlen(keys.log(key)),
                live=key == live,
                memory_bytes=sum(size or 0 for size in used),
            )
        return response

    async def DropLog(self, request: ops.DropLogRequest, context: Context) -> ops.DropLogResponse:
        """Drop a log that is not the live one."""
        key = request.session_key
        if key <= 0:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "session_key must be above 0")
        try:
            if key == await self._live():
                await context.abort(
                    grpc.StatusCode.FAILED_PRECONDITION, f"session {key} is live; it stays"
                )
            names = (keys.log(key), keys.head(key), keys.meta(key), keys.keyframes(key))
            dropped = await self._redis.delete(*names)
            await self._redis.hdel(keys.SESSIONS, str(key))
        except RedisError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, f"Redis: {error}")
        return ops.DropLogResponse(dropped=dropped > 0)

    async def ImportSession(
        self, request: ops.ImportSessionRequest, context: Context
    ) -> AsyncGenerator[ops.ImportSessionResponse]:
        """Import a session, which is recorded first where a key is given."""
        jobs = await self._offered(context)
        if bool(request.session_key) == bool(request.folder) or request.session_key < 0:
            text = "give a session_key above 0 or a folder, one of them"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        with _refusing() as refusal:
            async with aclosing(self._import(jobs, request)) as told:
                async for response in told:
                    yield response
        if refusal.code is not None:
            await context.abort(refusal.code, refusal.text)

    async def _import(
        self, jobs: Jobs, request: ops.ImportSessionRequest
    ) -> AsyncGenerator[ops.ImportSessionResponse]:
        key = request.session_key
        if key and key == await self._live():
            raise ImportRefused(f"session {key} is live: its poller writes the log")
        steps = jobs.import_session(key) if key else jobs.import_by_name(request.folder)
        async with aclosing(steps):
            async for step in steps:
                yield ops.ImportSessionResponse(
                    session_key=step.session_key,
                    row_count=step.row_count,
                    progress=step.share,
                    sequence=step.sequence,
                    complete=step.complete,
                    stage=_STAGES[step.stage],
                )

    async def RecordSession(
        self, request: ops.RecordSessionRequest, context: Context
    ) -> AsyncGenerator[ops.RecordSessionResponse]:
        """Record a session."""
        jobs = await self._offered(context)
        if request.session_key <= 0:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "session_key must be above 0")
        with _refusing() as refusal:
            async with aclosing(jobs.record(request.session_key)) as recordings:
                async for progress in recordings:
                    yield ops.RecordSessionResponse(
                        folder=progress.folder.name,
                        endpoint=progress.endpoint,
                        row_count=progress.row_count,
                        progress=progress.share,
                        complete=progress.complete,
                    )
        if refusal.code is not None:
            await context.abort(refusal.code, refusal.text)

    async def _offered(self, context: Context) -> Jobs:
        if self._jobs is None:
            text = "this server neither records nor imports"
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, text)
        return self._jobs

    async def _live(self) -> int | None:
        value = await cast(Awaitable[bytes | None], self._redis.get(keys.LIVE))
        return int(value) if value else None


@dataclass(slots=True)
class _Refusal:
    """Why a call ends without what was asked for; no code when it does not."""

    code: grpc.StatusCode | None = None
    text: str = ""


# What a failure of a job is to who asked for it; the first that fits.
_CODES: Sequence[tuple[type[Exception], grpc.StatusCode]] = (
    (NoSession, grpc.StatusCode.NOT_FOUND),
    (NoSuchFolder, grpc.StatusCode.INVALID_ARGUMENT),
    (RecordingError, grpc.StatusCode.INVALID_ARGUMENT),
    (FolderError, grpc.StatusCode.FAILED_PRECONDITION),
    (ImportRefused, grpc.StatusCode.FAILED_PRECONDITION),
    (Locked, grpc.StatusCode.FAILED_PRECONDITION),
    (SourceError, grpc.StatusCode.UNAVAILABLE),
    (RedisError, grpc.StatusCode.UNAVAILABLE),
    (JobFailed, grpc.StatusCode.INTERNAL),
)


@contextmanager
def _refusing() -> Iterator[_Refusal]:
    """Turn a failure into the status of the call."""
    refusal = _Refusal()
    try:
        yield refusal
    except tuple(kind for kind, _ in _CODES) as error:
        refusal.code = next(code for kind, code in _CODES if isinstance(error, kind))
        refusal.text = str(error)
