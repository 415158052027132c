"""Programs that no wheel holds, from Debian's packages: unpacked into `.cache/debian/`.

    python tests/debian.py promtool    # prints its path; or exit code 1, and why it cannot be had

Nothing is installed, and nobody need be root, but to fetch apt's lists where there are none.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "debian"
PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
}
# Alertmanager looks for its templates here; unpacked, it finds them in the folder it runs in.
TEMPLATES = b"/usr/share/prometheus/alertmanager"
HERE = b"/proc/self/cwd" + b"/." * 10


class NoProgram(Exception):
    """A program cannot be had here; the message says why."""


def folder_of(package: str) -> Path:
    """Answer the folder of an unpacked package, which is fetched when it was not yet."""
    folder = CACHE / package
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            fresh = Path(name) / "unpacked"
            _unpack(_download(package, Path(name)), fresh)
            try:
                fresh.rename(folder)
            except OSError:  # another run was faster
                shutil.rmtree(fresh)
    return folder


def program(name: str) -> Path:
    """Answer the path of a program. Raises NoProgram."""
    return folder_of(PACKAGES[name]) / "usr" / "bin" / name


def templates() -> Path:
    """Answer the folder that Alertmanager must run in. Raises NoProgram."""
    return folder_of("prometheus-alertmanager") / TEMPLATES.decode().lstrip("/")


def _download(package: str, folder: Path) -> Path:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoProgram(f"{package} comes from Debian's packages, and here is no apt-get")
    done = _run(["apt-get", "download", package], folder)
    if done.returncode and os.geteuid() == 0:
        _run(["apt-get", "update"], folder)
        done = _run(["apt-get", "download", package], folder)
    found = list(folder.glob("*.deb"))
    if done.returncode or not found:
        raise NoProgram(f"apt-get download {package}: {done.stderr.strip()}")
    return found[0]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def _unpack(archive: Path, folder: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    manager = folder / "usr" / "bin" / "prometheus-alertmanager"
    if manager.is_file():
        manager.write_bytes(manager.read_bytes().replace(TEMPLATES, HERE))


if __name__ == "__main__":
    try:
        print(program(sys.argv[1]))
    except NoProgram as error:
        sys.exit(str(error))
