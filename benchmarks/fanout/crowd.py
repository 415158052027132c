"""The crowd: h2load, each viewer a gRPC-Web stream on a connection of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from racetime_embedded.children import tied

PACKAGES = ("nghttp2-client", "libnghttp2-14", "libev4", "libjansson4", "libjemalloc2")
FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "h2load"
_DOWNLOAD_SECONDS = 120


class NoH2load(Exception):
    """h2load cannot be had."""


def find_h2load(named: str) -> tuple[Path, dict[str, str]]:
    """Find h2load, or take it out of Debian's package; answers it and the environment it wants."""
    found = named or shutil.which("h2load")
    if found:
        if not Path(found).is_file():
            raise NoH2load(f"RACETIME_FANOUT_H2LOAD: {found} is no file")
        return Path(found), {}
    program = FOLDER / "usr" / "bin" / "h2load"
    if not program.is_file():
        _unpack()
    libraries = sorted({str(path.parent) for path in FOLDER.rglob("*.so.*")})
    environ = {"LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    _try(program, environ)
    return program, environ


def _unpack() -> None:
    """Download Debian's packages and unpack them: it wants no root, and installs nothing."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoH2load(
            "h2load is not on the PATH, and this is no Debian where it could be fetched: install "
            "nghttp2's tools (nghttp2-client), or name the program in RACETIME_FANOUT_H2LOAD"
        )
    with tempfile.TemporaryDirectory(prefix="racetime-h2load-") as folder:
        try:
            subprocess.run(
                ["apt-get", "download", *PACKAGES],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
                timeout=_DOWNLOAD_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            why = str(error.stderr or error).strip().splitlines()[-1:]
            wanted = " ".join(PACKAGES)
            raise NoH2load(f"apt-get cannot download {wanted}: {' '.join(why)}") from error
        FOLDER.mkdir(parents=True, exist_ok=True)
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, FOLDER], check=True)


def _try(program: Path, environ: dict[str, str]) -> None:
    tried = subprocess.run(
        [program, "--version"], env={**os.environ, **environ}, capture_output=True, text=True
    )
    if tried.returncode != 0:
        raise NoH2load(f"h2load does not run: {tried.stderr.strip()}")


@contextmanager
def crowd(
    h2load: tuple[Path, dict[str, str]], arguments: list[str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run h2load until left."""
    program, environ = h2load
    with log.open("ab") as output:
        process = subprocess.Popen(
            tied([str(program), *arguments]),
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def watchers(url: str, count: int, per_second: int, body: Path) -> list[str]:
    """Say how so many viewers watch by gRPC-Web."""
    return [
        *_connections(count, per_second),
        *("-d", str(body)),
        *("-H", "content-type: application/grpc-web+proto", "-H", "x-grpc-web: 1"),
        url,
    ]


def listeners(url: str, count: int, per_second: int) -> list[str]:
    """Say how so many viewers listen to server-sent events."""
    return [*_connections(count, per_second), "-H", "accept: text/event-stream", url]


def pollers(url: str, count: int, per_second: int, seconds: int) -> list[str]:
    """Say how so many viewers ask once a second, for a while."""
    return [*_connections(count, per_second, seconds), "--rps", "1", url]


def _connections(count: int, per_second: int, requests: int = 1) -> list[str]:
    rate = min(count, per_second)
    shape = ["--h1", "-t", "1", "-m", "1"]
    return [*shape, "-c", str(count), "-n", str(count * requests), "-r", str(rate)]
