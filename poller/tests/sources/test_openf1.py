"""OpenF1's answers, one by one, as its private layer has been seen to give them."""

import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from racetime_poller.sources.openf1 import (
    TOKEN_RENEWAL_SECONDS,
    Locked,
    OpenF1,
    RateLimited,
    TooMuch,
    Unavailable,
)

ROW = {"session_key": 9, "driver_number": 1, "lap_number": 3}
Answer = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def openf1(answer: Answer | httpx.Response, **options: Any) -> Any:
    """Return a client of a server that answers so."""
    handler = answer if callable(answer) else lambda request: answer
    transport = httpx.MockTransport(handler)
    async with httpx.AsyncClient(transport=transport, base_url="http://openf1") as client:
        yield OpenF1(client, **options)


async def test_rows_are_asked_with_openf1s_operators() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=[ROW])

    async with openf1(answer) as source:
        decoded = await source.fetch("laps", {"session_key": 9, "lap_number>": 2})
    assert [row.lap_number for row in decoded.rows] == [3]
    assert asked == ["http://openf1/v1/laps?session_key=9&lap_number%3E=2"]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(404, json={"detail": "No results found."}),
        httpx.Response(200, json=[]),
    ],
)
async def test_nothing_has_two_forms(response: httpx.Response) -> None:
    async with openf1(response) as source:
        assert (await source.fetch("laps", {})).rows == []


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(401, json={"detail": "Live F1 session in progress."}), Locked),
        (httpx.Response(422, json={"detail": "too much data"}), TooMuch),
        (httpx.Response(404, json={"detail": "Not Found"}), Unavailable),
        (httpx.Response(500, text="<pre>Traceback"), Unavailable),
        (httpx.Response(502, html="<html>"), Unavailable),
        (httpx.Response(200, html="<!doctype html>We are back soon."), Unavailable),
        (httpx.Response(200, text='[{"session_key":9,'), Unavailable),
        (httpx.Response(301, headers={"location": "/elsewhere"}), Unavailable),
    ],
)
async def test_what_is_no_answer_says_why(response: httpx.Response, error: type) -> None:
    async with openf1(response) as source:
        with pytest.raises(error):
            await source.fetch("laps", {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "9000"}, 60.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
    ],
)
async def test_429_tells_how_long_to_wait(header: dict[str, str], seconds: float | None) -> None:
    async with openf1(httpx.Response(429, headers=header)) as source:
        with pytest.raises(RateLimited) as raised:
            await source.fetch("laps", {})
    assert raised.value.retry_after_seconds == seconds


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.ConnectError, httpx.ReadError])
async def test_a_broken_connection_is_unavailable(kind: type[httpx.HTTPError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise kind("broken")

    async with openf1(answer) as source:
        with pytest.raises(Unavailable, match=kind.__name__):
            await source.fetch("laps", {})


class Desk:
    """A server that hands out tokens and lets in who has the newest."""

    def __init__(self) -> None:
        self.status = 200
        self.logins = 0
        self.valid = ""
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.logins += 1
            if self.status != 200:
                return httpx.Response(self.status)
            self.valid = f"token-{self.logins}"
            return httpx.Response(200, json={"access_token": self.valid, "expires_in": "3600"})
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.seen.append(token)
        return httpx.Response(200 if token == self.valid else 401, json=[])


@pytest.fixture
def clock() -> Iterator[list[float]]:
    now = [1000.0]
    with patch.object(time, "monotonic", lambda: now[0]):
        yield now


ACCOUNT = {"username": "me", "password": "secret"}


async def test_a_token_serves_until_its_renewal(clock: list[float]) -> None:
    desk = Desk()
    async with openf1(desk, **ACCOUNT) as source:
        await source.fetch("laps", {})
        await source.fetch("laps", {})
        clock[0] += TOKEN_RENEWAL_SECONDS + 1
        await source.fetch("laps", {})
    assert desk.seen == ["token-1", "token-1", "token-2"]


@pytest.mark.parametrize("status", [401, 500])
async def test_the_old_token_is_kept_when_no_new_one_is_to_be_had(
    clock: list[float], status: int
) -> None:
    desk = Desk()
    async with openf1(desk, **ACCOUNT) as source:
        await source.fetch("laps", {})
        clock[0] += TOKEN_RENEWAL_SECONDS + 1
        desk.status = status
        for _ in range(5):
            await source.fetch("laps", {})
    assert set(desk.seen) == {"token-1"}
    assert desk.logins == 2


async def test_a_refused_token_is_asked_for_again() -> None:
    desk = Desk()
    async with openf1(desk, **ACCOUNT) as source:
        await source.fetch("laps", {})
        desk.valid = "another"
        with pytest.raises(Locked):
            await source.fetch("laps", {})
        await source.fetch("laps", {})
    assert desk.seen[-1] == desk.valid == "token-2"


@pytest.mark.parametrize(("status", "error"), [(401, Locked), (503, Unavailable)])
async def test_a_refused_login_says_so(status: int, error: type) -> None:
    desk = Desk()
    desk.status = status
    async with openf1(desk, **ACCOUNT) as source:
        with pytest.raises(error):
            await source.fetch("laps", {})
    assert desk.seen == []


def test_the_token_is_in_no_message() -> None:
    assert "hidden" not in repr(OpenF1(httpx.AsyncClient(), _token="hidden"))
