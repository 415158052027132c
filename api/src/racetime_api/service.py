"""Answer racetime.v1.RaceService."""

import random
import time
from collections.abc import Callable
from typing import Any

import grpc
import structlog

from racetime.v1.race_service_pb2 import (
    DESCRIPTOR,
    GetCircuitRequest,
    GetHealthRequest,
    GetHealthResponse,
    GetHistoryRequest,
    GetHistoryResponse,
    GetScheduleRequest,
    GetScheduleResponse,
    GetSnapshotRequest,
    ListSessionsRequest,
    ListSessionsResponse,
    WatchEventsRequest,
    WatchRaceRequest,
)
from racetime.v1.session_pb2 import SESSION_PHASE_ENDED
from racetime_api import refusal
from racetime_api.calls import Context, guarded, write
from racetime_api.catalogue import Catalogue
from racetime_api.clients import Clients
from racetime_api.encoding import state_answer
from racetime_api.events import events_message
from racetime_api.fold import parsed
from racetime_api.health import health
from racetime_api.history import tables
from racetime_api.hub import Draining, Full, Hub
from racetime_api.metrics import Metrics
from racetime_api.player import Player
from racetime_api.reel import Reels
from racetime_api.requests import (
    WatchWish,
    events_wish,
    history_wish,
    snapshot_wish,
    watch_wish,
)
from racetime_api.states import States
from racetime_api.store import Store, StoreError
from racetime_api.tally import Tally
from racetime_api.watcher import Watcher
from racetime_api.wire import circuit_response

# How long GetHealth waits for Redis.
HEALTH_SECONDS = 1.0
# By this the gateway tells that it turns the messages of a watch into JSON.
FORM_METADATA = "racetime-form"
# What is told of the past changes when a log is repaired, so caches ask again after a while.
_PAST_CACHE = "public, max-age=300"
# Rows of what happened just now may still come in.
_SETTLED_UPDATES = 240

SERVICE = DESCRIPTOR.services_by_name["RaceService"]


log = structlog.get_logger()


