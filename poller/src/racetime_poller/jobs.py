"""What operators have the poller do beside its work: record a session, import one.

Recording shares the poller's request budget, of which it leaves half. Importing takes all of a core
for a while, so it is done by a process of its own.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racetime_poller.asker import Asker
from racetime_poller.commands import EXIT_CODES
from racetime_poller.import_log import ImportRefused
from racetime_poller.importer import Progress
from racetime_poller.recorded import RecordingError
from racetime_poller.recorder import Recorded as RecordProgress
from racetime_poller.recorder import record_session
from racetime_poller.settings import Settings

_END_SECONDS = 5.0


class JobFailed(Exception):
    """A job ended without a result, for a reason that is nobody's request."""


class NoSuchFolder(Exception):
    """A folder that is not below the poller's folder of recordings."""


@dataclass(slots=True)
class Jobs:
    """Does what operators ask for."""

    settings: Settings
    asker: Asker

    async def record(self, session_key: int) -> AsyncGenerator[RecordProgress]:
        """Record a session into the folder of recordings. Raises SourceError and FolderError."""
        recordings = self.settings.recordings_path
        async for progress in record_session(self.asker, session_key, recordings):
            yield progress

    def folder(self, name: str) -> Path:
        """Return a folder of the recordings. Raises NoSuchFolder."""
        recordings = self.settings.recordings_path.resolve()
        path = (recordings / name).resolve()
        if recordings not in path.parents or not path.is_dir():
            raise NoSuchFolder(f"there is no recording {name!r}")
        return path

    async def import_folder(self, folder: Path) -> AsyncGenerator[Progress]:
        """Import a recording. Raises ImportRefused, RecordingError and JobFailed."""
        environ = {
            **os.environ,
            "RACETIME_REDIS_URL": self.settings.redis_url,
            "RACETIME_LOG_FORMAT": "json",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "racetime_poller", "import", str(folder)),
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        last = ""
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                last = line.decode("utf-8", "replace").strip() or last
                if (progress := _progress(last)) is not None:
                    yield progress
            _check(await process.wait(), last)
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _progress(line: str) -> Progress | None:
    try:
        said: Any = json.loads(line)
        if not isinstance(said, dict) or said.get("event") != "poller.progress":
            return None
        return Progress(
            int(said["session_key"]),
            int(said["rows"]),
            float(said["share"]),
            int(said["sequence"]),
            bool(said["complete"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _check(code: int, last: str) -> None:
    if code == 0:
        return
    reason = last.rpartition("racetime-poller import: ")[2] or f"the import ended with {code}"
    if code == EXIT_CODES[ImportRefused]:
        raise ImportRefused(reason)
    if code == EXIT_CODES[RecordingError]:
        raise RecordingError(reason)
    raise JobFailed(reason)
