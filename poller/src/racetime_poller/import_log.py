"""Write the whole log of a session that is over, in place of the one that is there.

The new log is built beside the old one, and put in its place in one step when it is complete:
readers have the old log until then, two imports cannot mix, and one that dies leaves nothing but
keys that expire. Where there is no old log, the new one is put in place as soon as there is
something to see, and grows there: it, too, expires unless it is completed.
"""

import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.track_pb2 import Circuit
from racetime.v1.update_record_pb2 import UpdateRecord, UpdateRecords
from racetime_poller.publisher import Left, OpenLog, Publisher

# What is written at once: as many entries, or fewer when they are large.
_BATCH_ENTRIES = 256
_BATCH_BYTES = 1 << 20
# What is seen first is seen soon.
_FIRST_ENTRIES = 16
# An import that was cut off is forgotten after so long.
_EXPIRE_SECONDS = 3_600

# KEYS: log, head, meta, keyframes as built, and the same as they shall be named. ARGV: revision,
# epoch of who wrote there last, seconds after which it is forgotten or 0.
_PUT = """
local known = redis.call('HMGET', KEYS[7], 'log_revision', 'epoch')
if (known[2] or '0') ~= ARGV[2] then return redis.error_reply('LIVE') end
if (tonumber(known[1] or '0') or 0) >= tonumber(ARGV[1]) then return redis.error_reply('NEWER') end
for n = 1, 4 do
  redis.call('RENAME', KEYS[n], KEYS[n + 4])
  if ARGV[3] == '0' then redis.call('PERSIST', KEYS[n + 4])
  else redis.call('EXPIRE', KEYS[n + 4], ARGV[3]) end
end
redis.call('HSET', KEYS[7], 'epoch', ARGV[2])
return 1
"""


# A log in its place is written while it is where this import has left it.
_MINE = """
local found = redis.call('HMGET', KEYS[3], 'log_revision', 'sequence', 'epoch')
local is_mine = found[1] == ARGV[1] and found[3] == '0' and (ARGV[2] == '' or found[2] == ARGV[2])
"""
# KEYS: log, head, meta, keyframes. ARGV: revision, sequence, then commands, each after the number
# of its words.
_WRITE = (
    _MINE
    + """
if not is_mine then return redis.error_reply('NEWER') end
local n = 3
while ARGV[n] do
  redis.call(unpack(ARGV, n + 1, n + ARGV[n]))
  n = n + 1 + ARGV[n]
end
return 1
"""
)
# The same KEYS. ARGV: revision, nothing.
_TAKE_AWAY = _MINE + "return is_mine and redis.call('DEL', unpack(KEYS)) or 0"


# Its name and its arguments.
Command = tuple[str, tuple[Any, ...]]


class ImportRefused(Exception):
    """The log cannot be put in place: its session is live, or somebody was faster."""


