"""A recording is served while it is made."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from racetime_poller.recording_folder import RecordingFolder
from racetime_simulator import growing
from racetime_simulator.growing import GrowingRecording, await_recording
from racetime_simulator.manifest import FIRST_TABLES
from racetime_simulator.openf1 import OpenF1
from racetime_simulator.push import PushFeed
from racetime_simulator.recording import load_recording

from . import conftest

START = datetime(2026, 5, 2, 13, tzinfo=UTC)
WINDOW = timedelta(minutes=4)
PLACE = {"session_key": 6, "meeting_key": 3, "driver_number": 4}
ROWS = {
    "sessions": {**PLACE, "date_start": START.isoformat(), "date_end": START.isoformat()},
    "drivers": PLACE,
    "laps": {**PLACE, "lap_number": 1, "date_start": START.isoformat(), "lap_duration": 90.0},
    "position": {**PLACE, "position": 1, "date": START.isoformat()},
}


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class Recorder:
    """Writes a recording as the poller's does."""

    def __init__(self, path: Path) -> None:
        self.folder = RecordingFolder.open(path, 6, 3, "Race")

    def table(self, name: str, row: dict[str, object]) -> None:
        self.folder.write_table(name, [json.dumps(row).encode()], complete=True)

    def window(self, begin: datetime, endpoint: str = "location") -> None:
        dates = [begin + timedelta(seconds=second) for second in (1, 2)]
        rows = [{**PLACE, "x": 1, "date": date.isoformat()} for date in dates]
        lines = [json.dumps(row).encode() for row in rows]
        self.folder.append(endpoint, lines, millis(begin), millis(begin + WINDOW))


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """A recorder that has what a race is shown by."""
    recorder = Recorder(tmp_path)
    for name in FIRST_TABLES:
        recorder.table(name, ROWS[name])
    return recorder


def located(recording: GrowingRecording) -> list[str]:
    asker = conftest.Asker(OpenF1(recording))
    rows = asker.rows("location", "driver_number=4", START + timedelta(hours=1))
    return [row["date"] for row in rows]


def test_windows_are_taken_in_as_they_come_and_told_in_order(
    recorder: Recorder, tmp_path: Path
) -> None:
    recording = load_recording(tmp_path)
    assert isinstance(recording, GrowingRecording)
    assert located(recording) == []
    recorder.window(START)
    assert located(recording) == [], "until it looks"
    assert not recording.look()
    assert len(located(recording)) == 2
    recorder.window(START - WINDOW)
    recording.look()
    assert len(located(recording)) == 4
    assert located(recording) == sorted(located(recording))
    pushed = PushFeed(recording).between(millis(START) * 1000, millis(START + WINDOW) * 1000)
    assert sum(topic == "v1/location" for topic, _ in pushed) == 2
    recorder.folder.finish()
    assert recording.look(), "that was all"


def test_no_window_is_read_twice(recorder: Recorder, tmp_path: Path) -> None:
    recorder.window(START)
    recording = load_recording(tmp_path)
    with patch.object(growing.gzip, "decompress", wraps=growing.gzip.decompress) as reads:
        recording.look()
        assert reads.call_count == 0
        recorder.window(START + WINDOW)
        recorder.window(START, "car_data")
        recording.look()
        recording.look()
        assert reads.call_count == 2


def test_a_window_that_cannot_be_read_keeps_none_of_the_others(
    recorder: Recorder, tmp_path: Path
) -> None:
    recording = load_recording(tmp_path)
    recorder.window(START)
    file = tmp_path / "location.jsonl.gz"
    file.write_bytes(b"\0" * file.stat().st_size)
    recording.look()
    recorder.window(START + WINDOW)
    recording.look()
    assert len(located(recording)) == 2


def test_a_table_that_comes_later_is_served(recorder: Recorder, tmp_path: Path) -> None:
    recording = load_recording(tmp_path)
    asker = conftest.Asker(OpenF1(recording))
    at = START + timedelta(hours=1)
    assert asker.rows("weather", "session_key=6", at) == []
    recorder.table("weather", {**PLACE, "date": START.isoformat(), "air_temperature": 20.0})
    recorder.folder.write_table("overtakes", [], complete=True)
    recording.look()
    assert len(asker.rows("weather", "session_key=6", at)) == 1
    assert asker.rows("overtakes", "session_key=6", at) == []


def test_it_is_waited_for_what_a_race_is_shown_by(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "6")
    missing = list(FIRST_TABLES)

    def pause(seconds: float) -> None:
        name = missing.pop(0)
        recorder.table(name, ROWS[name])

    with patch.object(growing.time, "sleep", pause):
        await_recording(tmp_path / "6", 60.0)
    assert missing == []
    assert load_recording(tmp_path / "6").session.session_key == 6


def test_what_never_comes_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    await_recording(tmp_path / "none", 0.0)
