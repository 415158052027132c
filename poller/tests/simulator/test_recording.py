"""Recordings: what is wrong with a folder is said, and when all is over every row is there."""

import gzip
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from racetime_simulator.manifest import RecordingError
from racetime_simulator.openf1 import OpenF1
from racetime_simulator.recording import load_recording

from . import conftest

NAMES = (
    "2024-singapore-race",
    "2025-australia-practice-1",
    "2025-australia-race",
    "2025-china-race",
    "2025-emilia-romagna-qualifying",
    "2025-qatar-sprint",
)


@pytest.mark.parametrize("name", NAMES)
def test_in_the_end_every_recorded_row_is_answered_as_it_is(name: str) -> None:
    folder = conftest.RECORDINGS / name
    if not folder.is_dir():
        pytest.skip(f"no recording {folder}: set RACETIME_RECORDINGS")
    recording = load_recording(folder)
    asker = conftest.Asker(OpenF1(recording))
    end = recording.session.end + timedelta(hours=1)
    for path in folder.glob("*.json.gz"):
        endpoint = path.name.removesuffix(".json.gz")
        expected = msgspec.json.decode(gzip.decompress(path.read_bytes()))
        if endpoint in ("location", "car_data"):
            _expect_telemetry(asker, endpoint, expected, end)
        else:
            answered = asker.rows(endpoint, "", end)
            assert Counter(map(_canonical, answered)) == Counter(map(_canonical, expected))


def _expect_telemetry(
    asker: conftest.Asker, endpoint: str, expected: list[dict[str, Any]], end: datetime
) -> None:
    by_driver: dict[int, list[dict[str, Any]]] = {}
    for row in expected:
        by_driver.setdefault(row["driver_number"], []).append(row)
    for driver, rows in by_driver.items():
        query = f"session_key={rows[0]['session_key']}&driver_number={driver}"
        assert asker.rows(endpoint, query, end) == rows


def _canonical(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


SESSIONS = [
    {"session_key": key, "meeting_key": 3, "date_start": f"2026-05-0{day}T13:00:00+00:00"}
    for key, day in ((6, 2), (7, 3))
]


def _write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    text = "\n".join(json.dumps(row) for row in rows)
    (folder / name).write_bytes(gzip.compress(text.encode()))


def test_lines_of_json_are_a_recording_too(tmp_path: Path) -> None:
    place = {"session_key": 6, "meeting_key": 3, "driver_number": 4, "x": 1, "y": 2, "z": 3}
    dates = [f"2026-05-02T13:00:0{n}+00:00" for n in (1, 2)]
    _write(tmp_path, "sessions.jsonl.gz", SESSIONS)
    _write(tmp_path, "location.jsonl.gz", [{**place, "date": date} for date in dates])
    _write(tmp_path, "position.jsonl.gz", [{**place, "date": dates[0]}])
    recording = load_recording(tmp_path)
    asker = conftest.Asker(OpenF1(recording))
    assert recording.session.session_key == 6, "the session that the rows name"
    at = recording.session.first_lap_start + timedelta(seconds=2)
    assert len(asker.rows("location", "driver_number=4", at)) == 1


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no such recording folder"):
        load_recording(tmp_path / "none")
    with pytest.raises(RecordingError, match="no sessions file"):
        load_recording(tmp_path)
    (tmp_path / "sessions.json.gz").write_bytes(b"no gzip")
    with pytest.raises(RecordingError, match="cannot read"):
        load_recording(tmp_path)


def test_unreadable_telemetry_is_said(tmp_path: Path) -> None:
    _write(tmp_path, "sessions.jsonl.gz", SESSIONS)
    (tmp_path / "location.json.gz").write_bytes(gzip.compress(b'[{"date": 5}]'))
    with pytest.raises(RecordingError, match="location"):
        load_recording(tmp_path)
    at = datetime.fromisoformat("2026-05-03T14:00:00+00:00")
    asker = conftest.Asker(OpenF1(load_recording(tmp_path, in_background=True)))
    assert asker.rows("location", "driver_number=4", at) == []