@dataclass(slots=True)
class ImportLog:
    """Stands where a publisher does, for a broadcast of a session that is over."""

    redis: Redis
    session_key: int
    # Where circuits are kept; improving them is no business of one session alone.
    circuits: Publisher
    sequence: int = 0
    log_revision: int = 0
    # Whether readers have it while it grows, since there was none before.
    grows: bool = False
    _placed: bool = False
    _complete: bool = False
    # What Redis has of a log that grows in its place.
    _written: int = 0
    _session: Session | None = None
    _last_id: tuple[int, int] = (0, 0)
    _tag: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _commands: list[Command] = field(default_factory=list)
    _bytes: int = 0
    _head: list[bytes] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        """Tell that the session that is written is never the live one."""
        return False

    async def open(self, session_key: int, revision: int, _left: Left | None = None) -> OpenLog:
        """Begin a log with a revision that is newer than that of the old one."""
        name, field_name = keys.meta(session_key), keys.META_LOG_REVISION
        known = await cast(Awaitable[bytes | None], self.redis.hget(name, cast(Any, field_name)))
        before = int(known) if known and known.isdigit() else 0
        self.grows = known is None
        self.log_revision = max(revision, before + 1)
        return OpenLog(0, self.log_revision, None, RaceState())

    async def circuit(self, circuit_key: int) -> Circuit | None:
        """Return the circuit that is kept."""
        return await self.circuits.circuit(circuit_key)

    async def set_circuit(self, circuit: Circuit) -> None:
        """Keep a circuit, where a poller has not kept a newer one meanwhile."""
        known = await self.circuits.circuit(circuit.circuit_key)
        if known is None or known.revision < circuit.revision:
            name = keys.circuit(circuit.circuit_key)
            await self.redis.set(name, circuit.SerializeToString())

    async def profile(self, circuit_key: int) -> bytes | None:
        """Return the profile of the circuit's laps that is kept."""
        return await self.circuits.profile(circuit_key)

    async def set_profile(self, circuit_key: int, profile: bytes) -> None:
        """Keep the profile of the circuit's laps, where there is none."""
        await self.redis.set(keys.profile(circuit_key), profile, nx=True)

    async def set_live(self, session: Session) -> None:
        """Remember the session, to list it once its log is complete."""
        self._session = session

    async def publish(
        self,
        _session_key: int,
        sequence: int,
        race_millis: int,
        update: UpdateRecord | None,
        keyframe: UpdateRecord | None,
        _log_revision: int | None = None,
    ) -> None:
        """Append an update and, if given, the keyframe after it. Raises redis.RedisError."""
        if update is not None:
            entry = UpdateRecords(records=[update]).SerializeToString()
            self._append(race_millis, update.SerializeToString())
            self._head.append(entry)
        if keyframe is not None:
            at = self._append(race_millis, keyframe.SerializeToString())
            self._head = [UpdateRecords(records=[keyframe]).SerializeToString()]
            member = f"{sequence}@{at[0]}-{at[1]}"
            self._commands.append(("ZADD", (self._names[3], at[0], member)))
        self.sequence = sequence
        most = _FIRST_ENTRIES if self.grows and not self._placed else _BATCH_ENTRIES
        if len(self._commands) >= most or self._bytes >= _BATCH_BYTES:
            await self.write()

    def _append(self, race_millis: int, record: bytes) -> tuple[int, int]:
        millis, counter = self._last_id
        at = (race_millis, 0) if race_millis > millis else (millis, counter + 1)
        name = f"{at[0]}-{at[1]}"
        self._commands.append(("XADD", (self._names[0], name, keys.RECORD_FIELD, record)))
        self._bytes += len(record)
        self._last_id = at
        return at

    @property
    def _names(self) -> list[str]:
        """Return the names of log, head, meta and keyframes where they are built."""
        return _names(self.session_key) if self._placed else self._built_names

    @property
    def _built_names(self) -> list[str]:
        return [f"{name}:import:{self._tag}" for name in _names(self.session_key)]

    async def write(self) -> None:
        """Write what was gathered. Raises ImportRefused and redis.RedisError."""
        if not self._commands:
            return
        commands, self._commands, self._bytes = self._commands, [], 0
        if self._placed:
            await self._write_in_place([*commands, *self._standing(), *self._expiry()])
        else:
            await self._execute([*commands, *self._expiry()])
        self._written = self.sequence
        if self.grows and not self._placed and self._session is not None:
            await self._place(_EXPIRE_SECONDS)

    async def _execute(self, commands: Sequence[Command]) -> None:
        async with self.redis.pipeline(transaction=False) as pipe:
            for name, arguments in commands:
                pipe.execute_command(name, *arguments)
            await pipe.execute()

    async def _write_in_place(self, commands: Sequence[Command]) -> None:
        """Write to the log in its place, all or nothing. Raises ImportRefused: it is another's."""
        words = [(1 + len(arguments), name, *arguments) for name, arguments in commands]
        values = [self.log_revision, self._written, *(word for one in words for word in one)]
        try:
            await self.redis.eval(_WRITE, len(self._names), *self._names, *values)
        except ResponseError as error:
            raise ImportRefused(_reason(str(error), self.session_key)) from error

    def _expiry(self) -> Sequence[Command]:
        return [("EXPIRE", (name, _EXPIRE_SECONDS)) for name in self._names]

    def _standing(self) -> Sequence[Command]:
        """Say where the log is, and what the race is there."""
        _, head, meta, _ = self._names
        millis, counter = self._last_id
        at = (keys.META_SEQUENCE, self.sequence, keys.META_LOG_REVISION, self.log_revision)
        return [
            ("SET", (head, b"".join(self._head), "EX", _EXPIRE_SECONDS)),
            ("HSET", (meta, *at, keys.META_LAST_ID, f"{millis}-{counter}")),
        ]

    async def complete(self) -> None:
        """Put the log in its place for good. Raises ImportRefused and redis.RedisError."""
        if self._session is None or not self.sequence:
            raise ImportRefused(f"session {self.session_key} has nothing to tell")
        await self.write()
        if not self._placed:
            await self._place(0)
        else:
            await self._write_in_place([("PERSIST", (name,)) for name in self._names])
            await self._list(self._session)
        self._complete = True

    async def _place(self, expire_seconds: int) -> None:
        assert self._session is not None
        await self._execute([*self._standing(), *self._expiry()])
        names = [*self._names, *_names(self.session_key)]
        values = (self.log_revision, await self._last_epoch(), expire_seconds)
        try:
            await self.redis.eval(_PUT, len(names), *names, *values)
        except ResponseError as error:
            raise ImportRefused(_reason(str(error), self.session_key)) from error
        self._placed = True
        await self._list(self._session)

    async def _last_epoch(self) -> bytes:
        """Read in whose term the log in place was written. Raises ImportRefused: it is live.

        The list is in another slot of a cluster than the log, but who makes a session the live
        one opens its log first.
        """
        name = keys.meta(self.session_key)
        epoch = await cast(Awaitable[bytes | None], self.redis.hget(name, cast(Any, b"epoch")))
        live = await cast(Awaitable[bytes | None], self.redis.get(keys.LIVE))
        if live == str(self.session_key).encode():
            raise ImportRefused(_reason("LIVE", self.session_key))
        return epoch or b"0"

    async def _list(self, session: Session) -> None:
        """List the session. Who is cut off before it imports again."""
        values = str(self.session_key), cast(Any, session.SerializeToString())
        await self.redis.hset(keys.SESSIONS, *values)

    async def discard(self) -> None:
        """Forget what was built, unless it is complete. Raises redis.RedisError."""
        if self._complete:
            return
        await self.redis.delete(*self._built_names)
        if self.grows:
            await self._take_away()

    async def _take_away(self) -> None:
        """Take the log from its place, if it is there: a write that was cut off may have come
        through."""
        names = _names(self.session_key)
        values = (self.log_revision, "")
        if await self.redis.eval(_TAKE_AWAY, len(names), *names, *values):
            await self.redis.hdel(keys.SESSIONS, str(self.session_key))


def _names(session_key: int) -> list[str]:
    return [
        keys.log(session_key),
        keys.head(session_key),
        keys.meta(session_key),
        keys.keyframes(session_key),
    ]


def _reason(text: str, session_key: int) -> str:
    if "LIVE" in text:
        return f"session {session_key} is live: its poller writes the log"
    if "NEWER" in text:
        return f"session {session_key} was imported by somebody else meanwhile"
    return f"session {session_key} cannot be put in place: {text}"
