"""Fixtures of the tests of containers: the engine, the images, the system that runs."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

FOLDER = Path(__file__).resolve().parent
# So that tests find the modules beside them; pytest's importlib mode adds no folder.
sys.path.insert(0, str(FOLDER))

from docker import Docker, has_docker  # noqa: E402  after the line above
from images import build_all, build_ours  # noqa: E402
from podman import Podman, install  # noqa: E402
from system import ROOT, System  # noqa: E402


@pytest.fixture(scope="session")
def engine() -> Iterator[Docker | Podman]:
    """Docker, or a Podman of our own; skips, with the reason, where neither can be had."""
    if os.geteuid() != 0:
        pytest.skip("containers: needs root, to look into them and to kill what runs there")
    if has_docker():
        yield Docker()
        return
    if not Path("/etc/debian_version").is_file():
        pytest.skip("containers: no Docker daemon, and no Debian to install Podman on")
    install()
    # A path of a socket has 107 letters at most.
    with tempfile.TemporaryDirectory(prefix="racetime-", dir="/run") as run:
        podman = Podman(ROOT / ".cache" / "containers", Path(run))
        # What a run before this one may have left.
        podman("rm", "--all", "--force", "--volumes", check=False)
        podman("network", "prune", "--force", check=False)
        with podman.serving():
            yield podman


@pytest.fixture(scope="session")
def images(engine: Docker | Podman) -> None:
    """Build every image, by the repository's own Dockerfiles."""
    if isinstance(engine, Podman):
        build_all(engine)
    else:
        build_ours(engine)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of a certificate for Traefik, and of who vouches for it (ca.pem)."""
    folder = tmp_path_factory.mktemp("tls")
    maker = trustme.CA()
    leaf = maker.issue_cert("localhost", "127.0.0.1")
    maker.cert_pem.write_to_path(str(folder / "ca.pem"))
    leaf.private_key_pem.write_to_path(str(folder / "tls.key"))
    (folder / "tls.crt").write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    # The container's user is none of this machine's.
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


@pytest.fixture(scope="session")
def system(engine: Docker | Podman, images: None, authority: Path) -> Iterator[System]:
    """Bring the whole system up; all of it goes with the tests."""
    system = System(engine, authority)
    with engine.checking(system.project):
        try:
            system.up()
            system.until("a race on screen", system.on_screen, 60)
            yield system
        except BaseException:
            print(system.tails(), file=sys.stderr)
            raise
        finally:
            system.down()
