"""Write the log. It alone knows Redis, with the lease.

PublishError: an entry was not written.
+-- Fenced: a poller of a later term has taken the session over; this one must stop writing.
+-- OutOfStep: the log is not where this poller left it; open it anew.
+-- Refused: Redis does not take it, now or later; open the log anew.
"""

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from google.protobuf.message import DecodeError
from redis.asyncio import Redis
from redis.exceptions import (
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)

from racetime import keys
from racetime.redis_connection import RedisUrlError, open_redis
from racetime.v1.race_service_pb2 import GetScheduleResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.track_pb2 import Circuit
from racetime.v1.update_record_pb2 import FeedStatus, UpdateRecord, UpdateRecords
from racetime_poller.lease import heeding_cancellation

# KEYS: log, head, meta, keyframes. ARGV: epoch, revision at least, sequence and revision that this
# writer was the last to write, and its word. Answers where the log is, and its head when both are
# of the type that they must be.
# Replication is asynchronous: another server, such as a replica that was promoted, may lack entries
# that readers have seen. Their sequences must not be written again under the same revision, so it
# goes on under the next one, unless it ends where this writer left it.
# In a cluster the lease may be set back while the log is not, and with it the count of terms: of
# two writers of one epoch the second is refused, and begins a later term.
_CLAIM = """
local epoch = tonumber(redis.call('HGET', KEYS[3], 'epoch') or '0')
local writer = redis.call('HGET', KEYS[3], 'writer')
local is_another = epoch == tonumber(ARGV[1]) and writer and writer ~= ARGV[5]
if epoch > tonumber(ARGV[1]) or is_another then
  return redis.error_reply('FENCED by ' .. epoch)
end
redis.call('HSET', KEYS[3], 'epoch', ARGV[1], 'writer', ARGV[5])
redis.call('HSETNX', KEYS[3], 'log_revision', ARGV[2])
redis.call('HSETNX', KEYS[3], 'sequence', '0')
local info = redis.pcall('INFO', 'replication')
local server = type(info) == 'string' and info:match('master_replid:(%x+)')
local meta = redis.call('HMGET', KEYS[3], 'sequence', 'log_revision', 'server')
local sequence, revision = tonumber(meta[1]) or 0, tonumber(meta[2]) or 0
local is_mine = revision == tonumber(ARGV[4])
local is_moved = server and meta[3] and server ~= meta[3]
if (is_mine and sequence < tonumber(ARGV[3]))
  or (is_moved and not (is_mine and sequence == tonumber(ARGV[3]))) then
  local next = string.format('%.0f', math.max(tonumber(ARGV[2]), revision + 1))
  redis.call('HSET', KEYS[3], 'log_revision', next)
end
if server then redis.call('HSET', KEYS[3], 'server', server) end
local answer = redis.call('HMGET', KEYS[3], 'sequence', 'log_revision', 'last_id')
local types = redis.call('TYPE', KEYS[1]).ok .. redis.call('TYPE', KEYS[2]).ok
answer[4] = types == 'streamstring' and redis.call('GET', KEYS[2]) or ''
return answer
"""

# KEYS: log, head, meta, keyframes. ARGV: epoch, revision at least. Readers know by the revision
# that what they hold is over.
_BEGIN = """
local epoch = tonumber(redis.call('HGET', KEYS[3], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return redis.error_reply('FENCED by ' .. epoch) end
local last = tonumber(redis.call('HGET', KEYS[3], 'log_revision') or '0') or 0
local revision = string.format('%.0f', math.max(tonumber(ARGV[2]), last + 1))
redis.call('DEL', KEYS[1], KEYS[2], KEYS[4])
redis.call('HDEL', KEYS[3], 'last_id')
redis.call('HSET', KEYS[3], 'epoch', ARGV[1], 'sequence', '0', 'log_revision', revision)
return revision
"""

