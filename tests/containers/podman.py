"""Podman with a storage, networks and a socket of its own, which touch no other container here."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PACKAGES = (
    *("podman", "buildah", "runc", "catatonit", "netavark", "aardvark-dns"),
    *("debootstrap", "iptables", "ca-certificates"),
)
# Between two rounds of health checks.
CHECK_SECONDS = 6.0
PROGRAMS = ("podman", "buildah", "runc", "debootstrap", "iptables")
CONF = """\
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{run}/libpod"
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""
STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{run}/storage"
"""


class EngineError(Exception):
    """A command of the engine failed; the message ends with what it said."""


def install() -> None:
    """Install what is lacking, by apt. Raises EngineError."""
    if all(map(shutil.which, PROGRAMS)):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "update", "-qq"], quiet, seconds=120)
    words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    call(words, quiet, seconds=240)


def call(
    words: list[str],
    environ: Mapping[str, str] | None = None,
    *,
    seconds: float,
    check: bool = True,
) -> str:
    """Run a command and answer what it printed. Raises EngineError."""
    try:
        done = subprocess.run(
            words,
            env=environ,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{' '.join(words)}: {error}") from error
    if check and done.returncode:
        raise EngineError(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


class Podman:
    """The engine: its commands run with its own configuration."""

    name = "podman"

    def __init__(self, folder: Path, run: Path) -> None:
        """Keep images below `folder`; `run` holds sockets, so its path must be short."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.socket = run / "podman.sock"
        conf, storage = folder / "containers.conf", folder / "storage.conf"
        conf.write_text(CONF.format(folder=folder, run=run))
        storage.write_text(STORAGE.format(folder=folder, run=run))
        self.environ = {
            **os.environ,
            "CONTAINERS_CONF": str(conf),
            "CONTAINERS_STORAGE_CONF": str(storage),
            "BUILDAH_ISOLATION": "chroot",
            "DOCKER_HOST": f"unix://{self.socket}",
        }

    def __call__(self, *words: str, seconds: float = 60, check: bool = True) -> str:
        """Run one of its commands and answer what it printed. Raises EngineError."""
        return call(["podman", *words], self.environ, seconds=seconds, check=check)

    def has_image(self, name: str) -> bool:
        """Answer whether there is an image of this name."""
        return name in self("images", "--format", "{{.Repository}}:{{.Tag}}").split()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve Docker's API at the socket until left."""
        words = ["podman", "system", "service", "--time", "0", self.environ["DOCKER_HOST"]]
        with (self.folder / "service.log").open("wb") as log:
            service = subprocess.Popen(
                words, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            deadline = time.monotonic() + 20
            while not self.socket.exists():
                if service.poll() is not None or time.monotonic() > deadline:
                    raise EngineError(f"podman does not serve: see {log.name}")
                time.sleep(0.05)
            yield
        finally:
            service.terminate()
            service.wait(20)

    @contextmanager
    def checking(self, project: str) -> Iterator[None]:
        """Run the containers' health checks until left: timers of systemd would, where it runs."""
        ended = threading.Event()
        thread = threading.Thread(target=self._check, args=(project, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(30)

    def _check(self, project: str, ended: threading.Event) -> None:
        label = f"label=com.docker.compose.project={project}"
        while not ended.wait(CHECK_SECONDS):
            names = self("ps", "--filter", label, "--format", "{{.Names}}", check=False).split()
            for name in names:
                self("healthcheck", "run", name, check=False)
