"""Who may write: one poller holds the lease, the others wait. Each change of holder begins a term
with a new epoch."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from racetime import keys

# KEYS: lease. ARGV: holder, milliseconds, the holder's own epoch. Answers epoch, whether it is
# ours, the holder, and for how many milliseconds it is held. Redis's clock decides. A holder that
# comes back too late goes on with its term when nobody else had one meanwhile; one that does not
# know its own epoch is another process of that name.
_ACQUIRE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('HGET', KEYS[1], 'holder')
local expires = tonumber(redis.call('HGET', KEYS[1], 'expires') or '0')
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local mine = holder == ARGV[1] and epoch == ARGV[3]
if holder and not mine and expires > now then
  return {tonumber(epoch), 0, holder, expires - now}
end
if not mine then redis.call('HINCRBY', KEYS[1], 'epoch', 1) end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'expires', string.format('%.0f', now + ARGV[2]))
return {tonumber(redis.call('HGET', KEYS[1], 'epoch')), 1, ARGV[1], tonumber(ARGV[2])}
"""

# KEYS: lease. ARGV: holder, the holder's own epoch, epoch to surpass. Answers the epoch.
_SURPASS = """
local epoch = redis.call('HGET', KEYS[1], 'epoch') or '0'
local mine = redis.call('HGET', KEYS[1], 'holder') == ARGV[1] and epoch == ARGV[2]
if mine and tonumber(epoch) <= tonumber(ARGV[3]) then
  epoch = string.format('%.0f', ARGV[3] + 1)
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  return tonumber(epoch)
end
return tonumber(ARGV[2])
"""

# KEYS: lease. ARGV: holder, the holder's own epoch.
_RELEASE = """
local values = redis.call('HMGET', KEYS[1], 'holder', 'epoch')
if values[1] == ARGV[1] and values[2] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'expires', '0')
end
return 1
"""


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Raise the cancellation that redis-py has swallowed, as it does when one meets an answer.

    A loop that goes on after it would keep the process from ending.
    """
    task = asyncio.current_task()
    # A group of tasks that failed leaves its request counted in Python 3.11.
    before = task.cancelling() if task else 0
    try:
        yield
    except RedisError:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError from None
        raise
    if task and task.cancelling() > before:
        raise asyncio.CancelledError


@dataclass(slots=True)
class Lease:
    """The lease as this poller sees it."""

    redis: Redis
    name: str
    millis: int
    epoch: int = 0
    held: bool = False
    holder: str = ""
    # For how long it is held, unless it is renewed.
    free_in_millis: int = 0
    # Epoch of this poller's own newest term.
    _own: int = 0
    # Until when nobody else can have it, by this process's own clock, which runs on while the
    # process is stopped.
    _sure_until: float = 0.0

    @property
    def is_doubtful(self) -> bool:
        """Whether it was held, and another may hold it by now: Redis could not be asked."""
        return self.held and time.monotonic() >= self._sure_until

    @property
    def wait_seconds(self) -> float:
        """How long to wait until it is renewed, or until it is tried again."""
        third = self.millis / 3
        # Who stands by comes at the very moment at which the lease runs out.
        wait = third if self.held else min(third, max(self.free_in_millis, 0) + 5)
        return wait / 1000

    async def renew(self) -> bool:
        """Take or keep the lease; return whether it is held. Raises redis.RedisError."""
        values = (self.name, self.millis, self._own)
        asked = time.monotonic()
        with heeding_cancellation():
            reply: Any = await self.redis.eval(_ACQUIRE, 1, keys.LEASE, *values)
        epoch, held, holder = int(reply[0]), bool(reply[1]), reply[2]
        # A term of another process of this name is none of ours.
        self._own, self.epoch, self.held = epoch if held else 0, epoch, held
        self.free_in_millis = int(reply[3])
        self._sure_until = asked + self.millis / 1000
        self.holder = holder.decode() if isinstance(holder, bytes) else str(holder)
        return held

    async def surpass(self, epoch: int) -> None:
        """Begin a term after an epoch that a log knows, where the lease has lost count of the
        terms. Raises redis.RedisError."""
        with heeding_cancellation():
            values = (self.name, self._own, epoch)
            self._own = int(await self.redis.eval(_SURPASS, 1, keys.LEASE, *values))

    async def release(self) -> None:
        """Give the lease up, so that a standby need not wait. Raises redis.RedisError."""
        own, self._own, self.epoch, self.held = self._own, 0, 0, False
        await self.redis.eval(_RELEASE, 1, keys.LEASE, self.name, own)
