"""Wake many who wait for one thing."""

import asyncio

# Those whose wait is over are woken together, at most this much late.
GRAIN_SECONDS = 0.01


class Signal:
    """Wakes everyone who waits, once.

    Thousands wait for each update, and hardly ever in vain: so a wait has no timer of its own. One
    timer stands for all; when it goes off those whose time is over are looked for.
    """

    def __init__(self) -> None:
        # Until when each waits, by the loop's clock.
        self._waiters: dict[asyncio.Future[None], float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def set(self) -> None:
        """Wake those who wait now."""
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def wait(self, seconds: float) -> "asyncio.Future[None]":
        """Give what is to be awaited, once: until the signal is set, at most so long."""
        # Asking which loop runs is a system call.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        waiter = loop.create_future()
        until = loop.time() + seconds
        self._waiters[waiter] = until
        if self._timer is None or until < self._timer_at:
            self._arm(loop, until)
        return waiter

    def _arm(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = loop.call_at(at, self._time_over, loop)

    def _time_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake those who have waited long enough, and let go of those who do not wait any more."""
        self._timer = None
        now = loop.time()
        over = [w for w, until in self._waiters.items() if until <= now or w.done()]
        for waiter in over:
            del self._waiters[waiter]
            if not waiter.done():
                waiter.set_result(None)
        if self._waiters:
            self._arm(loop, max(min(self._waiters.values()), now + GRAIN_SECONDS))
