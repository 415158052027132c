"""Each fault does what it says, and the truth is still there underneath."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from racetime_simulator.app import create_app
from racetime_simulator.clock import ManualClock
from racetime_simulator.faults import Faults
from racetime_simulator.instants import to_micros
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = datetime(2026, 5, 3, 13, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "session_key": 7,
        "meeting_key": 3,
        "driver_number": n % 20 + 1,
        "date": (START + timedelta(seconds=n)).isoformat(),
        "speed": n,
    }
    for n in range(200)
]
LATER = START + timedelta(seconds=400)


def _openf1(**faults: Any) -> OpenF1:
    return OpenF1(conftest.small_archive(START, intervals=ROWS), faults=Faults(**faults))


def _ask(openf1: OpenF1, at: datetime = LATER) -> Any:
    return openf1.respond("GET", "/v1/intervals", "session_key=7", {}, b"", to_micros(at))


def test_without_faults_the_truth_is_told() -> None:
    assert json.loads(_ask(_openf1()).body) == ROWS


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("empty", {404}),
        ("empty_list", {200}),
        ("too_many_requests", {429}),
        ("server_error", {500, 502, 503, 504}),
        ("html", {200}),
    ],
)
def test_a_fault_answers_instead(fault: str, statuses: set[int]) -> None:
    openf1 = _openf1(names={fault}, rate=1.0)
    answers = [_ask(openf1) for _ in range(40)]
    assert {answer.status for answer in answers} == statuses
    if fault == "html":
        assert all(answer.body.startswith(b"<!doctype html>") for answer in answers)
    if fault == "empty_list":
        assert answers[0].body == b"[]"
    if fault == "too_many_requests":
        assert {dict(a.headers).get(b"retry-after") for a in answers} == {b"2", None}
    openf1.faults.turn_off()
    assert json.loads(_ask(openf1).body) == ROWS


@pytest.mark.parametrize("fault", ["duplicate", "reorder", "garbage_rows"])
def test_disturbed_rows_still_hold_every_true_one(fault: str) -> None:
    openf1 = _openf1(names={fault}, rate=1.0)
    for _ in range(20):
        answered = json.loads(_ask(openf1).body)
        left = [row for row in answered if row in ROWS]
        assert all(row in left for row in ROWS)
        assert answered != ROWS
        assert (len(answered) > len(ROWS)) is (fault != "reorder")


def test_a_truncated_body_is_no_json() -> None:
    body = _ask(_openf1(names={"truncated"}, rate=1.0)).body
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_late_rows_come_5_to_20_seconds_after_the_others() -> None:
    openf1 = _openf1(names={"late"}, rate=0.3)
    at = START + timedelta(seconds=100)
    seen = {row["speed"] for row in json.loads(_ask(openf1, at).body)}
    assert seen < set(range(100))
    assert set(range(79)) <= seen
    later = {row["speed"] for row in json.loads(_ask(openf1, at + timedelta(seconds=20)).body)}
    assert set(range(100)) <= later
    assert len(json.loads(_ask(openf1).body)) == len(ROWS)


def test_an_outage_lasts_as_long_as_it_says_in_race_time() -> None:
    openf1 = _openf1(names={"outage"}, outage_start=START + timedelta(seconds=60))
    statuses = [_ask(openf1, START + timedelta(seconds=s)).status for s in (59, 60, 89, 90)]
    assert statuses == [200, 502, 502, 200]
    token = openf1.respond("POST", "/token", "", {}, b"", to_micros(START) + 61_000_000)
    assert token.status == 502


async def test_a_timeout_is_whatever_the_test_makes_of_it() -> None:
    async def give_up(seconds: float) -> None:
        raise httpx.ReadTimeout(f"after {seconds} s")

    openf1 = _openf1(names={"timeout"}, rate=1.0, timeout_seconds=9.0)
    app = create_app(openf1, ManualClock(LATER), hang=give_up)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://openf1"
    ) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/v1/intervals")


def test_the_same_seed_misbehaves_the_same_way() -> None:
    names = {"garbage_rows", "duplicate", "reorder", "truncated", "server_error", "empty"}
    one, same = (_openf1(names=names, rate=0.3, seed=5) for _ in range(2))
    other = _openf1(names=names, rate=0.3, seed=6)
    asked = [[_ask(openf1) for _ in range(30)] for openf1 in (one, same, other)]
    assert asked[0] == asked[1] != asked[2]
    assert one.faults.injected == same.faults.injected
    assert set(one.faults.injected) == names


def test_a_fault_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no such fault: nonsense"):
        Faults(names=frozenset({"nonsense"}))
