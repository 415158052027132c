"""The whole chain of processes on free ports, with parts that can be killed, paused and restarted.

    with Chain(folder, recording=path, speed=20) as chain:
        chain.until_on_screen()
        chain.kill("api-2")
        chain.start("api-2")

The processes are those of the embedded run (the Procfile). Start and stop parts from the main
thread only: the kernel kills a part when the thread that started it ends.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from racetime_embedded.children import describe_end, signal_group, tied
from racetime_embedded.parts import ROOT, Part, Plan, build_parts
from racetime_embedded.plan import simulator_environ
from racetime_embedded.ports import HOST, Ports, is_listening
from racetime_embedded.ready import Answer, ask, decode, missing, race_on_screen

T = TypeVar("T")
# Starts chains that end with the test: the fixture `start_chain`.
StartChain = Callable[..., "Chain"]

STOP_SECONDS = 8.0
PAUSE_SECONDS = 0.02
TAIL_LINES = 40
STUB_PAGE = "<!doctype html><title>RaceTime</title>"


@dataclass
class Running:
    """A part's newest process."""

    process: subprocess.Popen[bytes]
    # Whether its end was asked for.
    ending: bool = False


class ChainError(AssertionError):
    """The chain did not do what the test waits for."""


class Chain:
    """All parts of RaceTime, as `make run` starts them."""

    def __init__(
        self,
        folder: Path,
        *,
        recording: Path | None = None,
        speed: float = 1.0,
        replicas: int = 3,
        simulator: Mapping[str, str] | None = None,
        poller: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        without: Iterable[str] = (),
        redis_url: str | None = None,
    ) -> None:
        """Plan a chain: a recording or (None) a made-up race, at a speed.

        `simulator` and `poller` add settings to those parts (RACETIME_SIMULATOR_START, ..._SEED,
        ..._FAULTS), `environ` to all; parts named in `without` are not started by `with`. With a
        `redis_url` it starts no Redis.
        """
        self.folder = folder
        self.ports = Ports.free(replicas)
        self.without = frozenset(without)
        plan = Plan(
            self.ports,
            self._make(folder / "run"),
            redis_url,
            simulator={**simulator_environ(recording, speed), **(simulator or {})},
            poller=dict(poller or {}),
            page_root=self._page_root(),
        )
        clean = {key: value for key, value in os.environ.items() if not key.startswith("RACETIME_")}
        every = {**clean, "RACETIME_API_DRAIN_SECONDS": "1", **(environ or {})}
        self.parts = {part.name: part for part in build_parts(plan, every)}
        self._running: dict[str, Running] = {}

    def __enter__(self) -> Self:
        """Start every part that is wanted."""
        self._make(self.folder / "logs")
        try:
            for name in self.parts:
                if name not in self.without:
                    self.start(name)
        except BaseException:
            self.stop_all()
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Stop everything; after an error, show how the logs end."""
        self.stop_all()
        if error is not None:
            print(self.tails(), file=sys.stderr)

    # Addresses

    @property
    def url(self) -> str:
        """Address of the gateway: the page, REST, gRPC-Web."""
        return f"http://{HOST}:{self.ports.gateway}"

    @property
    def target(self) -> str:
        """Address of the gateway for gRPC."""
        return f"{HOST}:{self.ports.gateway}"

    @property
    def api_targets(self) -> list[str]:
        """Addresses of the replicas for gRPC."""
        return [f"{HOST}:{port}" for port in self.ports.api]

    @property
    def ops_target(self) -> str:
        """Address of the poller's operators' service for gRPC."""
        return f"{HOST}:{self.ports.poller_ops}"

    @property
    def redis_url(self) -> str:
        """Address of Redis."""
        return f"redis://{HOST}:{self.ports.redis}/0"

    @property
    def simulator_url(self) -> str:
        """Address of the OpenF1-compatible server."""
        return f"http://{HOST}:{self.ports.simulator}"

    # Parts

    def start(self, name: str) -> None:
        """Start a part that is not running."""
        if threading.current_thread() is not threading.main_thread():
            raise ChainError("start parts from the main thread: they die with their thread")
        if name in self._running and self._running[name].process.poll() is None:
            raise ChainError(f"{name} is running")
        part: Part = self.parts[name]
        with self.log_path(name).open("ab") as log:
            process = subprocess.Popen(
                tied(["/bin/sh", "-c", part.command]),
                env=dict(part.environ),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[name] = Running(process)

    def kill(self, name: str) -> None:
        """End a part at once (SIGKILL)."""
        self._end(name, signal.SIGKILL)

    def terminate(self, name: str) -> int:
        """End a part politely (SIGTERM); answers its exit code."""
        return self._end(name, signal.SIGTERM)

    def restart(self, name: str, signum: int = signal.SIGKILL) -> None:
        """End a part and start it again on the same ports."""
        self._end(name, signum)
        self.start(name)

    def pause(self, name: str) -> None:
        """Freeze a part (SIGSTOP)."""
        signal_group(self.pid(name), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen part go on (SIGCONT)."""
        signal_group(self.pid(name), signal.SIGCONT)

    def pid(self, name: str) -> int:
        """Answer the process id of a part, which leads its group."""
        return self._running[name].process.pid

    def _end(self, name: str, signum: int) -> int:
        running = self._running[name]
        running.ending = True
        signal_group(running.process.pid, signum)
        signal_group(running.process.pid, signal.SIGCONT)
        try:
            return running.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise ChainError(f"{name} did not end in {STOP_SECONDS:g} s") from None

    def stop_all(self) -> None:
        """End every part, by force when it takes long."""
        for running in self._running.values():
            running.ending = True
            for signum in (signal.SIGTERM, signal.SIGCONT):
                signal_group(running.process.pid, signum)
        deadline = time.monotonic() + STOP_SECONDS
        for running in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.0, deadline - time.monotonic()))
            # What a part may have started itself goes too.
            signal_group(running.process.pid, signal.SIGKILL)
            running.process.wait()

    # Waiting

    def check(self) -> None:
        """Raise ChainError when a part ended that nobody ended."""
        for name, running in self._running.items():
            code = running.process.poll()
            if code is not None and not running.ending:
                raise ChainError(
                    f"{name} ended by itself ({describe_end(code)})\n{self.tail(name)}"
                )

    def until(self, what: str, get: Callable[[], T | None], seconds: float = 20.0) -> T:
        """Wait until `get` answers something true, and answer that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            if found := get():
                return found
            time.sleep(PAUSE_SECONDS)
        raise ChainError(f"not within {seconds:g} s: {what}\n{self.tails()}")

    def until_up(self, name: str, seconds: float = 20.0) -> None:
        """Wait until a part listens."""
        port = self.parts[name].listens[0].port
        self.until(f"{name} listens on {port}", lambda: is_listening(port), seconds)

    def until_on_screen(self, seconds: float = 30.0) -> dict[str, Any]:
        """Wait until the page answers and cars have places; answers the state as JSON."""
        try:
            return self.until("a race on screen", lambda: race_on_screen(self.ports), seconds)
        except ChainError as error:
            lack = missing(self.ports, [p for p in self.parts.values() if p.name in self._running])
            raise ChainError(f"{lack}\n{error}") from None

    def get(self, path: str) -> Answer:
        """Ask the gateway for a path."""
        return ask(self.ports.gateway, path)

    def snapshot(self) -> dict[str, Any]:
        """Answer the live snapshot as JSON; empty when there is none."""
        return decode(self.get("/api/live/snapshot"))

    # Logs

    def log_path(self, name: str) -> Path:
        """Answer the file that holds a part's output."""
        return self.folder / "logs" / f"{name}.log"

    def log(self, name: str) -> str:
        """Answer what a part has written."""
        path = self.log_path(name)
        return path.read_text(errors="replace") if path.is_file() else ""

    def tail(self, name: str) -> str:
        """Answer the last lines that a part has written."""
        return "\n".join(self.log(name).splitlines()[-TAIL_LINES:])

    def tails(self) -> str:
        """Answer the last lines of every part."""
        return "\n".join(f"--- {name}\n{self.tail(name)}" for name in self.parts)

    def _page_root(self) -> Path:
        built = ROOT / "frontend" / "dist"
        if (built / "index.html").is_file():
            return built
        stub = self._make(self.folder / "page")
        (stub / "index.html").write_text(STUB_PAGE)
        return stub

    @staticmethod
    def _make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder
