"""A folder that a recording is written into: one file per endpoint, and a manifest."""

import gzip
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from racetime_simulator.manifest import MANIFEST, Manifest, Part, Window


class FolderError(Exception):
    """The folder cannot be written, or is of another session."""


@dataclass(slots=True)
class RecordingFolder:
    """A recording on disk. Files appear whole or grow by whole windows."""

    path: Path
    manifest: Manifest
    _bodies: dict[str, bytes] = field(default_factory=dict)

    @staticmethod
    def open(path: Path, session_key: int, meeting_key: int, name: str) -> "RecordingFolder":
        """Begin a recording, or go on with one. Raises FolderError."""
        file = path / MANIFEST
        manifest = Manifest(session_key, meeting_key, name)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if file.is_file():
                manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise FolderError(f"cannot record into {path}: {error}") from error
        if manifest.session_key != session_key:
            raise FolderError(f"{path} is a recording of session {manifest.session_key}")
        folder = RecordingFolder(path, manifest)
        folder._repair()
        return folder

    def _repair(self) -> None:
        """Cut away what a recorder that ended left half written."""
        for endpoint, part in list(self.manifest.endpoints.items()):
            file = self.file(endpoint)
            size = file.stat().st_size if file.is_file() else 0
            if size > part.bytes and part.windows:
                os.truncate(file, part.bytes)
            elif size != part.bytes:
                # A table that was replaced is another one than is noted.
                del self.manifest.endpoints[endpoint]
                file.unlink(missing_ok=True)

    def file(self, endpoint: str) -> Path:
        """Return the file of an endpoint."""
        return self.path / f"{endpoint}.jsonl.gz"

    @property
    def row_count(self) -> int:
        """Rows of all endpoints."""
        return sum(part.rows for part in self.manifest.endpoints.values())

    def is_complete(self, endpoint: str) -> bool:
        """Tell whether nothing of an endpoint is to be asked any more."""
        return self._part(endpoint).complete

    def has(self, endpoint: str) -> bool:
        """Tell whether there is a table, be it an empty one."""
        return endpoint in self.manifest.endpoints

    def sampled_millis(self, endpoint: str) -> int:
        """Return of how much time there are samples."""
        return sum(window.until - window.begin for window in self._part(endpoint).windows)

    def covered_until(self, endpoint: str, begin: int) -> int:
        """Return up to which instant the samples from another one on are there."""
        return self._part(endpoint).covered_until(begin)

    def body(self, endpoint: str) -> bytes:
        """Return a table as OpenF1 would answer it; an empty list when it is not there."""
        if endpoint not in self._bodies:
            file = self.file(endpoint)
            lines = gzip.decompress(file.read_bytes()).splitlines() if file.is_file() else []
            self._bodies[endpoint] = b"[" + b",".join(lines) + b"]"
        return self._bodies[endpoint]

    def write_table(self, endpoint: str, rows: Iterable[bytes], *, complete: bool) -> None:
        """Write a whole table, in place of the one that is there."""
        lines = list(rows)
        if not lines and self._part(endpoint).rows:
            # What was there does not go away by an answer that is empty by mistake.
            return
        # Without the time of writing, so that the same rows are the same bytes.
        data = gzip.compress(_text(lines), mtime=0)
        written = Part(len(lines), len(data), complete)
        if written == self._part(endpoint) and data == self.file(endpoint).read_bytes():
            return
        self._put(self.file(endpoint), data)
        self._bodies.pop(endpoint, None)
        self.manifest.endpoints[endpoint] = written
        self._save()

    def append(self, endpoint: str, rows: Iterable[bytes], begin: int, until: int) -> None:
        """Append a window of samples."""
        lines = list(rows)
        part = self._part(endpoint)
        size = sum(window.bytes for window in part.windows)
        data = gzip.compress(_text(lines), mtime=0) if lines else b""
        with self.file(endpoint).open("ab") as file:
            # What no window names is nobody's.
            file.truncate(size)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        count = (part.rows if part.windows else 0) + len(lines)
        windows = [*part.windows, Window(begin, until, len(data))]
        self.manifest.endpoints[endpoint] = Part(count, size + len(data), False, windows)
        self._save()

    def complete(self, endpoint: str) -> None:
        """Note that all samples of an endpoint are there."""
        part = self._part(endpoint)
        self.manifest.endpoints[endpoint] = msgspec.structs.replace(part, complete=True)
        self._save()

    def finish(self) -> None:
        """Note that the recording is complete."""
        self.manifest.complete = True
        self._save()

    def _part(self, endpoint: str) -> Part:
        return self.manifest.endpoints.get(endpoint, Part())

    def _save(self) -> None:
        data = msgspec.json.format(msgspec.json.encode(self.manifest), indent=2)
        self._put(self.path / MANIFEST, data)

    def _put(self, file: Path, data: bytes) -> None:
        partial = file.with_suffix(".partial")
        partial.write_bytes(data)
        partial.replace(file)


def _text(lines: list[bytes]) -> bytes:
    # A row that is written over several lines becomes one.
    return b"".join(
        (msgspec.json.format(line, indent=-1) if b"\n" in line else line) + b"\n" for line in lines
    )
