"""The commands that do one thing and end: record a session, import one."""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import structlog

from racetime_poller import compare
from racetime_poller.asker import Asker
from racetime_poller.import_log import ImportRefused
from racetime_poller.importer import Progress, import_recording
from racetime_poller.jobs import EXIT_CODES, JobFailed, Jobs, Step
from racetime_poller.publisher import RedisError, connect
from racetime_poller.recorded import Recorded, RecordingError
from racetime_poller.recorder import has_needed, record_session
from racetime_poller.recording_folder import FolderError
from racetime_poller.settings import Settings
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.circuit_file import CircuitFiles
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.errors import SourceError
from racetime_poller.sources.openf1 import OpenF1

log = structlog.get_logger()

# Progress is told so often where nobody watches.
_TELL_SECONDS = 1.0
# A first log waits so long for the tables, within the budget that the recorder has, and looks for
# them so often.
_TABLES_SECONDS = 600.0
_LOOK_SECONDS = 0.1
# What ends a command with one line.
FAILURES = (
    FolderError,
    ImportRefused,
    JobFailed,
    RecordingError,
    RedisError,
    SourceError,
    httpx.HTTPError,
    msgspec.MsgspecError,
    OSError,
    ValueError,
)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    result = argparse.ArgumentParser(
        prog="racetime-poller",
        description="Turn OpenF1's rows into race logs in Redis. Settings come from RACETIME_... "
        "variables of the environment (see the README).",
    )
    commands = result.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="follow the live session and publish it (the default)")
    record = commands.add_parser("record", help="record a session from OpenF1 into a folder")
    record.add_argument("session", help="session key, or `latest`")
    record.add_argument("--out", type=Path, help="folder (default: <recordings>/<session key>)")
    imports = commands.add_parser("import", help="build the whole log of a session")
    imports.add_argument("session", help="session key, or the folder of a recording")
    imports.add_argument(
        "--first-log",
        action="store_true",
        help="of a folder's tables alone, as soon as they are there, unless there is a log",
    )
    compares = commands.add_parser(
        "compare", help="hold recorded sessions against their official results"
    )
    compares.add_argument("folders", nargs="+", type=Path, help="folders of recordings")
    compares.add_argument("--write", type=Path, help="README to put the tables into")
    return result


def compare_sessions(folders: Sequence[Path], readme: Path | None) -> None:
    """Print tables of what RaceTime tells and what the officials do."""
    text = compare.table([compare.read(folder) for folder in folders])
    print(text)
    if readme is not None:
        compare.write(readme, text)


@asynccontextmanager
async def open_source(settings: Settings) -> AsyncIterator[Asker]:
    """Open OpenF1 as the settings name it."""
    async with httpx.AsyncClient(base_url=settings.openf1_url) as client:
        clock = SourceClock()
        if settings.openf1_clock_url is not None:
            await clock.read(client, settings.openf1_clock_url)
        openf1 = OpenF1(
            client, settings.openf1_username, settings.openf1_password, speed=clock.speed
        )
        yield Asker(openf1, Budget(TIERS[settings.openf1_tier], clock.seconds), clock)


async def record(settings: Settings, session: str, out: Path | None) -> None:
    """Record a session and tell how far it is."""
    tell = _Teller()
    async with open_source(settings) as asker:
        async for progress in record_session(asker, session, settings.recordings_path, out):
            what = progress.endpoint or "all"
            text = f"{what}: {progress.row_count:,} rows in {progress.folder}"
            tell(text, progress.share, last=progress.complete)


async def import_session(settings: Settings, session: str, *, first_log: bool = False) -> None:
    """Import a session and tell how far it is; one that is not recorded yet is recorded first."""
    _end_when_told()
    folder = _folder(session)
    if folder is None:
        await _import_key(settings, int(session))
    else:
        await _import_folder(settings, folder, first_log=first_log)


async def _import_key(settings: Settings, key: int) -> None:
    begun, tell = time.monotonic(), _Teller()
    async with (
        open_source(settings) as asker,
        aclosing(Jobs(settings, asker).import_session(key)) as steps,
    ):
        async for step in steps:
            text = f"{step.stage.value}: {_import_text(step, begun)}"
            tell(text, step.share, last=step.complete, **_facts(step))


async def _import_folder(settings: Settings, folder: Path, *, first_log: bool) -> None:
    begun, tell = time.monotonic(), _Teller()
    if first_log:
        await _await_tables(folder)
    recorded = Recorded.open(folder, samples=not first_log)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect(settings.redis_url))
        fetch = None
        # A first log is there to be seen soon.
        if settings.has_circuit_files and not first_log:
            client = await stack.enter_async_context(httpx.AsyncClient())
            fetch = CircuitFiles(client).fetch
        imported = import_recording(redis, recorded, fetch, unless_there=first_log)
        told = await stack.enter_async_context(aclosing(imported))
        async for progress in told:
            text = _import_text(progress, begun)
            tell(text, progress.share, last=progress.complete, **_facts(progress))


async def _await_tables(folder: Path) -> None:
    """Wait until the tables are there that a log needs. Raises RecordingError."""
    try:
        async with asyncio.timeout(_TABLES_SECONDS):
            while not has_needed(folder):  # noqa: ASYNC110  another process writes the folder
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise RecordingError(f"{folder} lacks tables that a log needs") from error


def _end_when_told() -> None:
    """Let SIGTERM cancel what runs, so that it takes back what it has begun."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _folder(session: str) -> Path | None:
    """Return the folder that is named; None for a key of a session."""
    folder = Path(session)
    return None if session.isdigit() and not folder.is_dir() else folder


def _facts(progress: Progress | Step) -> dict[str, int]:
    return {
        "session_key": progress.session_key,
        "rows": progress.row_count,
        "sequence": progress.sequence,
    }


def _import_text(progress: Progress | Step, begun: float) -> str:
    seconds = time.monotonic() - begun
    return (
        f"session {progress.session_key}: {progress.row_count:,} rows, "
        f"{progress.sequence:,} updates, {seconds:.1f} s"
    )


class _Teller:
    """Tells progress: in one line that changes on a terminal, in a line now and then elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._told_at = 0.0

    def __call__(self, text: str, share: float, *, last: bool, **facts: int) -> None:
        if self._is_terminal:
            end = "\n" if last else ""
            print(f"\r\033[K{share:4.0%}  {text}", end=end, file=sys.stderr, flush=True)
        elif last or time.monotonic() - self._told_at > _TELL_SECONDS:
            self._told_at = time.monotonic()
            log.info("poller.progress", share=round(share, 3), what=text, complete=last, **facts)


def run_command(
    arguments: argparse.Namespace, settings: Settings, run: Callable[..., object] = asyncio.run
) -> None:
    """Run `record`, `import` or `compare`; what fails ends it with one line."""
    try:
        match arguments.command:
            case "record":
                run(record(settings, arguments.session, arguments.out))
            case "import":
                first_log = arguments.first_log
                run(import_session(settings, arguments.session, first_log=first_log))
            case "compare":
                compare_sessions(arguments.folders, arguments.write)
    except FAILURES as error:
        print(f"racetime-poller {arguments.command}: {error}", file=sys.stderr)
        sys.exit(EXIT_CODES.get(type(error), 1))
    except KeyboardInterrupt:
        sys.exit(130)
    except asyncio.CancelledError:
        sys.exit(143)
