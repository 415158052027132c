"""Docker, where its daemon runs: then the true images are pulled, and nothing stands in."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from podman import call


class Docker:
    """The engine of this machine."""

    name = "docker"

    def __init__(self) -> None:
        self.environ = dict(os.environ)

    def __call__(self, *words: str, seconds: float = 60, check: bool = True) -> str:
        """Run one of its commands and answer what it printed. Raises EngineError."""
        return call(["docker", *words], self.environ, seconds=seconds, check=check)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Do nothing: the daemon serves, and runs health checks by itself."""
        yield

    @contextmanager
    def checking(self, project: str) -> Iterator[None]:
        """Do nothing, likewise."""
        yield


def has_docker() -> bool:
    """Answer whether a daemon answers."""
    if shutil.which("docker") is None:
        return False
    words = ["docker", "version", "--format", "{{.Server.Version}}"]
    return call(words, seconds=20, check=False).strip()[:1].isdecimal()
