"""Hundreds of light viewers in one thread, by gRPC, by gRPC-Web and by the client for Python.

Each comes back after a cut with what it has, keeps the whole state, and says what was amiss.
"""

import asyncio
import random
import threading
import time
from asyncio import CancelledError
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

import grpc
import grpc_web
from witness import ALL_LANES, canonical

from racetime.client import watch
from racetime.v1.race_service_pb2 import ResumePoint, WatchRaceRequest, WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState

# As the clients do; the next pause is the same, a crowd is not polite.
_PAUSE_SECONDS = 0.2
# The gateway allows 100.
_STREAMS_PER_CONNECTION = 50
_OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]
Messages = Callable[[WatchRaceRequest], AsyncGenerator[bytes]]


@dataclass
class Viewer:
    """What one viewer knows and when it heard news, by its own clock."""

    way: str
    state: RaceState = field(default_factory=RaceState)
    session_key: int = 0
    log_revision: int = 0
    sequence: int = 0
    snapshots: int = 0
    cuts: int = 0
    faults: list[str] = field(default_factory=list)
    news_at: list[float] = field(default_factory=list)

    def request(self) -> WatchRaceRequest:
        """Ask for what comes after that which is known."""
        request = WatchRaceRequest(lanes=ALL_LANES)
        if self.session_key:
            point = ResumePoint(
                session_key=self.session_key,
                log_revision=self.log_revision,
                sequence=self.sequence,
            )
            request.after.CopyFrom(point)
        return request

    def take(self, data: bytes) -> WatchRaceResponse:
        """Take a message in; answer it."""
        message = WatchRaceResponse.FromString(data)
        kind = message.WhichOneof("body")
        if kind == "snapshot":
            self.state.CopyFrom(message.snapshot)
            self.session_key, self.log_revision = message.session_key, message.log_revision
            self.snapshots += 1
        elif kind == "update":
            first = message.first_sequence or message.sequence
            if first != self.sequence + 1:
                self.faults.append(f"{self.sequence} was followed by {first}")
            self.state.MergeFrom(message.update)
        elif message.sequence != self.sequence:
            self.faults.append(f"{self.sequence} was followed by a {kind} {message.sequence}")
        if kind in ("snapshot", "update"):
            self.sequence = message.sequence
            self.news_at.append(time.monotonic())
        return message

    def news_after(self, instant: float) -> float | None:
        """Tell how long after an instant the next news came; None when none has."""
        index = bisect_right(self.news_at, instant)
        return self.news_at[index] - instant if index < len(self.news_at) else None

    def seen(self) -> tuple[int, bytes]:
        """Answer the newest sequence and the canonical state."""
        return self.sequence, canonical(self.state)


class Crowd:
    """Viewers of the live race through a gateway, so many of each way, until left."""

    def __init__(
        self, target: str, counts: Mapping[str, int], viewer: Callable[[str], Viewer] = Viewer
    ) -> None:
        self.target = target
        self.viewers = [viewer(way) for way, count in counts.items() for _ in range(count)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._cancel_all)
        self._thread.join(10)

    def _watch(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner, suppress(CancelledError):
            runner.run(self._watch_all())

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    async def _watch_all(self) -> None:
        by_grpc = [viewer for viewer in self.viewers if viewer.way == "grpc"]
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            for begin in range(0, len(by_grpc), _STREAMS_PER_CONNECTION):
                channel = grpc.aio.insecure_channel(self.target, options=_OWN_CONNECTION)
                await stack.enter_async_context(channel)
                for viewer in by_grpc[begin : begin + _STREAMS_PER_CONNECTION]:
                    group.create_task(_view(viewer, partial(_grpc_messages, channel)))
            for viewer in self.viewers:
                if viewer.way == "grpc-web":
                    messages = partial(grpc_web.watch, f"http://{self.target}")
                    group.create_task(_view(viewer, messages))
                elif viewer.way == "client":
                    group.create_task(_view_by_client(viewer, self.target))


async def _view(viewer: Viewer, messages: Messages) -> None:
    while True:
        with suppress(grpc.aio.AioRpcError, OSError, EOFError):
            async with aclosing(messages(viewer.request())) as told:
                async for data in told:
                    viewer.take(data)
        viewer.cuts += 1
        await asyncio.sleep(_PAUSE_SECONDS * (0.5 + random.random() / 2))


async def _view_by_client(viewer: Viewer, target: str) -> None:
    """Watch by the client that third parties use; it sees to cuts and gaps itself."""
    async with aclosing(watch(target, lanes=ALL_LANES)) as races:
        async for race in races:
            goes_on = race.log_revision == viewer.log_revision
            if goes_on and race.sequence <= viewer.sequence:
                viewer.faults.append(f"{viewer.sequence} was followed by {race.sequence}")
            viewer.sequence, viewer.state = race.sequence, race.state
            viewer.log_revision = race.log_revision
            viewer.news_at.append(time.monotonic())


async def _grpc_messages(
    channel: grpc.aio.Channel, request: WatchRaceRequest
) -> AsyncGenerator[bytes]:
    call: Any = channel.unary_stream(grpc_web.METHOD)(request.SerializeToString())
    try:
        async for data in call:
            yield data
    finally:
        call.cancel()
