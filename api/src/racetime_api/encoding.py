"""Build each message of a session once per class of readers, and share it."""

from collections.abc import Callable
from typing import TypeVar

from racetime.v1.race_service_pb2 import GetSnapshotResponse, Heartbeat
from racetime_api.fold import parsed
from racetime_api.record import Mark, Selection
from racetime_api.window import Window
from racetime_api.wire import watch_response

# Messages kept for the newest sequence; those of further classes are built for each reader.
CACHE_LIMIT = 256

_Built = TypeVar("_Built")


class Encodings:
    """The messages about a window's newest sequence; forgotten when it moves on."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._newest = window.newest
        self._cache: dict[tuple[object, ...], object] = {}

    def snapshot(self, selection: Selection) -> bytes:
        """Encode the whole state as a watch message."""
        return self._shared(("snapshot", selection), lambda: self._snapshot(selection))

    def update(self, after: int, selection: Selection) -> bytes | None:
        """Encode what came after a sequence as one message; None when the chosen lanes are empty.

        The caller has made sure that the window still holds those updates.
        """
        key = ("update", after, selection)
        return self._shared(key, lambda: self._update(after, selection))

    def state(self, selection: Selection) -> bytes:
        """Encode the whole state as GetSnapshot's answer, each field once as JSON demands."""
        return self._shared(("state", selection), lambda: self._state(selection))

    def _shared(self, key: tuple[object, ...], build: Callable[[], _Built]) -> _Built:
        if self._window.newest is not self._newest:
            self._newest = self._window.newest
            self._cache.clear()
        if key in self._cache:
            return self._cache[key]  # type: ignore[return-value]
        built = build()
        if len(self._cache) < CACHE_LIMIT:
            self._cache[key] = built
        return built

    def _snapshot(self, selection: Selection) -> bytes:
        newest = self._window.newest
        return watch_response(
            "snapshot",
            selection.parts(self._window.state()),
            sequence=newest.sequence,
            race_offset_millis=newest.race_offset_millis,
            published_offset_millis=newest.published_offset_millis,
            session_key=self._window.session_key,
            log_revision=self._window.log_revision,
        )

    def _update(self, after: int, selection: Selection) -> bytes | None:
        parts = selection.parts(self._window.since(after) or ())
        if not parts:
            return None
        newest = self._window.newest
        return watch_response(
            "update",
            parts,
            sequence=newest.sequence,
            race_offset_millis=newest.race_offset_millis,
            published_offset_millis=newest.published_offset_millis,
            first_sequence=None if after + 1 == newest.sequence else after + 1,
        )

    def _state(self, selection: Selection) -> bytes:
        newest = self._window.newest
        state = parsed(selection.parts(self._window.state()))
        response = GetSnapshotResponse(
            session_key=self._window.session_key,
            sequence=newest.sequence,
            log_revision=self._window.log_revision,
            state=state,
        )
        origin_millis = self._window.origins.race_millis
        if origin_millis is not None:
            response.race_time.FromMilliseconds(origin_millis + newest.race_offset_millis)
        return response.SerializeToString()


def heartbeat(told: Mark, period_millis: int) -> bytes:
    """Encode a heartbeat to a reader that was told of everything up to a mark."""
    return watch_response(
        "heartbeat",
        [Heartbeat(period_millis=period_millis).SerializeToString()],
        sequence=told.sequence,
        race_offset_millis=told.race_offset_millis,
        published_offset_millis=told.published_offset_millis,
    )
