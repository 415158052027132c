"""What operators have done: record a session, import one.

Recording shares the poller's request budget, of which it leaves half. Importing takes all of a core
for a while, so it is done by a process of its own. What is imported by its key can be watched while
it is fetched: as soon as the tables are there a first log is made of them alone, with estimated
cars, and the log of everything replaces that.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import structlog

from racetime_poller.asker import Asker
from racetime_poller.import_log import ImportRefused
from racetime_poller.importer import Progress
from racetime_poller.recorded import RecordingError
from racetime_poller.recorder import Recorded as RecordProgress
from racetime_poller.recorder import record_session
from racetime_poller.recording_folder import FolderError
from racetime_poller.review import RebuildFailed
from racetime_poller.settings import Settings
from racetime_poller.ticking import ticking

log = structlog.get_logger()

# A command that failed ends with these, else with 1.
EXIT_CODES: Mapping[type[Exception], int] = {ImportRefused: 3, RecordingError: 4}
_END_SECONDS = 5.0
_TELL_SECONDS = 1.0
# Of an import by key: what recording is of all the work.
_RECORDED_SHARE = 0.9
# Where so much is recorded the log of everything comes as soon as a first one.
_MUCH_SHARE = 0.9
# Name of the folder for a while of a session whose rows were repaired.
_REPAIRED = "repaired-"
# So much of a name that is none is told.
_SHOWN = 100


class JobFailed(Exception):
    """A job ended without a result, for a reason that is nobody's request."""


class NoSuchFolder(Exception):
    """A folder that is not below the poller's folder of recordings."""


class Stage(Enum):
    """What an import is at."""

    RECORDING = "recording"
    FIRST_LOG = "first_log"
    IMPORTING = "importing"


@dataclass(frozen=True, slots=True)
class Step:
    """How far an import is."""

    stage: Stage
    session_key: int
    row_count: int
    share: float
    sequence: int
    complete: bool = False


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
        try:
            path = (recordings / name).resolve()
            is_there = recordings in path.parents and path.is_dir()
        except (OSError, ValueError):
            # Too long a name for a file system, or one with a NUL.
            is_there = False
        if not is_there:
            raise NoSuchFolder(f"there is no recording {name[:_SHOWN]!r}")
        return path

    async def import_session(self, session_key: int) -> AsyncGenerator[Step]:
        """Record a session and import it. Raises as the two do."""
        first = _FirstLog(self)
        folder, rows = Path(), 0
        try:
            async with aclosing(ticking(self.record(session_key), _TELL_SECONDS)) as recordings:
                async for recorded in recordings:
                    folder, rows = recorded.folder, recorded.row_count
                    if recorded.share < _MUCH_SHARE:
                        first.start(folder)
                    share = _RECORDED_SHARE * recorded.share
                    yield Step(Stage.RECORDING, session_key, rows, share, first.sequence)
            while not await first.wait(_TELL_SECONDS):
                share = _RECORDED_SHARE
                yield Step(Stage.FIRST_LOG, session_key, rows, share, first.sequence)
        finally:
            await first.stop()
        async with aclosing(self.import_folder(folder)) as imports:
            async for progress in imports:
                yield _step(progress, _RECORDED_SHARE)

    async def import_by_name(self, name: str) -> AsyncGenerator[Step]:
        """Import a folder of the recordings. Raises as the import does, and NoSuchFolder."""
        async with aclosing(self.import_folder(self.folder(name))) as imports:
            async for progress in imports:
                yield _step(progress, 0.0)

    async def rebuild(self, session_key: int) -> None:
        """Record a session anew and build its log from that.

        Raises RebuildFailed and SourceError.
        """
        folder = self.settings.recordings_path / f"{_REPAIRED}{session_key}"
        # What an earlier attempt has recorded was read before the rows were repaired.
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        recordings = self.settings.recordings_path
        try:
            recording = record_session(self.asker, session_key, recordings, folder)
            async with aclosing(recording) as told:
                async for _ in told:
                    pass
            async with aclosing(self.import_folder(folder)) as imported:
                async for _ in imported:
                    pass
        except (FolderError, ImportRefused, RecordingError, JobFailed, OSError) as error:
            raise RebuildFailed(f"session {session_key}: {error}") from error
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def import_folder(
        self, folder: Path, *, first_log: bool = False
    ) -> AsyncGenerator[Progress]:
        """Import a recording. Raises ImportRefused, RecordingError and JobFailed."""
        environ = {
            **os.environ,
            "RACETIME_REDIS_URL": self.settings.redis_url,
            "RACETIME_LOG_FORMAT": "json",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "racetime_poller", "import", str(folder)),
            *(["--first-log"] if first_log else []),
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


@dataclass(slots=True)
class _FirstLog:
    """Makes a log of a session's tables alone, beside its recording, where there is none yet."""

    jobs: Jobs
    sequence: int = 0
    _task: "asyncio.Task[None] | None" = field(default=None)

    def start(self, folder: Path) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(folder))

    async def _run(self, folder: Path) -> None:
        try:
            async with aclosing(self.jobs.import_folder(folder, first_log=True)) as told:
                async for progress in told:
                    self.sequence = progress.sequence
        except (ImportRefused, RecordingError, JobFailed) as error:
            # The log of everything may yet be made.
            log.warning("poller.no_first_log", folder=str(folder), error=str(error))

    async def wait(self, seconds: float) -> bool:
        """Wait until it is complete, or for so long; return whether it is."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)
        return self._task is None or self._task.done()

    async def stop(self) -> None:
        """End what is not complete; that is forgotten."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _step(progress: Progress, begin: float) -> Step:
    return Step(
        Stage.IMPORTING,
        progress.session_key,
        progress.row_count,
        begin + (1 - begin) * progress.share,
        progress.sequence,
        progress.complete,
    )


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
