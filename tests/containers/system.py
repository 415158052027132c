"""The whole system as `compose.yaml` brings it up, on ports of its own."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from docker import Docker
from podman import EngineError, Podman, call

from racetime_embedded.ports import HOST, Ports
from racetime_embedded.ready import Answer, ask, decode, race_on_screen

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / ".venv" / "bin" / "docker-compose"
PAUSE_SECONDS = 0.1
UP_SECONDS = 150
# Those of the profile `monitoring` cannot be pulled everywhere.
PROFILES = "simulator,traefik"


@dataclass(frozen=True)
class Process:
    """What the kernel says of a container's first process."""

    pid: int
    status: Mapping[str, str]

    @property
    def root_is_read_only(self) -> bool:
        """Whether its root is mounted read-only."""
        mounts = Path(f"/proc/{self.pid}/mountinfo").read_text().splitlines()
        (options,) = (line.split()[5] for line in mounts if line.split()[4] == "/")
        return "ro" in options.split(",")

    @property
    def memory_limit(self) -> int:
        """How many bytes its control group may have (version 1 or 2)."""
        for line in Path(f"/proc/{self.pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "memory":
                return int(Path(f"/sys/fs/cgroup/memory{path}/memory.limit_in_bytes").read_text())
            if not controllers and (file := Path(f"/sys/fs/cgroup{path}/memory.max")).is_file():
                return int(file.read_text())
        raise AssertionError(f"process {self.pid} is in no control group of memory")


class System:
    """Containers of the project, by the names of their services."""

    def __init__(self, engine: Docker | Podman, tls: Path) -> None:
        """Choose free ports; `tls` holds tls.crt and tls.key, for Traefik."""
        self.engine = engine
        self.project = f"racetime-test-{os.getpid()}"
        self.ports = Ports.free()
        (traefik,) = Ports.free(1).api
        self.secure = Ports(gateway=traefik, gateway_scheme="https")
        ports = {f"RACETIME_API_{n}_PORT": str(port) for n, port in enumerate(self.ports.api, 1)}
        self.environ = {
            **engine.environ,
            **ports,
            "COMPOSE_PROFILES": PROFILES,
            "RACETIME_GATEWAY_PORT": str(self.ports.gateway),
            "RACETIME_POLLER_OPS_PORT": str(self.ports.poller_ops),
            "RACETIME_TRAEFIK_PORT": str(traefik),
            "RACETIME_TRAEFIK_BIND": HOST,
            "RACETIME_TRAEFIK_TLS": str(tls),
            "RACETIME_GATEWAY_TRUSTED_HOPS": "1",
            "RACETIME_SIMULATOR_SPEED": "5",
        }

    def compose(self, *words: str, seconds: float = 60) -> str:
        """Run a command of compose. Raises EngineError."""
        file = ["--project-directory", str(ROOT), "--env-file", str(ROOT / ".env.simulator")]
        every = [str(COMPOSE), "--project-name", self.project, *file, *words]
        return call(every, self.environ, seconds=seconds)

    def up(self) -> None:
        """Bring everything up, as a person would but for the building. Raises EngineError."""
        pull = "never" if self.engine.name == "podman" else "missing"
        self.compose("up", "--detach", "--no-build", "--pull", pull, seconds=UP_SECONDS)

    def down(self) -> None:
        """Remove all that was brought up, volumes too."""
        self.compose("down", "--volumes", "--timeout", "5", seconds=90)

    @property
    def services(self) -> list[str]:
        """Names of the services that should run."""
        return sorted(self.compose("config", "--services").split())

    def inspect(self, service: str) -> dict[str, Any]:
        """Answer what the engine knows of a service's container."""
        (found,) = json.loads(self.engine("inspect", self.container(service)))
        return dict(found)

    def container(self, service: str) -> str:
        """Name a service's container."""
        return f"{self.project}-{service}-1"

    def process(self, service: str) -> Process:
        """Answer a container's first process."""
        pid = int(self.inspect(service)["State"]["Pid"])
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return Process(pid, dict(line.split(":\t", 1) for line in lines if ":\t" in line))

    def execute(self, service: str, *words: str, user: str = "10001:10001") -> str:
        """Run a command in a container. Raises EngineError."""
        return self.engine("exec", "--user", user, self.container(service), *words)

    def logs(self, service: str) -> list[str]:
        """Answer the lines that a service has written."""
        return self.engine("logs", self.container(service)).splitlines()

    def kill(self, service: str) -> None:
        """Kill a service's process, as the kernel does to one that has no memory left."""
        os.kill(self.process(service).pid, signal.SIGKILL)

    def is_running(self, service: str) -> bool:
        """Answer whether a container runs, and is healthy where it says so."""
        try:
            state = self.inspect(service)["State"]
        except EngineError:
            return False
        health = state.get("Health") or state.get("Healthcheck") or {}
        return bool(state["Running"]) and health.get("Status") in (None, "", "healthy")

    def get(self, path: str) -> Answer:
        """Ask the gateway for a path."""
        return ask(self.ports.gateway, path)

    def snapshot(self) -> dict[str, Any]:
        """Answer the live snapshot as JSON; empty when there is none."""
        return decode(self.get("/api/live/snapshot"))

    def on_screen(self) -> dict[str, Any] | None:
        """Answer the state once the page and the race can be seen."""
        return race_on_screen(self.ports)

    def until(self, what: str, get: Callable[[], T | None], seconds: float = 30.0) -> T:
        """Wait until `get` answers something true, and answer that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := get():
                return found
            time.sleep(PAUSE_SECONDS)
        raise AssertionError(f"not within {seconds:g} s: {what}\n{self.tails()}")

    def tails(self) -> str:
        """Answer the last lines of every service."""
        names = self.engine("ps", "--all", "--format", "{{.Names}}").split()
        mine = [name for name in names if name.startswith(self.project)]
        ends = [(n, self.engine("logs", "--tail", "8", n, check=False)) for n in mine]
        return "\n".join(f"--- {name}\n{end}" for name, end in ends)
