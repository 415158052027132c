"""Races of which tests need little: cut from a recorded one, or with a few samples."""

import gzip
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

SAMPLED = ("location", "car_data")


def shorten(recording: Path, folder: Path, *, until: str, laps: int, samples: bool = True) -> Path:
    """Write what a recording has of the first laps, up to an instant, and its result."""
    for file in recording.glob("*.json.gz"):
        if file.name.split(".")[0] in SAMPLED and not samples:
            continue
        rows = json.loads(gzip.decompress(file.read_bytes()))
        kept = [
            row for row in rows if row.get("lap_number", 1) <= laps and row.get("date", "") < until
        ]
        (folder / file.name).write_bytes(gzip.compress(json.dumps(kept).encode(), 1))
    return folder


def sample(recording: Path, folder: Path, *, begin: datetime, seconds: int) -> Path:
    """Copy a recording and give one car a position and telemetry each second."""
    shutil.copytree(recording, folder, dirs_exist_ok=True)
    lap = json.loads(gzip.decompress((recording / "laps.json.gz").read_bytes()))[0]
    of = {name: lap[name] for name in ("session_key", "meeting_key", "driver_number")}
    dates = [(begin + timedelta(seconds=second)).isoformat() for second in range(seconds)]
    measured = {"speed": 280, "rpm": 11_000, "n_gear": 7, "throttle": 90, "brake": 0, "drs": 0}
    tables = {
        "location": [{"date": date, **of, "x": x, "y": x, "z": 1} for x, date in enumerate(dates)],
        "car_data": [{"date": date, **of, **measured} for date in dates],
    }
    for name, rows in tables.items():
        (folder / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode(), 1))
    return folder
