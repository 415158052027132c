"""Load a recording: a folder with one `<endpoint>.json.gz` or `.jsonl.gz` per endpoint."""

import gzip
import threading
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog

from racetime_simulator.archive import FixedArchive, Selectable, SessionTables, read_session_row
from racetime_simulator.growing import GrowingRecording, is_growing
from racetime_simulator.instants import from_micros, parse_micros
from racetime_simulator.manifest import MANIFEST, RecordingError
from racetime_simulator.query import Query
from racetime_simulator.table import Column, Row, StoredRows, Table, View, build_table
from racetime_simulator.versions import (
    BATCH_LAG_MICROS,
    BATCH_MICROS,
    SORT_FIELDS,
    LapSpans,
    session_versions,
)

log = structlog.get_logger("racetime_simulator")

TELEMETRY = ("location", "car_data")
SUFFIXES = (".json.gz", ".jsonl.gz", ".json", ".jsonl")


class _TelemetryKey(msgspec.Struct):
    """What is read of a telemetry row at load; the rest stays as it is."""

    date: str
    driver_number: int
    session_key: int
    meeting_key: int


class _LateTable:
    """A table that another thread is still loading; until then it has no rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._table: Table | None = None
        self._error: RecordingError | None = None
        self._thread = threading.Thread(target=self._load, name=f"load {path.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    @property
    def tables(self) -> tuple[Table, ...]:
        return () if self._table is None else (self._table,)

    def select(self, query: Query, now: int, view: View | None = None) -> Sequence[bytes]:
        return () if self._table is None else self._table.select(query, now, view)

    def _load(self) -> None:
        try:
            self._table = _load_telemetry(self._path)
        except RecordingError as error:
            self._error = error
            log.error("simulator.telemetry_unreadable", path=str(self._path), error=str(error))


class Recording(FixedArchive):
    """A recorded session, its telemetry perhaps still on the way."""

    def __init__(self, session: SessionTables, loading: Sequence[_LateTable]) -> None:
        """Hold the session and the tables that are still loading."""
        super().__init__(session, "replay")
        self._loading = loading

    @property
    def session(self) -> SessionTables:
        """Return the recorded session."""
        return self._sessions[0]

    def wait_loaded(self) -> None:
        """Wait until the telemetry is there too."""
        for table in self._loading:
            table.join()


def load_recording(folder: Path, *, in_background: bool = False) -> Recording | GrowingRecording:
    """Load a recording; location and car_data in the background where that is asked for.

    One that is being made is followed in the background; else each `look` takes in what is new.
    """
    session = load_session(folder)
    if is_growing(folder):
        growing = GrowingRecording(folder, session, TELEMETRY, _late_table(folder), _samples)
        growing.start() if in_background else growing.look()
        return growing
    paths = _paths(folder)
    loading: list[_LateTable] = []
    for name in TELEMETRY:
        if name in paths:
            table = _LateTable(paths[name])
            loading.append(table)
            session.tables[name] = table
            table.start()
    recording = Recording(session, loading)
    if not in_background:
        recording.wait_loaded()
    return recording


def load_session(folder: Path) -> SessionTables:
    """Load a recording's tables, without location and car_data. Raises RecordingError."""
    if not folder.is_dir():
        raise RecordingError(f"no such recording folder: {folder}")
    paths = _paths(folder)
    if "sessions" not in paths:
        raise RecordingError(f"no sessions file in {folder}")
    return _session(
        {name: read_rows(path) for name, path in paths.items() if name not in TELEMETRY}
    )


def _late_table(folder: Path) -> Callable[[str], Table | None]:
    """Return what reads a table that was not there at first, as those were read that were."""

    def read(name: str) -> Table | None:
        paths = _paths(folder)
        rows = read_rows(paths[name]) if name in paths else []
        if not rows:
            return None
        spans = LapSpans(read_rows(paths["laps"]) if "laps" in paths else [])
        return build_table(name, session_versions(name, rows, spans), SORT_FIELDS.get(name))

    return read


