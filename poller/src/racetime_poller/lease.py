"""Who may write: one poller holds the lease, the others wait. Each change of holder begins a term
with a new epoch."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from racetime import keys

# KEYS: lease. ARGV: holder, milliseconds, the holder's own epoch. Answers epoch, whether it is
# ours, and the holder. Redis's clock decides. A holder that comes back too late goes on with its
# term when nobody else had one meanwhile.
_ACQUIRE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('HGET', KEYS[1], 'holder')
local expires = tonumber(redis.call('HGET', KEYS[1], 'expires') or '0')
if holder and holder ~= ARGV[1] and expires > now then
  return {tonumber(redis.call('HGET', KEYS[1], 'epoch')), 0, holder}
end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if holder ~= ARGV[1] or (expires <= now and epoch ~= ARGV[3]) then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'expires', string.format('%.0f', now + ARGV[2]))
return {tonumber(redis.call('HGET', KEYS[1], 'epoch')), 1, ARGV[1]}
"""

# KEYS: lease. ARGV: holder, epoch.
_SURPASS = """
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] and epoch < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'epoch', string.format('%.0f', ARGV[2] + 1))
end
return 1
"""

_RELEASE = """
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then
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

    async def renew(self) -> bool:
        """Take or keep the lease; return whether it is held. Raises redis.RedisError."""
        values = (self.name, self.millis, self.epoch)
        with heeding_cancellation():
            reply: Any = await self.redis.eval(_ACQUIRE, 1, keys.LEASE, *values)
        epoch, held, holder = int(reply[0]), bool(reply[1]), reply[2]
        self.epoch, self.held = epoch, held
        self.holder = holder.decode() if isinstance(holder, bytes) else str(holder)
        return held

    async def surpass(self, epoch: int) -> None:
        """Begin a term after an epoch that a log knows, where the lease has lost count of the
        terms. Raises redis.RedisError."""
        with heeding_cancellation():
            await self.redis.eval(_SURPASS, 1, keys.LEASE, self.name, epoch)

    async def release(self) -> None:
        """Give the lease up, so that a standby need not wait. Raises redis.RedisError."""
        self.epoch, self.held = 0, False
        await self.redis.eval(_RELEASE, 1, keys.LEASE, self.name)
