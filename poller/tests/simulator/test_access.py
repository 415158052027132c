"""Limits in race time, tokens, and the lock-out while a session is live."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from racetime_simulator.app import create_app
from racetime_simulator.clock import Clock, ManualClock
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = datetime(2026, 5, 3, 13, tzinfo=UTC)


def _client(openf1: OpenF1, clock: ManualClock) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(openf1, clock))
    return httpx.AsyncClient(transport=transport, base_url="http://openf1")


@pytest.mark.parametrize(("tier", "second", "minute"), [("free", 3, 30), ("sponsor", 6, 60)])
async def test_a_tier_grants_so_many_a_second_and_a_minute(
    tier: str, second: int, minute: int
) -> None:
    openf1 = OpenF1(conftest.small_archive(START), tier=tier)
    clock = ManualClock(START)
    granted = 0
    async with _client(openf1, clock) as client:
        for _ in range(second):
            assert (await client.get("/v1/sessions")).status_code == 200
        assert (await client.get("/v1/sessions")).status_code == 429
        assert openf1.counts.violations == 1
        granted = second
        while granted < minute:
            clock.advance(1)
            assert (await client.get("/v1/nothing")).status_code == 404
            granted += 1
            if granted < minute:
                assert (await client.get("/v1/nothing")).status_code == 404
                granted += 1
        clock.advance(1)
        assert (await client.get("/v1/sessions")).status_code == 429
        assert (await client.get("/clock")).status_code == 200
        clock.advance(60)
        assert (await client.get("/v1/sessions")).status_code == 200
    assert openf1.counts.statuses[429] == openf1.counts.violations == 2


async def test_while_a_session_is_live_only_a_token_opens_the_door() -> None:
    openf1 = OpenF1(
        conftest.small_archive(START), require_token=True, username="ada", password="secret"
    )
    clock = ManualClock(START - timedelta(minutes=31))
    async with _client(openf1, clock) as client:
        assert (await client.get("/v1/sessions")).status_code == 200
        clock.set(START)
        locked = await client.get("/v1/sessions")
        assert locked.status_code == 401
        assert locked.json()["detail"].startswith("Live F1 session in progress. Global API access")
        wrong = await client.post("/token", data={"username": "ada", "password": "no"})
        assert (wrong.status_code, wrong.json()) == (
            401,
            {"detail": "Incorrect username or password"},
        )
        assert (await client.post("/token", data={"username": "ada"})).status_code == 422
        token = (await client.post("/token", data={"username": "ada", "password": "secret"})).json()
        assert token["expires_in"] == "3600"
        assert token["token_type"] == "bearer"
        assert token["access_token"].count(".") == 2
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert (await client.get("/v1/sessions", headers=headers)).status_code == 200
        clock.advance(3600)
        assert (await client.get("/v1/sessions", headers=headers)).status_code == 401
        clock.set(START + timedelta(hours=2, minutes=31))
        assert (await client.get("/v1/sessions")).status_code == 200
    assert openf1.counts.locked_out == 2


async def test_the_clock_tells_time_speed_and_provenance() -> None:
    openf1 = OpenF1(conftest.small_archive(START), tier="free")
    clock = ManualClock(START + timedelta(milliseconds=1500), speed=20)
    async with _client(openf1, clock) as client:
        answer = await client.get("/clock")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content) == {
        "now": "2026-05-03T13:00:01.500+00:00",
        "speed": 20,
        "provenance": "replay",
        "session_key": 7,
        "total_laps": {},
    }


def test_a_clock_runs_at_its_speed() -> None:
    seconds = iter([100.0, 100.0, 103.0])
    clock = Clock(START, 20, monotonic=lambda: next(seconds))
    assert clock.now() == START
    assert clock.now() == START + timedelta(seconds=60)
    with pytest.raises(ValueError, match="speed"):
        Clock(START, 0)
