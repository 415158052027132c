"""The pure parts of the load bench tell the truth; nothing here is timed."""

import json

import pytest

from benchmarks.fanout.cost import Load
from benchmarks.fanout.crowd import pollers, watchers
from benchmarks.fanout.lenient import MOST, lenient
from benchmarks.fanout.measure import joined, report
from benchmarks.fanout.plain import Plain
from benchmarks.fanout.plan import FanoutPlan
from benchmarks.fanout.plots import draw
from benchmarks.fanout.race import Step, read_steps, session_of, write_steps
from benchmarks.fanout.seen import EventsView, FloorView, RaceView
from benchmarks.fanout.truth import canonical, mismatches
from benchmarks.fanout.wires import BadAnswer, Body, frame, take_events
from racetime.v1.race_service_pb2 import Heartbeat, WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.update_record_pb2 import UpdateRecord


def race_state(laps: int, samples: int = 0) -> RaceState:
    state = RaceState(session=Session(session_key=7))
    state.timings[4].laps_completed = laps
    if samples:
        state.motion.add(x_curve_decimeters=[1] * samples)
    return state


def record(sequence: int, laps: int, samples: int = 0) -> UpdateRecord:
    motion = RaceState()
    motion.motion.add(x_curve_decimeters=[1] * samples)
    timing = race_state(laps).SerializeToString()
    return UpdateRecord(sequence=sequence, timing=timing, motion=motion.SerializeToString())


def told(view: RaceView, *messages: WatchRaceResponse) -> RaceView:
    for message in messages:
        view.take(1.0, frame(message.SerializeToString()))
    return view


def joiner() -> RaceView:
    """A viewer that joined at the first update and was told of the second."""
    snapshot = WatchRaceResponse(
        sequence=1, session_key=7, log_revision=1, snapshot=race_state(1, samples=5)
    )
    update = WatchRaceResponse(sequence=2, update=race_state(2, samples=3))
    return told(RaceView(), snapshot, update)


LOG = [record(1, 1, 5), record(2, 2, 3)]


def test_a_plan_is_read_from_the_environment():
    plan = FanoutPlan.from_env({"RACETIME_FANOUT_VIEWERS": "10,20", "RACETIME_FANOUT_ROUNDS": "1"})
    assert (plan.crowds, plan.rounds) == ([10, 20], 1)


@pytest.mark.parametrize(
    ("name", "text"), [("VIEWERS", "many"), ("SCENES", "floor,moon"), ("ROUNDS", "0")]
)
def test_nonsense_in_the_environment_is_named(name, text):
    with pytest.raises(ValueError, match=f"RACETIME_FANOUT_{name}"):
        FanoutPlan.from_env({f"RACETIME_FANOUT_{name}": text})


def test_a_viewer_that_has_the_truth_has_no_fault():
    assert mismatches(LOG, [joiner()]) == []


def test_a_viewer_with_another_state_is_found():
    view = joiner()
    view.state.timings[4].laps_completed = 9
    assert mismatches(LOG, [view]) == ["a viewer has another state at 2"]


def test_a_viewer_that_lacks_samples_is_found():
    view = joiner()
    view.samples -= 1
    assert mismatches(LOG, [view]) == ["a viewer has 2 samples of 3"]


def test_a_viewer_beyond_the_log_is_found():
    assert mismatches(LOG[:1], [joiner()]) == ["1 viewers are at 2: nowhere"]


def test_a_missing_update_is_a_fault():
    view = told(joiner(), WatchRaceResponse(sequence=4, update=race_state(4)))
    assert view.tally.faults == ["2 was followed by 4"]


def test_a_joined_update_is_none():
    view = told(joiner(), WatchRaceResponse(sequence=4, first_sequence=3, update=race_state(4)))
    assert (view.tally.faults, view.tally.joined, view.sequence) == ([], 1, 4)


def test_a_heartbeat_ahead_of_what_was_told_is_a_fault():
    view = told(joiner(), WatchRaceResponse(sequence=3, heartbeat=Heartbeat()))
    assert len(view.tally.faults) == 1


def test_samples_are_no_part_of_a_canonical_state():
    assert canonical(race_state(1, samples=3)) == canonical(race_state(1))


def test_the_floors_stamp_is_the_age_of_a_message():
    view = FloorView()
    view.take(2.0, frame((1_900_000).to_bytes(8, "big") + b"filler"))
    assert view.tally.latencies == [(2.0, pytest.approx(100.0))]


