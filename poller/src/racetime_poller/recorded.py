"""Read a recorded session in the order in which its rows came to be seen.

A recording is a folder with one file per endpoint, in OpenF1's shape: the module of that name in
`racetime_simulator` says what it may hold and when a row of it was visible. Tables are read at
once. Samples, which are nearly all of a recording, are read as they are needed, so that a race
takes little memory.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from racetime_poller.race.rows import ENDPOINTS, SessionRow
from racetime_poller.sources.decode import Decoded, NotRows, decode
from racetime_simulator.instants import to_micros
from racetime_simulator.manifest import RecordingError, read_manifest
from racetime_simulator.query import Query
from racetime_simulator.recording import SUFFIXES, TELEMETRY, load_session
from racetime_simulator.table import Table
from racetime_simulator.versions import BATCH_LAG_MICROS, BATCH_MICROS

_CHUNK_BYTES = 1 << 18
# A row of samples holds no braces but its own.
_ROW = re.compile(rb"\{[^{}]*\}")
_BATCH_MILLIS = BATCH_MICROS // 1000
_LAG_MILLIS = BATCH_LAG_MICROS // 1000
_EVERYTHING = Query(())
_FOR_EVER = 1 << 62


@dataclass(slots=True)
class _TableFeed:
    """Rows of a table, each version given once when its time has come."""

    endpoint: str
    table: Table
    _given: int = 0

    def until(self, now: int) -> Decoded | None:
        stop = int(np.searchsorted(self.table.visible, now * 1000, side="right"))
        start, self._given = self._given, max(stop, self._given)
        if stop <= start:
            return None
        return decode(self.endpoint, b"[" + b",".join(self.table.source.slice(start, stop)) + b"]")

    @property
    def next_at(self) -> int | None:
        visible = self.table.visible
        return -(-int(visible[self._given]) // 1000) if self._given < len(visible) else None


@dataclass(slots=True)
class _SampleFeed:
    """Samples of a file, given in whole batches, one a second, a little late."""

    endpoint: str
    path: Path
    # Where in the file to read what, in the order of time; none where the file is in that order.
    members: Sequence[tuple[int, int]] = ()
    set_aside: list[tuple[str, str]] = field(default_factory=list)
    _batches: Iterator[tuple[int, Sequence[Any]]] = field(init=False)
    _next: tuple[int, Sequence[Any]] | None = field(init=False)

    def __post_init__(self) -> None:
        self._batches = _batches(self._read())
        self._next = next(self._batches, None)

    def until(self, now: int) -> Decoded | None:
        rows: list[Any] = []
        while self._next is not None and self._next[0] <= now:
            rows.extend(self._next[1])
            self._next = next(self._batches, None)
        if not rows and not self.set_aside:
            return None
        aside, self.set_aside = self.set_aside, []
        return Decoded(rows, aside)

    @property
    def next_at(self) -> int | None:
        return self._next[0] if self._next else None

    def _read(self) -> Iterator[Any]:
        left = b""
        for chunk in self._members() if self.members else self._chunks():
            text = left + chunk
            end = text.rfind(b"}") + 1
            left = text[end:]
            yield from self._decode(text[:end])

    def _chunks(self) -> Iterator[bytes]:
        is_zipped = self.path.suffix == ".gz"
        with self.path.open("rb") as raw, suppress(EOFError):
            file = gzip.GzipFile(fileobj=raw) if is_zipped else raw
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def _members(self) -> Iterator[bytes]:
        with self.path.open("rb") as raw:
            for offset, size in self.members:
                raw.seek(offset)
                yield gzip.decompress(raw.read(size))

    def _decode(self, text: bytes) -> Sequence[Any]:
        # Most texts are whole rows and nothing else, with a comma or a line's end between any two.
        rows = text[text.find(b"{") :].replace(b"}\n{", b"},{")
        try:
            try:
                decoded = decode(self.endpoint, b"[" + rows + b"]")
            except NotRows:
                decoded = decode(self.endpoint, b"[" + b",".join(_ROW.findall(text)) + b"]")
        except NotRows as error:
            self.set_aside.append(("shape", str(error)))
            return ()
        self.set_aside.extend(decoded.set_aside)
        return decoded.rows


def _batches(rows: Iterator[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    """Group samples by the batch in which they come; those out of order come with the newest."""
    batch: list[Any] = []
    visible = 0
    for row in rows:
        at = -(-row.date // _BATCH_MILLIS) * _BATCH_MILLIS + _LAG_MILLIS
        if at > visible:
            if batch:
                yield visible, batch
            batch, visible = [], at
        batch.append(row)
    if batch:
        yield visible, batch


@dataclass(slots=True)
class Recorded:
    """A recorded session on its way from its first row to its last."""

    session: SessionRow
    # Start of the first lap and end of what was recorded, in epoch milliseconds.
    started_at: int
    ended_at: int
    row_count: int = 0
    _feeds: Sequence[_TableFeed | _SampleFeed] = ()

    @staticmethod
    def open(folder: Path, *, samples: bool = True) -> "Recorded":
        """Open a recording, with positions and telemetry or without. Raises RecordingError."""
        tables = load_session(folder)
        feeds: list[_TableFeed | _SampleFeed] = [
            _TableFeed(name, table)
            for name, table in tables.tables.items()
            if isinstance(table, Table) and name in ENDPOINTS and name != "sessions"
        ]
        manifest = read_manifest(folder)
        parts = manifest.endpoints if manifest else {}
        for name in TELEMETRY if samples else ():
            paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
            members = parts[name].members() if name in parts else ()
            feeds += [_SampleFeed(name, path, members) for path in paths if path.is_file()][:1]
        return Recorded(
            _session_row(tables.tables["sessions"], tables.session_key),
            to_micros(tables.first_lap_start) // 1000,
            to_micros(tables.end) // 1000,
            0,
            feeds,
        )

    def until(self, now: int) -> Iterator[tuple[str, Decoded]]:
        """Yield the rows that came to be seen since the last call, endpoint by endpoint."""
        for feed in self._feeds:
            if (decoded := feed.until(now)) is not None:
                self.row_count += len(decoded.rows)
                yield feed.endpoint, decoded

    def next_at(self) -> int | None:
        """Return when the next row comes to be seen; None when all were given."""
        known = [feed.next_at for feed in self._feeds]
        return min((at for at in known if at is not None), default=None)


def _session_row(table: Any, session_key: int) -> SessionRow:
    body = b"[" + b",".join(table.select(_EVERYTHING, _FOR_EVER)) + b"]"
    rows = [row for row in decode("sessions", body).rows if row.session_key == session_key]
    if not rows:
        raise RecordingError(f"the sessions file has no usable row of session {session_key}")
    row: SessionRow = rows[-1]
    return row


__all__ = ["Recorded", "RecordingError"]
