"""Answer operators: what the poller is doing, which logs there are."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import grpc
from redis.asyncio import Redis
from redis.exceptions import RedisError

from racetime import keys
from racetime.ops.v1 import ops_service_pb2 as ops
from racetime.ops.v1 import ops_service_pb2_grpc as ops_grpc
from racetime_poller.broadcast import Broadcast
from racetime_poller.encode import timestamp
from racetime_poller.fetcher import EndpointStats, Fetcher
from racetime_poller.lease import Lease

Context = grpc.aio.ServicerContext[Any, Any]


class OpsService(ops_grpc.OpsServiceServicer):
    """The ops service of one poller."""

    def __init__(
        self,
        redis: Redis,
        lease: Lease,
        following: Callable[[], tuple[Fetcher, Broadcast] | None],
        source: str,
    ) -> None:
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
        if following is not None:
            _describe(response, *following)
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

    async def ImportSession(self, request: ops.ImportSessionRequest, context: Context) -> None:  # type: ignore[override]
        """Refuse: not offered yet."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "importing a session is not offered yet")

    async def RecordSession(self, request: ops.RecordSessionRequest, context: Context) -> None:  # type: ignore[override]
        """Refuse: not offered yet."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "recording is not offered yet")

    async def _live(self) -> int | None:
        value = await cast(Awaitable[bytes | None], self._redis.get(keys.LIVE))
        return int(value) if value else None


def _describe(response: ops.GetStatusResponse, fetcher: Fetcher, broadcast: Broadcast) -> None:
    now = fetcher.clock.now()
    response.session_key = broadcast.session_key
    response.sequence = broadcast.sequence
    response.race_time.CopyFrom(timestamp(now))
    response.budget.per_second = fetcher.budget.tier.per_second
    response.budget.per_minute = fetcher.budget.tier.per_minute
    response.budget.available = fetcher.budget.available
    response.budget.pause_seconds = fetcher.budget.paused_seconds
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
