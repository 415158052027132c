"""Serve a recording while it is made: a recorder writes it, and what is new is taken in.

The manifest is read again now and then. Of samples the new windows alone are read, each once.
"""

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from racetime_simulator.archive import FixedArchive, Selectable, SessionTables
from racetime_simulator.manifest import (
    FIRST_TABLES,
    MANIFEST,
    Part,
    RecordingError,
    read_manifest,
)
from racetime_simulator.query import Query
from racetime_simulator.table import Table, View

log = structlog.get_logger("racetime_simulator")

_LOOK_SECONDS = 0.5
_AWAIT_SECONDS = 0.05

Read = Callable[[str], Table | None]
"""Reads a table by its name; None where it has no rows."""
Decode = Callable[[Path, bytes], Table]
"""Makes a table of what was in a file of samples."""


class GrowingTable:
    """Samples, window by window."""

    def __init__(self, path: Path, decode: Decode) -> None:
        """Hold nothing yet."""
        self.tables: tuple[Table, ...] = ()
        self._path = path
        self._decode = decode
        self._count = 0

    def take(self, part: Part) -> None:
        """Read the windows that are new, each seen as soon as it is read."""
        offset = sum(window.bytes for window in part.windows[: self._count])
        for window in part.windows[self._count :]:
            # One that cannot be read is not tried again.
            self._count += 1
            if window.bytes:
                self._add(offset, window.bytes)
            offset += window.bytes

    def _add(self, offset: int, size: int) -> None:
        with self._path.open("rb") as file:
            file.seek(offset)
            table = self._decode(self._path, gzip.decompress(file.read(size)))
        self.tables = tuple(sorted((*self.tables, table), key=_begin))

    def select(self, query: Query, now: int, view: View | None = None) -> Sequence[bytes]:
        """Return the rows that pass and can be seen now, in the order of time."""
        return [row for table in self.tables for row in table.select(query, now, view)]


def _begin(table: Table) -> int:
    dates = table.columns["date"]
    return int(dates[0]) if len(dates) else 0


class GrowingRecording(FixedArchive):
    """A recording that is being made."""

    def __init__(
        self,
        folder: Path,
        session: SessionTables,
        samples: Sequence[str],
        read: Read,
        decode: Decode,
    ) -> None:
        """Hold what is there; `samples` names the endpoints that come in windows."""
        super().__init__(session, "replay")
        self._folder = folder
        self._read = read
        self._known = set(session.tables)
        self._samples: Mapping[str, GrowingTable] = {
            name: GrowingTable(folder / f"{name}.jsonl.gz", decode) for name in samples
        }
        session.tables = {**session.tables, **self._samples}

    @property
    def session(self) -> SessionTables:
        """Return the recorded session."""
        return self._sessions[0]

    def start(self) -> None:
        """Look for what is new until the recording is complete, in the background."""
        name = f"follow {self._folder.name}"
        threading.Thread(target=self._follow, name=name, daemon=True).start()

    def _follow(self) -> None:
        while not self.look():
            time.sleep(_LOOK_SECONDS)
        log.info("simulator.recording_complete", folder=str(self._folder))

    def look(self) -> bool:
        """Take in what is new; return whether that was all."""
        manifest = read_manifest(self._folder)
        if manifest is None:
            return False
        try:
            for name in manifest.endpoints:
                if name not in self._samples and name not in self._known:
                    self._add(name, self._read(name))
            for name, table in self._samples.items():
                if name in manifest.endpoints:
                    table.take(manifest.endpoints[name])
        except (OSError, EOFError, zlib.error, RecordingError) as error:
            log.warning("simulator.recording_unreadable", error=str(error))
            return False
        return manifest.complete

    def _add(self, name: str, table: Selectable | None) -> None:
        self._known.add(name)
        if table is not None:
            # Another mapping: who walks through the one that was is not disturbed.
            self.session.tables = {**self.session.tables, name: table}


def is_growing(folder: Path) -> bool:
    """Tell whether a recorder has a folder in hand, or had and was cut off."""
    manifest = read_manifest(folder)
    return manifest is not None and not manifest.complete


def await_recording(folder: Path, seconds: float) -> None:
    """Wait until a recording that is being made has what it can be played by, or for so long."""
    deadline = time.monotonic() + seconds
    while not _can_be_played(folder) and time.monotonic() < deadline:
        time.sleep(_AWAIT_SECONDS)


def _can_be_played(folder: Path) -> bool:
    manifest = read_manifest(folder)
    if manifest is None:
        # One that no recorder has made is whole.
        return folder.is_dir() and not (folder / MANIFEST).exists() and any(folder.iterdir())
    return all(name in manifest.endpoints for name in FIRST_TABLES)