def _paths(folder: Path) -> dict[str, Path]:
    return {path.name.split(".")[0]: path for path in _endpoint_files(folder)}


def read_rows(path: Path) -> list[Row]:
    """Read a file of rows; anything in it that is no object is refused."""
    return list(_decode(path, _read(path), dict))


def _endpoint_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith(SUFFIXES) and path.name != MANIFEST and path.is_file()
    )


def _read(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"cannot read {path}: {error}") from error


def _decode(path: Path, data: bytes, kind: Any) -> Any:
    try:
        if ".jsonl" in path.name:
            return msgspec.json.Decoder(kind).decode_lines(data)
        return msgspec.json.decode(data, type=list[kind])
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise RecordingError(f"cannot read {path}: {error}") from error


def _session(rows: dict[str, list[Row]]) -> SessionTables:
    known = [row for row in map(read_session_row, rows["sessions"]) if row is not None]
    key = _recorded_key(rows, [row.session_key for row in known])
    spans = LapSpans(rows.get("laps", []))
    scheduled = next((row for row in known if row.session_key == key), None)
    if scheduled is None:
        raise RecordingError(f"the sessions file has no usable row of session {key}")
    tables: dict[str, Selectable] = {
        name: build_table(name, session_versions(name, own, spans), SORT_FIELDS.get(name))
        for name, own in rows.items()
        if own
    }
    dates = [parse_micros(row.get("date")) for own in rows.values() for row in own]
    end = max([d for d in dates if d is not None] + [spans.last_end or 0, scheduled.end])
    start = scheduled.start if spans.first_start is None else spans.first_start
    return SessionTables(key, from_micros(start), from_micros(end), tuple(known), tables)


def _recorded_key(rows: dict[str, list[Row]], scheduled: Sequence[int]) -> int:
    """Return the session that the other endpoints name."""
    for name in ("laps", "position", "drivers", "car_data", "race_control"):
        keys = {row.get("session_key") for row in rows.get(name, [])}
        if len(keys) == 1:
            key = keys.pop()
            if isinstance(key, int):
                return key
    if not scheduled:
        raise RecordingError("the sessions file has no usable row")
    return scheduled[-1]


def _load_telemetry(path: Path) -> Table:
    return _samples(path, _read(path))


def _samples(path: Path, data: bytes) -> Table:
    """Read location or car_data without decoding more of a row than its identity."""
    rows = [bytes(raw) for raw in _decode(path, data, msgspec.Raw)]
    keys: list[_TelemetryKey] = _decode(path, data, _TelemetryKey)
    dates = np.array([parse_micros(key.date) or 0 for key in keys], dtype=np.int64)
    order = np.argsort(dates, kind="stable")
    dates = dates[order]
    fields = frozenset(msgspec.json.decode(rows[0], type=dict)) if rows else frozenset()
    return Table(
        name=path.name.split(".")[0],
        fields=fields,
        visible=batch_visible(dates),
        source=StoredRows([rows[place] for place in order.tolist()]),
        constants=_constants(keys),
        columns={
            "date": dates,
            "driver_number": np.array([k.driver_number for k in keys], dtype=np.int64)[order],
        },
    )


def _constants(keys: Sequence[_TelemetryKey]) -> dict[str, object]:
    sessions, meetings = {k.session_key for k in keys}, {k.meeting_key for k in keys}
    constants: dict[str, object] = {}
    if len(sessions) == 1:
        constants["session_key"] = sessions.pop()
    if len(meetings) == 1:
        constants["meeting_key"] = meetings.pop()
    return constants


def batch_visible(dates: Column) -> Column:
    """Return when samples come to be seen: whole batches, one a second, a little late."""
    batches = -(-dates // BATCH_MICROS)
    return batches * BATCH_MICROS + BATCH_LAG_MICROS
