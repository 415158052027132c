"""The pieces of the benchmarks count and tell the truth; nothing here is timed."""

import json

import pytest

from benchmarks import report as reports
from benchmarks.latency import Reader
from benchmarks.races import MADE_UP, Race, open_race, recordings
from benchmarks.reducer import report as reducer_report
from benchmarks.reducer import time_import, time_rows
from benchmarks.startup import free_ports, has_moved, places
from benchmarks.viewer_bytes import PAGE, Viewer, count, field_sizes
from benchmarks.viewer_bytes import report as bytes_report
from racetime.v1.race_service_pb2 import WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import LANE_TIMING
from racetime_api.record import Record, Selection

SECONDS = 20.0


@pytest.fixture(scope="module")
def race() -> Race:
    """A made-up race, cut to its first seconds."""
    made_up = open_race(MADE_UP)
    made_up.ended_at = made_up.started_at + int(SECONDS * 1000)
    return made_up


@pytest.fixture
def fresh(race: Race) -> Race:
    """The race with all its rows still to come."""
    for feed in race.feeds.values():
        feed.given = 0
    return race


def test_a_race_gives_each_row_once(fresh):
    now = fresh.started_at
    first = dict(fresh.rows(now, frozenset({"location"})))
    assert first["location"].rows
    assert dict(fresh.rows(now, frozenset({"location"}))) == {}


def test_viewers_of_a_race_are_counted_by_lane(fresh):
    counted = count(fresh, "local", SECONDS)
    lanes = counted["lanes"]
    assert counted["seconds"] == SECONDS
    assert 0 < lanes["timing"]["bytes_per_second"] < lanes[PAGE]["bytes_per_second"]
    assert lanes[PAGE]["peak_second"] >= lanes[PAGE]["bytes_per_second"]
    every = counted["fields"]
    assert {"motion", "gaps", "telemetry"} <= set(every)
    assert bytes_report([counted]).lines()


def test_the_reducer_takes_all_rows_in(fresh):
    endpoints = frozenset(fresh.feeds)
    rows = time_rows(fresh, endpoints)
    assert rows["location"]["rows"] > 0
    for feed in fresh.feeds.values():
        feed.given = 0
    found = {"rows": rows, "race_seconds": fresh.seconds}
    assert reducer_report("made-up", {"all": found, "tables": found}).figures


def test_field_sizes_sum_up_to_the_lane():
    state = RaceState()
    state.positions[4].position = 1
    state.gaps[4].gap_to_leader_millis = 1_000_000
    state.weather.raining = False
    lane = state.SerializeToString()
    sizes = dict(field_sizes(lane))
    assert set(sizes) == {"positions", "gaps", "weather"}
    assert sum(sizes.values()) == len(lane)


def test_a_slow_viewer_gets_updates_joined():
    viewer = Viewer(Selection.of([LANE_TIMING]), 1_000)
    for sequence, now in enumerate((10_000, 10_500, 11_000), start=1):
        viewer.see(now, Record(sequence, now, now, timing=b"\x0a\x00"))
    assert viewer.message_count == 2
    assert set(viewer.by_second) == {10, 11}


def test_a_reader_tells_how_old_an_update_is():
    reader = Reader("grpc")
    snapshot, update = WatchRaceResponse(), WatchRaceResponse(published_offset_millis=500)
    snapshot.snapshot.session.published_origin_time.FromMilliseconds(1_000_000)
    update.update.SetInParent()
    for message in (snapshot, update):
        reader.receive(message.SerializeToString(), 1_000.520, 0.0)
    assert reader.latencies == pytest.approx([20.0])


def test_a_car_has_moved_when_it_is_elsewhere():
    batch = {
        "stepDifferenceMillis": [50],
        "driverNumbers": [4, 81],
        "xCurveDecimeters": [100, 50, 7, 0],
        "yCurveDecimeters": [0, 0, 7, 0],
    }
    now = places({"motion": [batch]})
    assert now == {4: (150, 0), 81: (7, 7)}
    assert has_moved({4: (100, 0)}, now)
    assert not has_moved({81: (7, 7)}, now)


def test_ports_of_a_start_are_all_different():
    ports = free_ports()
    own = [int(value.rpartition(":")[2]) for value in ports.values()]
    assert len(set(own)) == len(own)


def test_results_are_written_and_shown(tmp_path):
    report = reports.Report("bytes")
    report.add("china, local: timing", 97.7, "B/s", key=True)
    report.add("peak", 1_084, "B")
    path = reports.write(report, reports.machine(), tmp_path)
    assert json.loads(path.read_text())["figures"][0]["value"] == 97.7
    readme = tmp_path / "README.md"
    readme.write_text(f"# benchmarks\n{reports.BEGIN}\nold\n{reports.END}\nafter\n")
    reports.update_readme(readme, tmp_path)
    text = readme.read_text()
    assert "| china, local | timing 97.7 B/s |" in text
    assert "old" not in text
    assert "peak" not in text
    assert text.endswith("after\n")


def test_an_import_is_timed_from_its_files_on():
    folder = recordings() / "2025-qatar-sprint"
    if not folder.is_dir():
        pytest.skip(f"no recording in {folder}: set RACETIME_RECORDINGS")
    found = time_import(folder, samples=False)
    assert found["rows"] > 10_000
    assert found["updates"] > 1_000
    assert found["seconds"] > 0