# KEYS: log, head, meta, keyframes. ARGV: epoch, sequence, race time in epoch ms, update, its head
# entry, keyframe, its head entry, revision that the writer knows. Of update and keyframe one may be
# empty. A retry of what is written already changes nothing.
_PUBLISH = """
local epoch = tonumber(redis.call('HGET', KEYS[3], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return redis.error_reply('FENCED by ' .. epoch) end
local sequence = tonumber(redis.call('HGET', KEYS[3], 'sequence') or '-1')
local revision = redis.call('HGET', KEYS[3], 'log_revision')
if ARGV[8] ~= '' and revision ~= ARGV[8] then
  return redis.error_reply('OUTOFSTEP log is of revision ' .. (revision or 'none'))
end
local mine = tonumber(ARGV[2])
if sequence == mine and ARGV[4] ~= '' then return redis.call('HGET', KEYS[3], 'last_id') end
if sequence + (ARGV[4] ~= '' and 1 or 0) ~= mine then
  return redis.error_reply('OUTOFSTEP log is at ' .. sequence)
end
if mine > 1 and ARGV[6] == '' and redis.call('EXISTS', KEYS[2]) == 0 then
  return redis.error_reply('OUTOFSTEP head is lost')
end
local last = redis.call('HGET', KEYS[3], 'last_id') or '0-0'
local last_ms, last_counter = last:match('(%d+)-(%d+)')
local ms, counter = tonumber(ARGV[3]), 0
if ms <= tonumber(last_ms) then
  ms, counter = tonumber(last_ms), tonumber(last_counter) + 1
end
local function append(record)
  local id = string.format('%.0f-%.0f', ms, counter)
  redis.call('XADD', KEYS[1], id, 'r', record, 'e', ARGV[1])
  counter = counter + 1
  last = id
end
if ARGV[4] ~= '' then
  append(ARGV[4])
  redis.call('APPEND', KEYS[2], ARGV[5])
end
if ARGV[6] ~= '' then
  append(ARGV[6])
  redis.call('SET', KEYS[2], ARGV[7])
  redis.call('ZADD', KEYS[4], ms, ARGV[2] .. '@' .. last)
end
redis.call('HSET', KEYS[3], 'sequence', ARGV[2], 'last_id', last)
return last
"""

# KEYS: log, head, meta, keyframes, log to put in its place. ARGV: epoch, sequence, revision at
# least, head. Ids and sequences stay as they are.
_REPLACE = """
local epoch = tonumber(redis.call('HGET', KEYS[3], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return redis.error_reply('FENCED by ' .. epoch) end
local sequence = redis.call('HGET', KEYS[3], 'sequence')
if sequence ~= ARGV[2] or redis.call('XLEN', KEYS[5]) ~= redis.call('XLEN', KEYS[1]) then
  return redis.error_reply('OUTOFSTEP log is at ' .. (sequence or 'none'))
end
local last = tonumber(redis.call('HGET', KEYS[3], 'log_revision') or '0') or 0
local revision = string.format('%.0f', math.max(tonumber(ARGV[3]), last + 1))
redis.call('RENAME', KEYS[5], KEYS[1])
redis.call('PERSIST', KEYS[1])
redis.call('SET', KEYS[2], ARGV[4])
redis.call('HSET', KEYS[3], 'log_revision', revision)
return revision
"""

# KEYS: meta, handover. ARGV: epoch, seconds, whether it begins anew, fields and values.
_HAND_OVER = """
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return redis.error_reply('FENCED by ' .. epoch) end
if ARGV[3] == '1' then redis.call('DEL', KEYS[2])
elseif redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
for n = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[n], ARGV[n + 1]) end
return redis.call('EXPIRE', KEYS[2], ARGV[2])
"""

# What is not a session's own is fenced by the lease itself. KEYS: lease. ARGV: epoch.
_FENCE = """
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return redis.error_reply('FENCED by ' .. epoch) end
"""
# KEYS: lease, key. ARGV: epoch, value.
_SET = _FENCE + "return redis.call('SET', KEYS[2], ARGV[2])"
# KEYS: lease, hash. ARGV: epoch, field, value.
_SET_FIELD = _FENCE + "return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])"
# KEYS: lease, sessions, live. ARGV: epoch, session key, session.
_SET_LIVE = (
    _FENCE
    + """
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return redis.call('SET', KEYS[3], ARGV[2])
"""
)
# KEYS: lease, live. ARGV: epoch, session key.
_MAY_DROP = _FENCE + "return redis.call('GET', KEYS[2]) ~= ARGV[2] and 1 or 0"
# KEYS: log, head, meta, keyframes. ARGV: epoch. Who has made it the live one meanwhile has opened
# it, in a later term.
_DROP = """
local epoch = tonumber(redis.call('HGET', KEYS[3], 'epoch') or '0')
if epoch > tonumber(ARGV[1]) then return redis.error_reply('FENCED by ' .. epoch) end
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
"""
# KEYS: lease, sessions, live. ARGV: epoch, session key.
_UNLIST = (
    _FENCE
    + """
if redis.call('GET', KEYS[3]) == ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[2], ARGV[2])
"""
)


