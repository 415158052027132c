"""Run the calls of a connection, each a task."""

import asyncio

import grpc
import structlog
from h2.errors import ErrorCodes

from racetime_api.http2.call import Call, Ended
from racetime_api.http2.methods import Methods
from racetime_api.http2.way import Way

log = structlog.get_logger()


class Running:
    """The calls that run, by their streams."""

    def __init__(self, way: Way, methods: Methods) -> None:
        self._way = way
        self._methods = methods
        self._calls: dict[int, tuple[Call, asyncio.Task[None]]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def begin(self, call: Call, fault: Ended | None) -> None:
        """Run a call; one with a fault is answered that."""
        task = self._way.loop.create_task(self._run(call, fault))
        self._calls[call.stream.stream_id] = (call, task)

    def find(self, stream_id: int) -> Call | None:
        """Find a call that runs."""
        found = self._calls.get(stream_id)
        return found[0] if found else None

    def drop(self, stream_id: int) -> None:
        """End a call whose client has gone."""
        found = self._calls.pop(stream_id, None)
        if found is not None:
            call, task = found
            self._way.out.forget(call)
            task.cancel()
            self._way.call_ended()

    def drop_all(self) -> None:
        """End all calls: nobody is there any more."""
        for stream_id in list(self._calls):
            self.drop(stream_id)

    def end_all(self) -> None:
        """End all calls, and tell the clients, who may ask elsewhere."""
        for _, task in self._calls.values():
            task.cancel()

    async def _run(self, call: Call, fault: Ended | None) -> None:
        try:
            if fault is not None:
                raise fault
            await self._answer(call)
            ended = Ended(grpc.StatusCode.OK)
        except Ended as error:
            ended = error
        except asyncio.CancelledError:
            ended = Ended(grpc.StatusCode.UNAVAILABLE, "the server has ended the call")
        except Exception:
            log.exception("api.call_failed", path=call.asked.path)
            ended = Ended(grpc.StatusCode.UNKNOWN, "a fault of the server")
        self._end(call, ended)

    async def _answer(self, call: Call) -> None:
        answer = self._methods.find(call.asked.path)
        if answer is None:
            raise Ended(grpc.StatusCode.UNIMPLEMENTED, "there is no such method")
        try:
            async with asyncio.timeout(call.asked.timeout_seconds) as deadline:
                await answer(call)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise Ended(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline is over") from error

    def _end(self, call: Call, ended: Ended) -> None:
        """Tell the client how its call ended, where it still is."""
        stream_id = call.stream.stream_id
        if self._calls.pop(stream_id, None) is None:
            return
        if self._way.out.forget(call):
            self._way.reset(stream_id, ErrorCodes.CANCEL)
        else:
            call.end(ended.code.value[0], ended.details, ended.metadata)
            if not call.is_asked:
                self._way.reset(stream_id, ErrorCodes.NO_ERROR)
        self._way.call_ended()
