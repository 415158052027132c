"""Who may write: one poller holds the lease, the others wait. Each change of holder begins a term
with a new epoch."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from racetime import keys

# KEYS: lease. ARGV: holder, milliseconds. Answers epoch, whether it is ours, and the holder.
# Redis's clock decides.
_ACQUIRE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('HGET', KEYS[1], 'holder')
local expires = tonumber(redis.call('HGET', KEYS[1], 'expires') or '0')
if holder and holder ~= ARGV[1] and expires > now then
  return {tonumber(redis.call('HGET', KEYS[1], 'epoch')), 0, holder}
end
if holder ~= ARGV[1] or expires <= now then redis.call('HINCRBY', KEYS[1], 'epoch', 1) end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'expires', string.format('%.0f', now + ARGV[2]))
return {tonumber(redis.call('HGET', KEYS[1], 'epoch')), 1, ARGV[1]}
"""

_RELEASE = """
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'expires', '0')
end
return 1
"""


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
        reply: Any = await self.redis.eval(_ACQUIRE, 1, keys.LEASE, self.name, self.millis)
        epoch, held, holder = int(reply[0]), bool(reply[1]), reply[2]
        self.epoch, self.held = epoch, held
        self.holder = holder.decode() if isinstance(holder, bytes) else str(holder)
        return held

    async def release(self) -> None:
        """Give the lease up, so that a standby need not wait. Raises redis.RedisError."""
        self.held = False
        await self.redis.eval(_RELEASE, 1, keys.LEASE, self.name)