def test_events_that_are_lost_are_seen():
    view = EventsView()
    for sequence in (1, 2, 4):
        body = json.dumps({"sequence": sequence, "publishedMillis": 900}).encode()
        view.take(1.0, b"data: " + body + b"\n\n")
    assert view.tally.faults == ["2 was followed by 4"]
    assert view.tally.latencies == [(1.0, 100.0)]


HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_body_is_read_however_it_is_cut(size):
    whole, body = HEAD + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Body()
    cuts = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert b"".join(map(body.take, cuts)) == b"abcde"
    assert body.ended


def test_a_refusal_is_no_body():
    with pytest.raises(BadAnswer, match="503"):
        Body().take(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")


def test_half_an_event_waits():
    buffer = bytearray(b"data: a\n\ndata: b")
    assert take_events(buffer) == [b"a"]
    assert bytes(buffer) == b"data: b"


def test_steps_come_back_from_their_file(tmp_path):
    steps = [Step(record(1, 1), UpdateRecord(sequence=1, keyframe=True)), Step(record(2, 2), None)]
    write_steps(tmp_path / "race", steps)
    assert read_steps(tmp_path / "race") == steps
    assert session_of(steps).session_key == 7


def test_plain_snapshots_hold_the_newest_samples_only():
    plain = Plain()
    plain.take(record(1, 1, samples=5), 10)
    delta, snapshot = (json.loads(text) for text in plain.take(record(2, 2, samples=3), 20))
    assert (delta["sequence"], snapshot["publishedMillis"]) == (2, 20)
    assert [len(batch["xCurveDecimeters"]) for batch in snapshot["state"]["motion"]] == [3]


def test_h2load_opens_no_more_connections_a_second_than_there_are(tmp_path):
    arguments = watchers("http://x", 40, 600, tmp_path / "body")
    assert arguments[arguments.index("-r") + 1] == "40"
    polled = pollers("http://x", 1000, 600, 30)
    assert polled[polled.index("-n") + 1] == "30000"


def test_a_lenient_gateway_lets_streams_of_the_page_last():
    page = {"route": {"cluster": "page", "timeout": "15s"}, "response_headers_to_add": []}
    config = {"route_config": {"virtual_hosts": [{"routes": [page, {"direct_response": {}}]}]}}
    filters = [{"filters": [{"typed_config": config}]}]
    resources = {"listeners": [{"filter_chains": filters}], "clusters": [{"name": "page"}]}
    changed = lenient({"static_resources": resources})["static_resources"]
    assert page == {"route": {"cluster": "page", "timeout": "0s"}}
    limits = changed["clusters"][0]["circuit_breakers"]["thresholds"][0]
    assert set(limits.values()) == {MOST}


def load(kind: str, api_seconds: float, viewers: int = 10) -> dict:
    measured = Load(kind, viewers, seconds=10.0, updates=100, bytes_out=1000, latencies=[1.0, 3.0])
    measured.cpu_seconds = {"api": api_seconds, "gateway": 0.001}
    return measured.shown()


def details(*loads: dict) -> dict:
    return {"replicas": 3, "lane_bytes": 9, "loads": list(loads), "scenes": {}}


def test_costs_are_of_one_update_of_one_viewer():
    shown = load("floor", 0.002)
    assert shown["cpu_micros"] == {"api": 20.0, "gateway": 10.0}
    assert (shown["path_micros"], shown["update_bytes"]) == (30.0, 10)


def test_a_report_sets_racetime_against_the_floor():
    found = report(details(load("floor", 0.002), load("racetime", 0.003)))
    figures = {figure.name: figure.value for figure in found.figures}
    assert figures["10 viewers, RaceTime to the floor: api CPU"] == pytest.approx(1.5)
    assert figures["10 viewers, RaceTime: mismatches"] == 0


def test_what_is_measured_anew_takes_the_place_of_the_old():
    earlier = details(load("floor", 0.002), load("sse", 0.002))
    now = joined(earlier, details(load("floor", 0.004)))
    assert [(one["kind"], one["cpu_micros"]["api"]) for one in now["loads"]] == [
        ("sse", 20.0),
        ("floor", 40.0),
    ]


def test_plots_are_drawn_of_a_result(tmp_path):
    files = draw(details(load("floor", 0.002), load("racetime", 0.003, viewers=20)), tmp_path)
    assert all("RaceTime" in path.read_text() for path in files)
