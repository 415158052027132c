"""Build the packages that third parties install, and lay them where their examples find them."""

import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROTO = ROOT / "proto"
NODE_MODULES = ROOT / "frontend" / "node_modules"
# Where the Go example and the jars are built.
BUILT = ROOT / ".cache" / "clients"
EX_UNAVAILABLE = 69


class LeftOut(Exception):
    """There is no toolchain for a language here."""


def build_client(language: str, out: Path) -> None:
    """Build a language's package. Raises LeftOut."""
    done = subprocess.run(
        [sys.executable, PROTO / "clients.py", "--out", out, language],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == EX_UNAVAILABLE:
        raise LeftOut(done.stdout)
    assert done.returncode == 0, done.stderr


def build_one(language: str, out: Path) -> Path:
    """Build a language's package; return the file."""
    build_client(language, out)
    (built,) = out.iterdir()
    return built


def lay_node_project(folder: Path) -> Path:
    """Lay the npm package as npm would, beside what it depends on; return the folder."""
    tarball = build_one("typescript", folder / "packed")
    modules = folder / "project" / "node_modules"
    scope = modules / "@racetime"
    scope.mkdir(parents=True)
    with tarfile.open(tarball) as packed:
        packed.extractall(scope, filter="data")
    (scope / "package").rename(scope / "client")
    for needed in ("@bufbuild", "@connectrpc"):
        (modules / needed).symlink_to(NODE_MODULES / needed)
    return modules.parent
