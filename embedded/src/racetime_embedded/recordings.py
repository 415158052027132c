"""The folders of recordings: what is in them, as their manifest says."""

import json
from pathlib import Path

SUFFIXES = (".json.gz", ".jsonl.gz")


def is_recording(folder: Path) -> bool:
    """Say whether a folder holds a recording, or the beginning of one."""
    return any((folder / f"sessions{suffix}").is_file() for suffix in SUFFIXES)


def is_complete(folder: Path) -> bool:
    """Say whether a recorder has written all that there is."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("complete") is True