class PublishError(Exception):
    """An entry was not written."""


class Fenced(PublishError):
    """A poller of a later term writes now."""

    @property
    def epoch(self) -> int:
        """Epoch of that term."""
        found = re.search(r"FENCED by (\d+)", str(self))
        return int(found[1]) if found else 0


class OutOfStep(PublishError):
    """The log is not where this poller left it."""


class Refused(PublishError):
    """Redis does not take it, now or later."""


# A copy that was left in the middle is forgotten after so long.
_COPY_EXPIRE_SECONDS = 600
_COPY_COUNT = 500
# What was handed over so long ago is no help any more.
_HANDOVER_SECONDS = 30
# Refusals that pass by themselves, or when somebody has made room.
_PASSING = (ClusterDownError, OutOfMemoryError, ReadOnlyError, TryAgainError)
_PASSING_PREFIXES = ("BUSY", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "READONLY")


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A log that was opened for writing: where it is, and what it holds."""

    sequence: int
    log_revision: int
    # Race time of the last entry, in epoch milliseconds; None before the first.
    last_at: int | None
    # None when the head is lost, cannot be read, or is not where the log is.
    state: RaceState | None
    # The head's records: those of a log that goes on.
    records: Sequence[UpdateRecord] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a log is as Redis has it; no sequence where it has none."""

    sequence: int | None
    log_revision: int | None
    live: bool


@dataclass(frozen=True, slots=True)
class Left:
    """Where a writer left a log."""

    session_key: int
    sequence: int
    log_revision: int


@asynccontextmanager
async def connect(redis_url: str) -> AsyncIterator["Redis"]:
    """Open a pool of connections. Raises RedisUrlError."""
    async with open_redis(redis_url, socket_timeout=5.0, socket_connect_timeout=2.0) as redis:
        yield redis


