"""The whole system under its supervisor, and what can be done to its parts from outside."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.chaos.system import write_parts
from benchmarks.chaos.ways import Way, Ways
from racetime import keys
from racetime_embedded.children import tied
from racetime_embedded.parts import ROOT, Part
from racetime_embedded.ports import HOST, is_listening, pick_free
from racetime_embedded.ready import ask

sys.path.append(str(ROOT / "tests"))
from chain import Chain, ChainError

T = TypeVar("T")

REPLICAS = ("api-1", "api-2", "api-3")
POLLERS = ("poller", "poller-2")
_START_SECONDS = 60
_STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.02
# Of a starved part's time.
_STARVED_SECONDS, _FED_SECONDS = 0.16, 0.04
# The source's race is this old at the start, and goes on when the source was away.
_RACE_SECONDS = 60
_PERSISTENT = "--save '' --appendonly yes --appendfsync everysec"


class Stage:
    """The parts by their names, their ways, and the supervisor that keeps them going."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chain = Chain(folder)
        self.ports = self.chain.ports
        self.ways = Ways(self._targets())
        self.parts: dict[str, Part] = {}
        self._pids = folder / "pids"
        self._stopped: set[int] = set()

    @contextmanager
    def running(self) -> Iterator["Stage"]:
        """Run all until left."""
        with self.ways:
            self.parts = {part.name: part for part in self._cast()}
            file = self.folder / "parts.json"
            write_parts(self.parts.values(), file, self._pids)
            command = tied([sys.executable, "-m", "benchmarks.chaos.system", str(file)])
            with (self.folder / "system.log").open("wb") as log:
                system = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            try:
                self.until("a race on screen", self._is_on_screen, _START_SECONDS)
                yield self
            finally:
                self._end(system)
                shutil.copy(self.folder / "system.log", self._kept_log())

    @staticmethod
    def _kept_log() -> Path:
        folder = ROOT / ".run"
        folder.mkdir(exist_ok=True)
        return folder / "chaos.log"

    def _end(self, system: "subprocess.Popen[bytes]") -> None:
        self.let_go()
        system.terminate()
        with suppress(subprocess.TimeoutExpired):
            system.wait(_STOP_SECONDS)
        system.kill()
        system.wait()

    def _is_on_screen(self) -> bool:
        return bool(self.chain.snapshot().get("state", {}).get("positions")) and self.is_sound()

    # What there is

    def _targets(self) -> dict[Way, int]:
        ports = self.ports
        to_redis: dict[Way, int] = {(who, "redis"): ports.redis for who in (*POLLERS, *REPLICAS)}
        to_source: dict[Way, int] = {(who, "simulator"): ports.simulator for who in POLLERS}
        to_api = {("gateway", one): port for one, port in zip(REPLICAS, ports.api, strict=True)}
        return {**to_redis, **to_source, **to_api}

    def _cast(self) -> Iterator[Part]:
        """Change a chain's parts: ways with proxies, a standby, a Redis that keeps its data."""
        for part in self.chain.parts.values():
            if part.name in REPLICAS:
                yield self._with(part, RACETIME_REDIS_URL=self._redis_of(part.name))
            elif part.name == "poller":
                yield self._poller(part, "poller")
                yield self._poller(part, "poller-2", pick_free(2))
            elif part.name == "gateway":
                ways = [f"{HOST}:{self.ways.port(('gateway', one))}" for one in REPLICAS]
                yield self._with(part, RACETIME_GATEWAY_API=",".join(ways))
            elif part.name == "redis":
                kept = part.command.replace("--save '' --appendonly no", _PERSISTENT)
                yield replace(part, command=kept)
            elif part.name == "simulator":
                yield self._source(part)
            else:
                yield part

    def _redis_of(self, who: str) -> str:
        return f"redis://{HOST}:{self.ways.port((who, 'redis'))}/0"

    def _poller(self, part: Part, name: str, ports: Sequence[int] = ()) -> Part:
        source = f"http://{HOST}:{self.ways.port((name, 'simulator'))}"
        listens = {}
        if ports:
            ops, metrics = (f"{HOST}:{port}" for port in ports)
            listens = {
                "RACETIME_POLLER_OPS_LISTEN": ops,
                "RACETIME_POLLER_METRICS_LISTEN": metrics,
            }
        return self._with(
            replace(part, name=name),
            RACETIME_REDIS_URL=self._redis_of(name),
            RACETIME_OPENF1_URL=source,
            RACETIME_OPENF1_CLOCK_URL=f"{source}/clock",
            RACETIME_POLLER_HOLDER=name,
            **listens,
        )

    @staticmethod
    def _source(part: Part) -> Part:
        """Have the race go on meanwhile when the source is away, as a real one does."""
        began = int(time.time()) - _RACE_SECONDS
        start = f'RACETIME_SIMULATOR_START="$(($(date +%s) - {began}))"'
        return replace(part, command=f"export {start}; {part.command}")

    @staticmethod
    def _with(part: Part, **environ: str) -> Part:
        return replace(part, environ={**part.environ, **environ})

    @property
    def redis_url(self) -> str:
        """Address of Redis, past all proxies."""
        return self.chain.redis_url

    def leader(self) -> str | None:
        """Name the poller that holds the lease."""
        with Redis.from_url(self.redis_url, socket_timeout=1) as redis:
            holder, expires = redis.hmget(keys.LEASE, ["holder", "expires"])
            seconds, micros = redis.time()
        held = holder and int(expires or 0) > seconds * 1000 + micros // 1000
        return holder.decode() if held else None

    def pid(self, name: str) -> int:
        """Answer the process id of a part's newest process; 0 when there is none."""
        try:
            pid = int((self._pids / name).read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return 0
        return pid

    def is_sound(self) -> bool:
        """Tell whether all parts are there and do their part."""
        if not all(self.pid(name) for name in self.parts):
            return False
        stats = ask(self.ports.gateway_admin, "/stats?format=json&filter=cluster.api.membership_h")
        try:
            healthy = int(json.loads(stats.body)["stats"][0]["value"])
            leader = self.leader()
        except (ValueError, LookupError, RedisError):
            return False
        ops = (self.parts[name].environ["RACETIME_POLLER_OPS_LISTEN"] for name in POLLERS)
        both = all(is_listening(int(address.rpartition(":")[2])) for address in ops)
        return healthy == len(REPLICAS) and leader is not None and both and self.has_page()

    def watchers(self, replica: str) -> int:
        """Answer how many watch at a replica."""
        port = self.ports.api_metrics[REPLICAS.index(replica)]
        lines = ask(port, "/metrics").body.decode().splitlines()
        told = (line.split() for line in lines if line.startswith("racetime_api_watchers{"))
        return sum(int(float(value)) for _, value in told)

    def has_page(self) -> bool:
        """Tell whether the page can be had."""
        return self.chain.get("/").status == 200

    def until(self, what: str, get: Callable[[], T | None], seconds: float) -> T:
        """Wait until `get` answers something true, and answer that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := get():
                return found
            time.sleep(_LOOK_SECONDS)
        raise ChainError(f"not within {seconds:g} s: {what}\n{self.tail()}")

    def tail(self, lines: int = 60) -> str:
        """Answer the last that the parts have written."""
        text = (self.folder / "system.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    # What is done to it

    def send(self, names: Sequence[str], signum: int) -> None:
        """Send a signal to parts, all at once."""
        for pid in [self.pid(name) for name in names]:
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signum)
                (self._stopped.add if signum == signal.SIGSTOP else self._stopped.discard)(pid)

    def starve(self, names: Sequence[str], seconds: float) -> None:
        """Give parts a fifth of a core for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.send(names, signal.SIGSTOP)
            time.sleep(_STARVED_SECONDS)
            self.send(names, signal.SIGCONT)
            time.sleep(_FED_SECONDS)

    def let_go(self) -> None:
        """End what lasts: paused parts go on, ways are open."""
        self.ways.heal()
        for pid in list(self._stopped):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            self._stopped.discard(pid)


def roles(stage: Stage) -> Mapping[str, str]:
    """Name who leads, who stands by, and where most viewers are."""
    leader = stage.leader() or POLLERS[0]
    busiest = max(REPLICAS, key=stage.watchers)
    return {"poller": leader, "standby": POLLERS[1 - POLLERS.index(leader)], "api": busiest}
