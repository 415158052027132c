"""Build each message of a session once per class of readers, and share it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

from racetime.v1.race_service_pb2 import GetSnapshotResponse, Heartbeat
from racetime_api.fold import parsed
from racetime_api.record import Mark, Record, Selection
from racetime_api.window import Window
from racetime_api.wire import watch_response

# Messages kept for the newest sequence; those of further classes are built for each reader.
CACHE_LIMIT = 256
# The same for messages about the past of a log.
PLAYED_LIMIT = 1_024
PLAYED_BYTES = 8_000_000

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
        return snapshot_message(self._window, self._window.state(), selection)

    def _update(self, after: int, selection: Selection) -> bytes | None:
        return update_message(self._window.since(after) or (), after, selection)

    def _state(self, selection: Selection) -> bytes:
        return state_answer(self._window, self._window.state(), selection)


class Played:
    """The messages about what was before a log's newest sequence, which never change; the newest
    used of them are kept, for the readers that are at the same place."""

    def __init__(self) -> None:
        self._cache: OrderedDict[tuple[object, ...], bytes | None] = OrderedDict()
        self._size_bytes = 0

    def snapshot(self, window: Window, records: Sequence[Record], selection: Selection) -> bytes:
        """Encode the state that records joined are, as a watch message."""
        key = ("snapshot", records[0].sequence, records[-1].sequence, selection)
        built = self._shared(key, lambda: snapshot_message(window, records, selection))
        assert built is not None
        return built

    def update(self, records: Sequence[Record], after: int, selection: Selection) -> bytes | None:
        """Encode updates as one message; None when the chosen lanes are empty."""
        key = ("update", after, records[-1].sequence, selection)
        return self._shared(key, lambda: update_message(records, after, selection))

    def _shared(self, key: tuple[object, ...], build: Callable[[], bytes | None]) -> bytes | None:
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        built = self._cache[key] = build()
        self._size_bytes += len(built or b"")
        while len(self._cache) > 1 and (
            len(self._cache) > PLAYED_LIMIT or self._size_bytes > PLAYED_BYTES
        ):
            _, oldest = self._cache.popitem(last=False)
            self._size_bytes -= len(oldest or b"")
        return built


def snapshot_message(window: Window, records: Sequence[Record], selection: Selection) -> bytes:
    """Encode the state that records joined are, the first a keyframe, as a watch message."""
    newest = records[-1]
    return watch_response(
        "snapshot",
        _body(selection.parts(records), selection),
        sequence=newest.sequence,
        race_offset_millis=newest.race_offset_millis,
        published_offset_millis=newest.published_offset_millis,
        session_key=window.session_key,
        log_revision=window.log_revision,
    )


def update_message(records: Sequence[Record], after: int, selection: Selection) -> bytes | None:
    """Encode the updates after a sequence as one message; None when the chosen lanes are empty."""
    parts = selection.parts(records)
    if not parts:
        return None
    newest = records[-1]
    return watch_response(
        "update",
        _body(parts, selection),
        sequence=newest.sequence,
        race_offset_millis=newest.race_offset_millis,
        published_offset_millis=newest.published_offset_millis if selection.stamped else 0,
        first_sequence=None if after + 1 == newest.sequence else after + 1,
    )


def _body(parts: Sequence[bytes], selection: Selection) -> Sequence[bytes]:
    return [parsed(parts).SerializeToString()] if selection.merged else parts


def state_answer(window: Window, records: Sequence[Record], selection: Selection) -> bytes:
    """Encode the state that records joined are as GetSnapshot's answer, each field once as JSON
    demands."""
    newest = records[-1]
    response = GetSnapshotResponse(
        session_key=window.session_key,
        sequence=newest.sequence,
        log_revision=window.log_revision,
        state=parsed(selection.parts(records)),
    )
    origin_millis = window.origins.race_millis
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
