"""An event loop whose time jumps to the next thing to do: hours pass in seconds, the same each
time.

Only for what needs no sockets: time would jump while an answer is on its way.
"""

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Never waits: where it would, the time is moved on instead."""

    now = 1_000.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if timeout is None and not events:
            raise RuntimeError("everything waits for something that never comes")
        # Each turn takes a little, as in truth; who waits for less than can be counted goes on.
        self.now += max(timeout or 0.0, 1e-6)
        return events


class _Loop(asyncio.SelectorEventLoop):
    """Does at once what is for a thread: else time would leap on while the thread is at work."""

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def _loop() -> Iterator[Callable[[], asyncio.AbstractEventLoop]]:
    selector = _Selector()
    with patch.object(time, "monotonic", lambda: selector.now):
        yield lambda: _Loop(selector)


def run(main: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine in virtual time."""

    async def outer() -> T:
        return await main()

    with _loop() as factory, asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(outer())
