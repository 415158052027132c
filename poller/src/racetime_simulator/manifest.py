"""What a recorder notes of a recording: which tables are there, and which windows of samples."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

MANIFEST = "manifest.json"
# What a race is shown by; a recorder asks for these first.
FIRST_TABLES = ("sessions", "drivers", "laps", "position")


class RecordingError(Exception):
    """The folder is not a recording that can be played."""


class Window(msgspec.Struct, frozen=True):
    """Samples from one instant until another, in epoch milliseconds: a gzip member of the file."""

    begin: int
    until: int
    bytes: int


class Part(msgspec.Struct):
    """How far the file of an endpoint is."""

    rows: int = 0
    # Bytes of the file that are good; what follows was cut off.
    bytes: int = 0
    complete: bool = False
    # Of samples, in the order of the file, which need not be that of time.
    windows: list[Window] = []

    def covered_until(self, begin: int) -> int:
        """Return up to which instant the samples from another one on are there."""
        at = begin
        for window in sorted(self.windows, key=lambda window: window.begin):
            if window.begin <= at:
                at = max(at, window.until)
        return at

    def members(self) -> Sequence[tuple[int, int]]:
        """Return where in the file the windows lie, in the order of time: offset and bytes."""
        placed: list[tuple[int, int, int]] = []
        offset = 0
        for window in self.windows:
            placed.append((window.begin, offset, window.bytes))
            offset += window.bytes
        return [(offset, size) for _, offset, size in sorted(placed) if size]


class Manifest(msgspec.Struct):
    """What a recording has."""

    session_key: int
    meeting_key: int
    session_name: str
    complete: bool = False
    endpoints: dict[str, Part] = {}


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a recording; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
