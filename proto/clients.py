"""Build what third parties install: python proto/clients.py [--out dist/clients] [language...].

A wheel, an npm package and a jar; the Go module is published as it lies, so it is compiled and
vetted. It leaves out, and says so, what there is no toolchain for (when that is all: exit code 69,
EX_UNAVAILABLE).
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from toolchains import CACHE, Failed, Missing, Unfetched, go, maven

ROOT = Path(__file__).resolve().parents[1]
PROTO = ROOT / "proto"
STAGE = CACHE / "clients"
EX_UNAVAILABLE = 69


def build_python(out: Path) -> str:
    """Build the wheel; what builds it is in the environment already."""
    how = ["--quiet", "--wheel", "--no-build-isolation", "--no-create-gitignore"]
    _run(sys.executable, "-m", "uv", "build", *how, PROTO, "--out-dir", out)
    return "a wheel"


def build_typescript(out: Path) -> str:
    """Compile with the frontend's tsc and pack."""
    source, stage = PROTO / "typescript", STAGE / "typescript"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    for path in (source / "package.json", source / "README.md", ROOT / "LICENSE"):
        shutil.copy(path, stage)
    tsc = source / "node_modules" / "typescript" / "bin" / "tsc"
    _run("node", tsc, "-p", source / "tsconfig.build.json", "--outDir", stage / "dist")
    _run("npm", "pack", "--silent", "--pack-destination", out, folder=stage)
    return "an npm package"


def build_go(out: Path) -> str:
    """Compile and vet the module, and its example into the cache."""
    go(PROTO / "go", "vet", "./...")
    go(PROTO / "go", "build", "-o", STAGE / "go" / "watch", "./example")
    return "nothing to pack, the module compiles"


def build_java(out: Path) -> str:
    """Generate, compile and pack the stubs; what a program needs beside them lands in the cache."""
    maven(PROTO / "java", "package", f"-Dbuild.folder={STAGE / 'java'}")
    for jar in (STAGE / "java").glob("*.jar"):
        shutil.copy(jar, out)
    return "a jar"


BUILDS: dict[str, Callable[[Path], str]] = {
    "python": build_python,
    "typescript": build_typescript,
    "go": build_go,
    "java": build_java,
}


def _run(*command: str | Path, folder: Path = ROOT) -> None:
    done = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}")


def main() -> int:
    """Build what is asked for, and return the exit code."""
    # Node and npm come from wheels.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "clients")
    parser.add_argument("languages", nargs="*", metavar="language", help=", ".join(BUILDS))
    options = parser.parse_args()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    built = 0
    for language in options.languages or BUILDS:
        try:
            print(f"{language}: {BUILDS[language](out)}", flush=True)
            built += 1
        except (Missing, Unfetched) as error:
            print(f"{language}: left out: {error}", flush=True)
        except Failed as error:
            print(f"{language}: {error}", file=sys.stderr)
            return 1
    return 0 if built else EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
