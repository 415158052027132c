"""Read the log and what stands beside it: the only module that knows Redis.

StoreError
+-- Unreachable     Redis does not answer, or not in time; heals by itself
+-- BrokenLog       what a key holds cannot be read; heals with the next keyframe
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from racetime import keys
from racetime.redis_connection import open_redis
from racetime.v1.race_service_pb2 import GetScheduleResponse
from racetime.v1.session_pb2 import Session
from racetime.v1.update_record_pb2 import FeedStatus, UpdateRecord, UpdateRecords
from racetime_api.record import Record, from_message

# Longer than the longest blocking read, so that a silent Redis is noticed.
ANSWER_SECONDS = 3.0
CONNECT_SECONDS = 1.0
READ_COUNT = 512
BEGINNING = "0-0"

_ENTRY_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")
_POSITION = (keys.META_LOG_REVISION, keys.META_SEQUENCE, keys.META_LAST_ID)

# What must be of one instant is read, or written, by a script: those work in a cluster, too.
# KEYS: head, meta. ARGV: fields of the meta.
_HEAD = """
return {redis.call('GET', KEYS[1]), unpack(redis.call('HMGET', KEYS[2], unpack(ARGV)))}
"""
# KEYS: room. ARGV: seconds until it is forgotten, fields and values.
_MAKE_ROOM = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
# KEYS: room. ARGV: seconds until it is forgotten, playhead.
_SET_ROOM = """
redis.call('HSET', KEYS[1], 'playhead', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


class StoreError(Exception):
    """Redis has not given what was asked for."""


class Unreachable(StoreError):
    """Redis does not answer, or not in time."""


class BrokenLog(StoreError):
    """What a key holds cannot be read."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a log goes, as its meta says."""

    log_revision: int
    sequence: int
    last_id: str

    def is_behind(self, entry_id: str) -> bool:
        """Tell whether the log ends before an entry that was already read."""
        return _id_order(self.last_id) < _id_order(entry_id)


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a log: a keyframe and the updates since, and where in the log that is."""

    position: Position
    records: list[Record]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a log; without a record when its bytes are none."""

    entry_id: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a keyframe of a log is."""

    sequence: int
    entry_id: str
    race_millis: int


@dataclass(frozen=True, slots=True)
class Condition:
    """What Redis says of the feed."""

    status: FeedStatus | None
    live_session_key: int | None


@dataclass(frozen=True, slots=True)
class StoredRoom:
    """A room as Redis keeps it."""

    key: bytes
    is_shared: bool
    revision: int
    # Bytes of racetime.v1.Playhead.
    playhead: bytes


class Store:
    """The reads of one service, over one pool of connections."""

    def __init__(self, redis: Redis) -> None:
        # The client's types name every shape of a reply; legacy_responses has chosen one.
        self._redis: Any = redis

    async def live_session_key(self) -> int | None:
        """Read which session is live."""
        async with _answering():
            return _decimal(await self._redis.get(keys.LIVE))

    async def position(self, session_key: int) -> Position | None:
        """Read how far a session's log goes; None when it has none."""
        async with _answering():
            return _position(await self._redis.hgetall(keys.meta(session_key)))

    async def head(self, session_key: int) -> Head | None:
        """Read a session's state and where in its log that is, in one instant; None without one."""
        async with _answering():
            names = (keys.head(session_key), keys.meta(session_key))
            data, *values = await self._redis.eval(_HEAD, len(names), *names, *_POSITION)
        position = _position(_hash(_POSITION, values))
        if data is None or position is None:
            return None
        return Head(position, [from_message(record) for record in _parsed_head(data).records])

    async def before_head(self, session_key: int, last_id: str) -> list[Record]:
        """Read the entries from the last keyframe but one to an entry, as far as they are sound."""
        async with _answering():
            found = await self._redis.zrevrange(keys.keyframes(session_key), 0, 1)
            if len(found) < 2:
                return []
            first_id = found[1].decode(errors="replace").rpartition("@")[2]
            if not _ENTRY_ID.fullmatch(first_id):
                return []
            rows = await self._redis.xrevrange(keys.log(session_key), last_id, first_id, READ_COUNT)
            rows.reverse()
        return [entry.record for entry in map(_entry, rows) if entry.record is not None]

    async def read_after(self, session_key: int, entry_id: str, block_millis: int) -> list[Entry]:
        """Read the entries after one, waiting until there are some; none when the wait is over."""
        name = keys.log(session_key)
        async with _answering():
            answer = await self._redis.xread({name: entry_id}, count=READ_COUNT, block=block_millis)
        rows = answer.get(name.encode(), []) if answer else []
        return [_entry(row) for row in rows]

    async def cuts(self, session_key: int) -> list[Cut]:
        """Read where all keyframes of a log are, in their order."""
        async with _answering():
            members = await self._redis.zrange(keys.keyframes(session_key), 0, -1)
        cuts = (_cut(member.decode(errors="replace")) for member in members)
        return sorted((cut for cut in cuts if cut is not None), key=lambda cut: cut.sequence)

    async def between(
        self, session_key: int, log_revision: int, first: Cut, end: Cut | None
    ) -> list[Record]:
        """Read a log from a keyframe on, up to another one or to its end.

        Raises BrokenLog when an entry is none, or the log is another one by now.
        """
        log, meta = keys.log(session_key), keys.meta(session_key)
        start, entries = first.entry_id, list[Entry]()
        stop = f"({end.entry_id}" if end is not None else "+"
        async with _answering():
            while True:
                rows = await self._redis.xrange(log, start, stop, READ_COUNT)
                # Revisions only grow: what was read before is of the one that is read after.
                revision = await self._redis.hget(meta, keys.META_LOG_REVISION)
                if _decimal(revision) != log_revision:
                    raise BrokenLog(f"revision {log_revision} of the log is replaced")
                entries += map(_entry, rows)
                if len(rows) < READ_COUNT:
                    break
                start = f"({entries[-1].entry_id}"
        records = [entry.record for entry in entries if entry.record is not None]
        if len(records) < len(entries):
            raise BrokenLog(f"{len(entries) - len(records)} entries cannot be read")
        return records

    async def sessions(self) -> dict[int, Session]:
        """Read the index of sessions, without what cannot be read."""
        async with _answering():
            rows = await self._redis.hgetall(keys.SESSIONS)
        sessions: dict[int, Session] = {}
        for name, data in rows.items():
            session_key = _decimal(name)
            session = _parsed(Session(), data)
            if session_key is not None and session is not None:
                sessions[session_key] = session
        return sessions

    async def positions(self, session_keys: list[int]) -> dict[int, Position]:
        """Read how far each log goes, without the sessions that have none."""
        async with _answering():
            pipeline = self._redis.pipeline(transaction=False)
            for session_key in session_keys:
                pipeline.hgetall(keys.meta(session_key))
            rows = await pipeline.execute() if session_keys else []
        found = {key: _position(row) for key, row in zip(session_keys, rows, strict=True)}
        return {key: position for key, position in found.items() if position is not None}

    async def circuit(self, circuit_key: int) -> bytes | None:
        """Read the bytes of a circuit."""
        async with _answering():
            data: bytes | None = await self._redis.get(keys.circuit(circuit_key))
            return data

    async def schedule(self) -> GetScheduleResponse:
        """Read the schedule; empty when there is none, or none that can be read."""
        async with _answering():
            data = await self._redis.get(keys.SCHEDULE)
        return (_parsed(GetScheduleResponse(), data) if data else None) or GetScheduleResponse()

    async def make_room(self, code: str, room: StoredRoom, seconds: int) -> bool:
        """Keep a new room for a while; tell whether the code was free."""
        flat = [part for one in _fields(room).items() for part in one]
        async with _answering():
            return bool(await self._redis.eval(_MAKE_ROOM, 1, keys.room(code), seconds, *flat))

    async def room(self, code: str) -> StoredRoom | None:
        """Read a room; None when there is none."""
        async with _answering():
            fields = await self._redis.hgetall(keys.room(code))
        return _room(fields)

    async def set_room(self, code: str, playhead: bytes, seconds: int) -> None:
        """Move the playhead of a room that is there, and keep it for a while longer."""
        async with _answering():
            await self._redis.eval(_SET_ROOM, 1, keys.room(code), seconds, playhead)

    async def condition(self, within_seconds: float) -> Condition:
        """Read what the poller says of the feed."""
        async with _answering(within_seconds):
            status, live = await self._redis.mget(keys.FEED, keys.LIVE)
        return Condition(_parsed(FeedStatus(), status) if status else None, _decimal(live))


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the connections; none is made before the first read. Raises RedisUrlError."""
    async with open_redis(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        client_name="racetime-api",
    ) as redis:
        # Waiting and trying again is the feed's business, where it is seen and counted.
        yield Store(redis)


@asynccontextmanager
async def _answering(seconds: float = ANSWER_SECONDS) -> AsyncIterator[None]:
    before = _cancellations()
    try:
        async with asyncio.timeout(seconds):
            yield
    except (RedisError, OSError, TimeoutError) as error:
        _heed_cancellation(before)
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    _heed_cancellation(before)


def _cancellations() -> int:
    """Tell how often this task was asked to end; a task group that failed may leave one behind."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


def _heed_cancellation(before: int) -> None:
    """Raise the cancellation that redis-py has swallowed, as it does when one meets an answer."""
    if _cancellations() > before:
        raise asyncio.CancelledError


def _fields(room: StoredRoom) -> dict[str, bytes | int]:
    return {
        "key": room.key,
        "shared": int(room.is_shared),
        "revision": room.revision,
        "playhead": room.playhead,
    }


def _room(fields: dict[bytes, bytes]) -> StoredRoom | None:
    revision, key = _decimal(fields.get(b"revision")), fields.get(b"key")
    if revision is None or key is None:
        return None
    return StoredRoom(key, fields.get(b"shared") == b"1", revision, fields.get(b"playhead", b""))


def _hash(fields: Sequence[bytes], values: Sequence[bytes | None]) -> dict[bytes, bytes]:
    """Put together what a script tells of a hash."""
    pairs = zip(fields, values, strict=True)
    return {name: value for name, value in pairs if value is not None}


def _position(meta: dict[bytes, bytes]) -> Position | None:
    log_revision = _decimal(meta.get(keys.META_LOG_REVISION))
    sequence = _decimal(meta.get(keys.META_SEQUENCE))
    last_id = meta.get(keys.META_LAST_ID, b"").decode(errors="replace")
    if log_revision is None or sequence is None or not _ENTRY_ID.fullmatch(last_id):
        return None
    return Position(log_revision, sequence, last_id)


def _id_order(entry_id: str) -> tuple[int, int]:
    millis, _, counter = entry_id.partition("-")
    return int(millis), int(counter)


def _cut(member: str) -> Cut | None:
    """Read a member of the keyframes' index: sequence@entry id."""
    sequence, _, entry_id = member.partition("@")
    if not sequence.isdigit() or not _ENTRY_ID.fullmatch(entry_id):
        return None
    return Cut(int(sequence), entry_id, _id_order(entry_id)[0])


def _decimal(data: bytes | None) -> int | None:
    if data is None:
        return None
    try:
        return int(data)
    except ValueError:
        return None


def _entry(row: tuple[bytes, dict[bytes, bytes]]) -> Entry:
    entry_id, fields = row
    record = _parsed(UpdateRecord(), fields.get(keys.RECORD_FIELD, b""))
    whole = record is not None and record.sequence > 0
    return Entry(entry_id.decode(), from_message(record) if whole else None)


def _parsed_head(data: bytes) -> UpdateRecords:
    records: UpdateRecords | None = _parsed(UpdateRecords(), data)
    if records is None:
        raise BrokenLog("the head is no list of update records")
    return records


def _parsed(message: Any, data: bytes) -> Any:
    try:
        message.ParseFromString(data)
    except DecodeError:
        return None
    return message
