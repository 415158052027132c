"""Answer racetime.v1.RoomService: rooms whose playhead all that joined follow."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from typing import Any

import grpc

from racetime.v1.room_service_pb2 import (
    DESCRIPTOR,
    CreateRoomRequest,
    CreateRoomResponse,
    Playhead,
    Room,
    SetPlayheadRequest,
    SetPlayheadResponse,
    WatchRoomRequest,
    WatchRoomResponse,
)
from racetime_api import refusal
from racetime_api.calls import Context, guarded, write
from racetime_api.clients import Clients
from racetime_api.fold import Unreadable
from racetime_api.metrics import Metrics
from racetime_api.requests import check_playhead
from racetime_api.store import Store, StoredRoom, StoreError

SERVICE = DESCRIPTOR.services_by_name["RoomService"]

# Told apart on the phone, and in any type.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 6
_TRIES = 5
_ROOM_SECONDS = 12 * 3600
# A tap is seen by the others within this: they follow the instant of the tap, not of its arrival.
_LOOK_SECONDS = 0.5
# Rooms that one server makes at once, and then a second: people make few.
_BURST, _PER_SECOND = 20.0, 2.0


class RoomService:
    """The methods of the service, each refusing by raising Refusal."""

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        wall_clock: Callable[[], float],
        monotonic: Callable[[], float],
        *,
        clients: Clients,
        heartbeat_seconds: float,
    ) -> None:
        self._store = store
        self._clients = clients
        self._metrics = metrics
        self._wall_clock = wall_clock
        self._monotonic = monotonic
        self._heartbeat_seconds = heartbeat_seconds
        self._left, self._filled_at = _BURST, monotonic()
        self._draining = asyncio.Event()

    async def create_room(self, request: CreateRoomRequest, context: Context) -> CreateRoomResponse:
        """Make a room under a code that is free."""
        playhead = self._stamped(request.playhead)
        self._take_turn()
        key = secrets.token_urlsafe(16)
        room = StoredRoom(key.encode(), request.shared_control, 1, playhead.SerializeToString())
        for _ in range(_TRIES):
            code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
            if await self._store.make_room(code, room, _ROOM_SECONDS):
                return CreateRoomResponse(room=_shown(code, room), key=key)
        raise refusal.too_many_rooms()

    async def set_playhead(
        self, request: SetPlayheadRequest, context: Context
    ) -> SetPlayheadResponse:
        """Move the playhead, for who may."""
        playhead = self._stamped(request.playhead)
        code, room = await self._find(request.code)
        if not room.is_shared and not hmac.compare_digest(request.key.encode(), room.key):
            raise refusal.wrong_key()
        await self._store.set_room(code, playhead.SerializeToString(), _ROOM_SECONDS)
        _, room = await self._find(code)
        return SetPlayheadResponse(room=_shown(code, room))

    async def watch_room(self, request: WatchRoomRequest, context: Context) -> None:
        """Stream the playhead until the reader goes, the room is over or the server drains."""
        metadata = dict(context.invocation_metadata() or ())
        with self._clients.watching(metadata, context.peer()):
            await self._follow(request.code, context)

    async def _follow(self, code: str, context: Context) -> None:
        code, room = await self._find(code)
        await context.send_initial_metadata(())
        told, told_at = 0, self._monotonic()
        while not self._draining.is_set():
            now = self._monotonic()
            if room.revision != told or now - told_at >= self._heartbeat_seconds:
                told, told_at = room.revision, now
                await write(context, self._message(code, room).SerializeToString())
            if await self._drained_within(_LOOK_SECONDS):
                break
            try:
                code, room = await self._find(code)
            except StoreError:
                # Redis is away: the room stands as it was.
                continue
        raise refusal.draining()

    def drain(self) -> None:
        """Send all who watch away: another server takes them."""
        self._draining.set()

    def handlers(self) -> grpc.GenericRpcHandler:
        """Give the methods to a server."""
        unary = grpc.stream_unary_rpc_method_handler
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "CreateRoom": unary(
                guarded(self._metrics, CreateRoomRequest, self.create_room),
                response_serializer=CreateRoomResponse.SerializeToString,
            ),
            "SetPlayhead": unary(
                guarded(self._metrics, SetPlayheadRequest, self.set_playhead),
                response_serializer=SetPlayheadResponse.SerializeToString,
            ),
            "WatchRoom": grpc.stream_stream_rpc_method_handler(
                guarded(self._metrics, WatchRoomRequest, self.watch_room)
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)

    async def _find(self, code: str) -> tuple[str, StoredRoom]:
        code = code.upper()
        is_one = len(code) == _CODE_LENGTH and set(code) <= set(_LETTERS)
        room = await self._store.room(code) if is_one else None
        if room is None:
            raise refusal.room_not_found(code[:_CODE_LENGTH])
        return code, room

    def _message(self, code: str, room: StoredRoom) -> WatchRoomResponse:
        message = WatchRoomResponse(room=_shown(code, room))
        message.server_time.FromMilliseconds(round(self._wall_clock() * 1000))
        return message

    def _stamped(self, playhead: Playhead) -> Playhead:
        check_playhead(playhead)
        stamped = Playhead()
        stamped.CopyFrom(playhead)
        stamped.as_of_time.FromMilliseconds(round(self._wall_clock() * 1000))
        return stamped

    def _take_turn(self) -> None:
        now = self._monotonic()
        self._left = min(_BURST, self._left + (now - self._filled_at) * _PER_SECOND)
        self._filled_at = now
        if self._left < 1.0:
            raise refusal.too_many_rooms()
        self._left -= 1.0

    async def _drained_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._draining.wait()
        except TimeoutError:
            return False


def _shown(code: str, room: StoredRoom) -> Room:
    try:
        playhead = Playhead.FromString(room.playhead)
    except ValueError as error:
        raise Unreadable(f"the playhead of room {code} cannot be read") from error
    return Room(code=code, revision=room.revision, playhead=playhead, shared_control=room.is_shared)