@dataclass(slots=True)
class Publisher:
    """Writes logs and what belongs to them, under an epoch of the lease."""

    redis: Redis
    epoch: int = 0
    # Tells this writer from all others.
    word: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def open(
        self, session_key: int, new_revision: int, left: "Left | None" = None
    ) -> OpenLog:
        """Claim a session's log for this epoch and read its head. `left` is where this writer left
        the log, if nobody else can have written since.

        Raises Fenced, Refused, and redis.RedisError when Redis cannot be reached.
        """
        at = (left.sequence, left.log_revision) if left and left.session_key == session_key else ()
        values = [self.epoch, new_revision, *(at or (0, -1)), self.word]
        reply = await self._eval(_CLAIM, _names(session_key), values)
        sequence, revision, last_id = (_decimal(value) for value in reply[:3])
        state = None if None in (sequence, revision) else _state(reply[3], sequence or 0)
        records = UpdateRecords.FromString(reply[3]).records if state else ()
        return OpenLog(sequence or 0, revision or 0, last_id, state, records)

    async def begin(self, session_key: int, new_revision: int) -> int:
        """Drop what the log holds and begin it anew; return its revision, another than before.

        Raises Fenced, Refused, and redis.RedisError when Redis cannot be reached.
        """
        return int(await self._eval(_BEGIN, _names(session_key), [self.epoch, new_revision]))

    async def publish(
        self,
        session_key: int,
        sequence: int,
        race_millis: int,
        update: UpdateRecord | None,
        keyframe: UpdateRecord | None,
        log_revision: int | None = None,
    ) -> None:
        """Append an update and, if given, the keyframe after it (to a log of the revision).
        Writing the same again changes nothing.

        Raises Fenced, OutOfStep, Refused, and redis.RedisError when Redis cannot be reached.
        """
        entries: list[bytes] = []
        for record in (update, keyframe):
            data = record.SerializeToString() if record else b""
            entry = UpdateRecords(records=[record]).SerializeToString() if record else b""
            entries += [data, entry]
        known = "" if log_revision is None else log_revision
        values = [self.epoch, sequence, race_millis, *entries, known]
        await self._eval(_PUBLISH, _names(session_key), values)

    async def rewrite(
        self,
        session_key: int,
        sequence: int,
        new_revision: int,
        amend: Callable[[UpdateRecord], bool],
    ) -> int:
        """Put an amended log in place of the one that ends with a sequence; return its revision.

        Raises as publish does.
        """
        # A copy of each term's own: who was fenced meanwhile must not spoil that of another.
        copy = f"{keys.log(session_key)}:amended:{self.epoch}"
        names = [*_names(session_key), copy]
        head = UpdateRecords.FromString(await self._get(names[1]) or b"")
        for record in head.records:
            amend(record)
        await self._copy(names[0], names[4], amend)
        values = [self.epoch, sequence, new_revision, head.SerializeToString()]
        return int(await self._eval(_REPLACE, names, values))

    async def _copy(self, log: str, copy: str, amend: Callable[[UpdateRecord], bool]) -> None:
        """Copy a log entry by entry."""
        begin = "-"
        with heeding_cancellation():
            await cast(Any, self.redis.delete(copy))
            while rows := cast(Any, await self.redis.xrange(log, begin, count=_COPY_COUNT)):
                async with self.redis.pipeline(transaction=False) as pipe:
                    for name, entry in rows:
                        record = UpdateRecord.FromString(entry[keys.RECORD_FIELD])
                        if amend(record):
                            entry[keys.RECORD_FIELD] = record.SerializeToString()
                        pipe.xadd(copy, entry, id=name)
                    pipe.expire(copy, _COPY_EXPIRE_SECONDS)
                    await pipe.execute()
                begin = "(" + rows[-1][0].decode()

    async def _get(self, name: str) -> bytes | None:
        with heeding_cancellation():
            return await cast(Awaitable[bytes | None], self.redis.get(name))

    async def standing(self, session_key: int) -> Standing:
        """Read where a log is, and whether its session is the live one. Raises redis.RedisError."""
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.hmget(keys.meta(session_key), [keys.META_SEQUENCE, keys.META_LOG_REVISION])
            pipe.exists(keys.head(session_key))
            pipe.get(keys.LIVE)
            with heeding_cancellation():
                (sequence, revision), has_head, live = await pipe.execute()
        where = _decimal(sequence) if has_head else None
        return Standing(where, _decimal(revision), _decimal(live) == session_key)

    async def set_live(self, session: Session) -> None:
        """Name a session as the live one and list it. Raises as publish does."""
        names = [keys.LEASE, keys.SESSIONS, keys.LIVE]
        values = [self.epoch, session.session_key, session.SerializeToString()]
        await self._eval(_SET_LIVE, names, values)

    async def hand_over(self, session_key: int, values: Mapping[str, bytes], *, anew: bool) -> bool:
        """Keep what is known of a session for who takes over, in place of all that was kept or of
        what has these names; return False where nothing was kept that it could be added to.

        Raises as publish does.
        """
        names = [keys.meta(session_key), keys.handover(session_key)]
        flat = [part for one in values.items() for part in one]
        arguments = [self.epoch, _HANDOVER_SECONDS, int(anew), *flat]
        return bool(await self._eval(_HAND_OVER, names, arguments))

    async def handed_over(self) -> Mapping[bytes, bytes]:
        """Return what was kept of the live session; nothing where there is none. Raises
        redis.RedisError."""
        with heeding_cancellation():
            live = _decimal(await cast(Any, self.redis.get(keys.LIVE)))
            name = keys.handover(live or 0)
            found: dict[bytes, bytes] = await cast(Any, self.redis.hgetall(name))
            return found

    async def drop_oldest(self, keep: int) -> list[int]:
        """Drop all logs but the newest, and the live one, by scheduled start; return their keys.

        Raises as publish does.
        """
        with heeding_cancellation():
            listed: dict[bytes, bytes] = await cast(Any, self.redis.hgetall(keys.SESSIONS))
            live = _decimal(await cast(Any, self.redis.get(keys.LIVE)))
        starts = {key: _start(data) for name, data in listed.items() if (key := _decimal(name))}
        ordered = sorted(starts, key=lambda key: (key != live, -starts[key], key))
        for key in ordered[keep:]:
            await self._drop(key)
        return ordered[keep:]

    async def _drop(self, session_key: int) -> None:
        """Drop a log, then its place in the list: what is cut off between is dropped next time."""
        values = [self.epoch, session_key]
        if await self._eval(_MAY_DROP, [keys.LEASE, keys.LIVE], values):
            await self._eval(_DROP, _names(session_key), [self.epoch])
            await self._eval(_UNLIST, [keys.LEASE, keys.SESSIONS, keys.LIVE], values)

    async def listed(self) -> list[Session]:
        """Return the sessions that have logs; one that cannot be read is left out. Raises
        redis.RedisError."""
        with heeding_cancellation():
            found: dict[bytes, bytes] = await cast(Any, self.redis.hgetall(keys.SESSIONS))
        sessions = []
        for data in found.values():
            with suppress(DecodeError):
                sessions.append(Session.FromString(data))
        return sessions

    async def reviewed(self) -> Mapping[int, int]:
        """Return how often each session was read again. Raises redis.RedisError."""
        with heeding_cancellation():
            found: dict[bytes, bytes] = await cast(Any, self.redis.hgetall(keys.REVIEWS))
        return {key: _decimal(n) or 0 for name, n in found.items() if (key := _decimal(name))}

    async def set_reviewed(self, session_key: int, count: int) -> None:
        """Note how often a session was read again. Raises as publish does."""
        names, values = [keys.LEASE, keys.REVIEWS], [self.epoch, session_key, count]
        await self._eval(_SET_FIELD, names, values)

    async def set_feed(self, status: FeedStatus) -> None:
        """Report how the feed is. Raises as publish does."""
        await self._set(keys.FEED, status.SerializeToString())

    async def set_schedule(self, schedule: GetScheduleResponse) -> None:
        """Keep the season's schedule. Raises as publish does."""
        await self._set(keys.SCHEDULE, schedule.SerializeToString())

    async def circuit(self, circuit_key: int) -> Circuit | None:
        """Return the circuit that is kept; None when there is none or it cannot be read."""
        try:
            with heeding_cancellation():
                name = keys.circuit(circuit_key)
                data = await cast(Awaitable[bytes | None], self.redis.get(name))
            return Circuit.FromString(data) if data else None
        except (DecodeError, ResponseError):
            return None

    async def set_circuit(self, circuit: Circuit) -> None:
        """Keep a circuit. Raises as publish does."""
        await self._set(keys.circuit(circuit.circuit_key), circuit.SerializeToString())

    async def profile(self, circuit_key: int) -> bytes | None:
        """Return the profile of a circuit's laps that is kept; None when there is none. Raises
        redis.RedisError."""
        try:
            return await self._get(keys.profile(circuit_key))
        except ResponseError:
            return None

    async def set_profile(self, circuit_key: int, profile: bytes) -> None:
        """Keep the profile of a circuit's laps. Raises as publish does."""
        await self._set(keys.profile(circuit_key), profile)

    async def _set(self, name: str, value: bytes) -> None:
        await self._eval(_SET, [keys.LEASE, name], [self.epoch, value])

    async def _eval(self, script: str, names: list[str], values: list[Any]) -> Any:
        try:
            with heeding_cancellation():
                return await self.redis.eval(script, len(names), *names, *values)
        except ResponseError as error:
            text = str(error)
            if "FENCED" in text:
                raise Fenced(text) from error
            if "OUTOFSTEP" in text:
                raise OutOfStep(text) from error
            if isinstance(error, _PASSING) or text.startswith(_PASSING_PREFIXES):
                raise
            raise Refused(text) from error


