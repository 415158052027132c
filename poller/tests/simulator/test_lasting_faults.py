"""Faults that last: on throughout their window, and gone after it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from racetime_simulator.answer import Answer
from racetime_simulator.faults import FAULTS, LOSSY, RECOVERABLE, Faults, Order, read_orders
from racetime_simulator.instants import to_micros
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = datetime(2026, 5, 3, 13, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "session_key": 7,
        "meeting_key": 3,
        "driver_number": n % 22 + 1,
        "date": (START + timedelta(milliseconds=10 * n)).isoformat(),
    }
    for n in range(4_000)
]
LOGIN = urlencode({"username": "ada", "password": "secret"}).encode()


def _openf1(spec: str, **options: Any) -> OpenF1:
    faults = Faults.ordered(read_orders(spec), START)
    return OpenF1(conftest.small_archive(START, intervals=ROWS), faults=faults, **options)


def _ask(openf1: OpenF1, seconds: float, query: str = "driver_number=4", token: str = "") -> Answer:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    at = to_micros(START + timedelta(seconds=seconds))
    return openf1.respond("GET", "/v1/intervals", query, headers, b"", at)


def _log_in(openf1: OpenF1, seconds: float) -> Answer:
    at = to_micros(START + timedelta(seconds=seconds))
    return openf1.respond("POST", "/token", "", {}, LOGIN, at)


@pytest.mark.parametrize(
    ("name", "status", "token_status"),
    [
        ("outage", 502, 502),
        ("bad_gateway", 502, 502),
        ("rate_limit_storm", 429, 429),
        ("lock_out", 401, 200),
        ("bad_password", 200, 401),
    ],
)
def test_all_requests_are_struck_within_the_window_and_none_outside(
    name: str, status: int, token_status: int
) -> None:
    openf1 = _openf1(f"{name}@60-180")
    for seconds, expected in ((59, (200, 200)), (60, None), (179, None), (180, (200, 200))):
        asked = _ask(openf1, seconds).status, _log_in(openf1, seconds).status
        assert asked == (expected or (status, token_status))


def test_a_storm_says_when_to_come_back_only_sometimes() -> None:
    openf1 = _openf1("rate_limit_storm")
    said = {dict(_ask(openf1, 60).headers).get(b"retry-after") is None for _ in range(30)}
    assert said == {True, False}


def test_a_lock_out_speaks_of_a_live_session_and_a_token_does_not_help() -> None:
    openf1 = _openf1("lock_out@10-20", require_token=True)
    token = json.loads(_log_in(openf1, 5).body)["access_token"]
    assert _ask(openf1, 6, token=token).status == 200
    locked = _ask(openf1, 15, token=token)
    assert locked.status == 401
    assert json.loads(locked.body)["detail"].startswith("Live F1 session in progress")
    assert _ask(openf1, 20, token=token).status == 200


def test_old_tokens_work_while_no_new_ones_are_to_be_had() -> None:
    openf1 = _openf1("token_down@10-600", require_token=True)
    token = json.loads(_log_in(openf1, 5).body)["access_token"]
    assert _log_in(openf1, 60).status >= 500
    assert _ask(openf1, 60, token=token).status == 200
    assert _log_in(openf1, 600).status == 200


def test_a_token_that_expires_early_says_an_hour_all_the_same() -> None:
    openf1 = _openf1("early_expiry@0-30", require_token=True)
    answered = json.loads(_log_in(openf1, 5).body)
    assert answered["expires_in"] == "3600"
    assert _ask(openf1, 604, token=answered["access_token"]).status == 200
    assert _ask(openf1, 606, token=answered["access_token"]).status == 401
    lasting = json.loads(_log_in(openf1, 60).body)["access_token"]
    assert _ask(openf1, 3_000, token=lasting).status == 200


def test_what_is_normally_fine_is_too_much_until_it_is_less() -> None:
    openf1 = _openf1("too_much@60-600")
    whole = "session_key=7"
    assert [_ask(openf1, s, whole).status for s in (59, 60, 600)] == [200, 422, 200]
    half = f"date%3E={(START + timedelta(seconds=20)).isoformat()[:19]}"
    assert len(json.loads(_ask(openf1, 100, half).body)) == 2_000


def test_a_schedule_that_is_wrong_is_corrected_when_the_fault_ends() -> None:
    openf1 = _openf1("moved_start@-9999-60")

    def scheduled(seconds: float) -> datetime:
        at = to_micros(START + timedelta(seconds=seconds))
        rows = json.loads(openf1.respond("GET", "/v1/sessions", "", {}, b"", at).body)
        return datetime.fromisoformat(rows[0]["date_start"])

    assert abs(scheduled(0) - START) >= timedelta(minutes=15)
    assert scheduled(60) == START
    # `latest` follows the schedule, right or wrong.
    moved = openf1.faults.scheduled(next(iter(openf1.archive.sessions_at(0))).sessions[0], 0)
    assert moved.start == to_micros(START)
    now = to_micros(START)
    moved = openf1.faults.scheduled(next(iter(openf1.archive.sessions_at(now))).sessions[0], now)
    assert moved.start == to_micros(scheduled(0))


def test_the_push_feed_asks_whether_it_is_to_be_silent() -> None:
    faults = Faults.ordered(read_orders("mqtt_silence@60-90,mqtt_disconnect@120"), START)
    base = to_micros(START)
    silent = [faults.active("mqtt_silence", base + s * 1_000_000) for s in (59, 60, 89, 90)]
    assert silent == [False, True, True, False]
    assert faults.active("mqtt_disconnect", base + 121_000_000)
    assert not faults.active("mqtt_disconnect", base + 181_000_000)


def test_what_is_ordered_is_read() -> None:
    assert read_orders("late:0.3, outage@60-90,lock_out@60-,bad_gateway@-30") == (
        Order("late", 0.3),
        Order("outage", None, 60, 90),
        Order("lock_out", None, 60),
        Order("bad_gateway", None, -30, -30 + FAULTS["bad_gateway"].seconds),
    )
    assert read_orders("") == ()


@pytest.mark.parametrize(
    "spec", ["nonsense", "late:2", "late@90-60", "late@", "late:", "late;html", "late@60-60"]
)
def test_what_cannot_be_meant_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        read_orders(spec)


def test_the_table_tells_what_is_well_again_afterwards() -> None:
    assert set(RECOVERABLE) | set(LOSSY) == set(FAULTS)
    assert not set(RECOVERABLE) & set(LOSSY)
    assert {"late_repair", "lock_out", "duplicate_positions"} < set(RECOVERABLE)
    assert {"missing", "location_stop", "same_second_messages"} < set(LOSSY)
    assert all(name == fault.name and fault.description for name, fault in FAULTS.items())