class RaceService:
    """The methods of the service, each refusing by raising Refusal."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        metrics: Metrics,
        wall_clock: Callable[[], float],
        *,
        reels: Reels,
        clients: Clients,
        heartbeat_seconds: float,
        poller_silence_seconds: float,
    ) -> None:
        self._hub = hub
        self._store = store
        self._metrics = metrics
        self._wall_clock = wall_clock
        self._reels = reels
        self._clients = clients
        self._heartbeat_seconds = heartbeat_seconds
        self._poller_silence_seconds = poller_silence_seconds
        self._catalogue = Catalogue(store)
        self._states = States(hub, store, reels)

    async def get_snapshot(self, request: GetSnapshotRequest, context: Context) -> bytes:
        """Give the state of a session, the newest or as of an instant."""
        wish = snapshot_wish(request)
        async with self._states.loaded(wish.session_key) as channel:
            if wish.race_millis is None:
                return channel.encodings.state(wish.selection)
            window = await channel.wait_window()
            records = await self._states.records_at(window, wish.race_millis)
            return state_answer(window, records, wish.selection)

    async def watch_race(self, request: WatchRaceRequest, context: Context) -> None:
        """Stream a session until the reader goes, or the server does."""
        metadata = dict(context.invocation_metadata() or ())
        wish = watch_wish(request, merged=metadata.get(FORM_METADATA) == "merged")
        await self._stream(wish, context, lambda data: data)

    async def watch_events(self, request: WatchEventsRequest, context: Context) -> None:
        """Stream the events of a session until the reader goes, or the server does."""
        wish, events = events_wish(request)
        await self._stream(wish, context, lambda data: events_message(data, events))

    async def _stream(
        self, wish: WatchWish, context: Context, form: Callable[[bytes], bytes | None]
    ) -> None:
        """Stream messages in the form that a reader wants; those that have none are left out."""
        metadata = dict(context.invocation_metadata() or ())
        with self._clients.watching(metadata, context.peer()):
            await self._stream_uncounted(wish, context, form)

    async def _stream_uncounted(
        self, wish: WatchWish, context: Context, form: Callable[[bytes], bytes | None]
    ) -> None:
        tally = Tally(self._metrics, wish, time.monotonic)
        if wish.session_key is not None:
            await self._states.require_log(wish.session_key)
        watcher = self._enter(wish, tally)
        try:
            # Headers go out at once: a reader that waits for news knows that it is connected.
            await context.send_initial_metadata(())
            while not watcher.over:
                if not watcher.is_prepared:
                    await watcher.prepare()
                message = watcher.next_message()
                if message is None:
                    await watcher.wait()
                    continue
                # Returns when the transport has taken it: a slow reader holds one message here,
                # and falls behind.
                if (data := form(message.data)) is not None:
                    await write(context, data)
                    tally.sent(message, len(data))
        finally:
            watcher.close()
            tally.left()
            log.info("api.watch_ended", watchers=self._hub.watchers)

    async def list_sessions(
        self, request: ListSessionsRequest, context: Context
    ) -> ListSessionsResponse:
        """List the sessions that have a log, newest first."""
        return await self._catalogue.sessions(self._hub.live_session_key)

    async def get_schedule(
        self, request: GetScheduleRequest, context: Context
    ) -> GetScheduleResponse:
        """Give the season's sessions as they were announced."""
        return await self._store.schedule()

    async def get_circuit(self, request: GetCircuitRequest, context: Context) -> bytes:
        """Give a circuit as it lies in Redis."""
        return circuit_response(await self._catalogue.circuit(request.circuit_key))

    async def get_history(self, request: GetHistoryRequest, context: Context) -> GetHistoryResponse:
        """Give the tables of a session, all or up to an instant."""
        wish = history_wish(request)
        async with self._states.loaded(wish.session_key) as channel:
            window = await channel.wait_window()
            records = window.state()
            if wish.race_millis is not None:
                records = await self._states.records_at(window, wish.race_millis)
        state, sequence = parsed(wish.selection.parts(records)), records[-1].sequence
        is_past = sequence < window.newest.sequence - _SETTLED_UPDATES
        is_live = self._hub.live_session_key == wish.session_key
        if is_past or (state.clock.phase == SESSION_PHASE_ENDED and not is_live):
            await context.send_initial_metadata((("cache-control", _PAST_CACHE),))
        return tables(state, sequence=sequence, log_revision=window.log_revision)

    async def get_health(self, request: GetHealthRequest, context: Context) -> GetHealthResponse:
        """Tell whether Redis and the feed are alive; refuse when one is dead."""
        try:
            condition = await self._store.condition(HEALTH_SECONDS)
        except StoreError as error:
            raise refusal.redis_unavailable({"redis": "dead", "feed": "unknown"}) from error
        sequence = self._hub.live_sequence or None
        return health(condition, sequence, self._wall_clock(), self._poller_silence_seconds)

    def handlers(self) -> grpc.GenericRpcHandler:
        """Give the methods to a server; those that answer bytes have encoded them themselves."""
        unary = grpc.stream_unary_rpc_method_handler
        watch = grpc.stream_stream_rpc_method_handler
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "GetSnapshot": unary(guarded(self._metrics, GetSnapshotRequest, self.get_snapshot)),
            "WatchRace": watch(guarded(self._metrics, WatchRaceRequest, self.watch_race)),
            "WatchEvents": watch(guarded(self._metrics, WatchEventsRequest, self.watch_events)),
            "ListSessions": unary(
                guarded(self._metrics, ListSessionsRequest, self.list_sessions),
                response_serializer=ListSessionsResponse.SerializeToString,
            ),
            "GetSchedule": unary(
                guarded(self._metrics, GetScheduleRequest, self.get_schedule),
                response_serializer=GetScheduleResponse.SerializeToString,
            ),
            "GetCircuit": unary(guarded(self._metrics, GetCircuitRequest, self.get_circuit)),
            "GetHistory": unary(
                guarded(self._metrics, GetHistoryRequest, self.get_history),
                response_serializer=GetHistoryResponse.SerializeToString,
            ),
            "GetHealth": unary(
                guarded(self._metrics, GetHealthRequest, self.get_health),
                response_serializer=GetHealthResponse.SerializeToString,
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)

    def _enter(self, wish: WatchWish, tally: Tally) -> Watcher:
        try:
            watcher = self._watcher(wish, tally)
        except Draining as error:
            raise refusal.draining() from error
        except Full as error:
            raise refusal.server_full(5.0 + 5.0 * random.random()) from error
        tally.entered()
        log.info("api.watch_started", session_key=wish.session_key, watchers=self._hub.watchers)
        return watcher

    def _watcher(self, wish: WatchWish, tally: Tally) -> Watcher:
        if not wish.is_shifted:
            return Watcher(self._hub, wish, self._heartbeat_seconds, tally.begun)
        return Player(
            self._hub, wish, self._heartbeat_seconds, tally.begun, self._reels, self._wall_clock
        )