def _names(session_key: int) -> list[str]:
    return [
        keys.log(session_key),
        keys.head(session_key),
        keys.meta(session_key),
        keys.keyframes(session_key),
    ]


def _start(session: bytes) -> int:
    """Return when a listed session begins; one that cannot be read is the oldest."""
    try:
        return Session.FromString(session).scheduled_start_time.seconds
    except DecodeError:
        return 0


def _decimal(value: bytes | None) -> int | None:
    """Return a number of a meta, of an id its instant; None where there is none."""
    text = (value or b"").partition(b"-")[0]
    return int(text) if text.isdigit() else None


def _state(head: bytes, sequence: int) -> RaceState | None:
    """Return the state of a head that goes from a keyframe or the first update to a sequence."""
    try:
        records = UpdateRecords.FromString(head).records
        if not records:
            return RaceState() if sequence == 0 else None
        if records[-1].sequence != sequence or not (
            records[0].keyframe or records[0].sequence == 1
        ):
            return None
        return merged(head)
    except DecodeError:
        return None


def merged(head: bytes) -> RaceState:
    """Return the state that a head holds, motion and telemetry left out."""
    state = RaceState()
    for record in UpdateRecords.FromString(head).records:
        state.MergeFromString(record.timing)
        state.MergeFromString(record.history)
    return state


__all__ = [
    "Fenced",
    "Left",
    "OpenLog",
    "OutOfStep",
    "PublishError",
    "Publisher",
    "RedisError",
    "RedisUrlError",
    "Refused",
    "Standing",
    "connect",
]
