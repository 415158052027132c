"""A folder that a recording is written into: one file per endpoint, and a manifest."""

import gzip
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

MANIFEST = "manifest.json"


class FolderError(Exception):
    """The folder cannot be written, or is of another session."""


class Part(msgspec.Struct):
    """How far the file of an endpoint is."""

    rows: int = 0
    # Bytes of the file that are good; what follows was cut off.
    bytes: int = 0
    # Instant up to which samples are there, in epoch milliseconds.
    until: int | None = None
    complete: bool = False


class Manifest(msgspec.Struct):
    """What a recording has."""

    session_key: int
    meeting_key: int
    session_name: str
    complete: bool = False
    endpoints: dict[str, Part] = {}


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
        for endpoint, part in self.manifest.endpoints.items():
            file = self.file(endpoint)
            size = file.stat().st_size if file.is_file() else 0
            if size < part.bytes:
                self.manifest.endpoints[endpoint] = Part()
                file.unlink(missing_ok=True)
            elif size > part.bytes:
                os.truncate(file, part.bytes)

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

    def until(self, endpoint: str) -> int | None:
        """Return the instant up to which samples are there."""
        return self._part(endpoint).until

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
        data = gzip.compress(_text(lines))
        self._put(self.file(endpoint), data)
        self._bodies.pop(endpoint, None)
        self.manifest.endpoints[endpoint] = Part(len(lines), len(data), None, complete)
        self._save()

    def append(self, endpoint: str, rows: Iterable[bytes], until: int) -> None:
        """Append a window of samples that reaches up to an instant."""
        lines = list(rows)
        part = self._part(endpoint)
        with self.file(endpoint).open("ab") as file:
            if lines:
                file.write(gzip.compress(_text(lines)))
                file.flush()
                os.fsync(file.fileno())
            size = file.tell()
        self.manifest.endpoints[endpoint] = Part(part.rows + len(lines), size, until)
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
