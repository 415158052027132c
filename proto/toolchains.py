"""Run toolchains that RaceTime does not bring itself, Go and Maven, with caches in the checkout.

ToolchainError
  Missing     it is not on this machine
  Unfetched   what it needs cannot be fetched now
  Failed      it says that something is wrong
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["CACHE", "Failed", "Missing", "ToolchainError", "Unfetched", "go", "go_plugins", "maven"]

CACHE = Path(os.environ.get("RACETIME_CACHE") or Path(__file__).resolve().parents[1] / ".cache")
# For a first build, which fetches and compiles what it needs.
_SECONDS = 240
_NO_NETWORK = re.compile(
    r"dial tcp|i/o timeout|no such host|connection re(fused|set)|could not transfer|unknown host"
    r"|timed out|network is unreachable",
    re.IGNORECASE,
)
# What an old one says of files that are newer than it.
_TOO_OLD = re.compile(
    r"requires go >=|unknown directive: tool|invalid go version|requires maven version"
    r"|release version \d+ not supported",
    re.IGNORECASE,
)


class ToolchainError(Exception):
    """A toolchain did not do what it was asked for."""


class Missing(ToolchainError):
    """It is not on this machine, or too old."""


class Unfetched(ToolchainError):
    """What it needs cannot be fetched now."""


class Failed(ToolchainError):
    """It says that something is wrong."""


def go(folder: Path, *arguments: str | Path) -> None:
    """Run go in a folder."""
    environ = {
        "GOCACHE": str(CACHE / "go" / "build"),
        "GOMODCACHE": str(CACHE / "go" / "modules"),
        "GOBIN": str(CACHE / "go" / "bin"),
        # A cache that everybody can delete; no stamp of a repository that may not be there.
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "CGO_ENABLED": "0",
    }
    _run("go", *arguments, folder=folder, environ=environ)


def go_plugins(tools: Path) -> Path:
    """Build the tools of a Go module; return the folder that they are in."""
    go(tools, "install", "tool")
    return CACHE / "go" / "bin"


def maven(folder: Path, *arguments: str) -> None:
    """Run mvn in a folder."""
    if shutil.which("javac") is None:
        raise Missing("there is no javac")
    quiet = ["--quiet", "--batch-mode", f"-Dmaven.repo.local={CACHE / 'maven'}"]
    _run("mvn", *quiet, *arguments, folder=folder, environ={})


def _run(name: str, *arguments: str | Path, folder: Path, environ: dict[str, str]) -> None:
    program = shutil.which(name)
    if program is None:
        raise Missing(f"there is no {name}")
    try:
        done = subprocess.run(
            [program, *map(str, arguments)],
            cwd=folder,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unfetched(f"{name} took longer than {_SECONDS} s") from error
    if done.returncode != 0:
        if _TOO_OLD.search(done.stdout):
            raise Missing(f"{name} is too old: {done.stdout}")
        kind = Unfetched if _NO_NETWORK.search(done.stdout) else Failed
        raise kind(f"{name} {' '.join(map(str, arguments))}\n{done.stdout}")
