"""OpenF1's answers, one by one, as its private layer has been seen to give them."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from racetime_poller.sources.openf1 import (
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


@pytest.mark.parametrize("charset", ["base64", "rot13", "undefined", "utf-16", "nonsense"])
async def test_an_answer_may_claim_any_encoding(charset: str) -> None:
    kind = {"content-type": f"application/json; charset={charset}"}
    nothing = b'{"detail":"No results found."}'
    async with openf1(httpx.Response(404, headers=kind, content=nothing)) as source:
        assert (await source.fetch("laps", {})).rows == []
    async with openf1(httpx.Response(422, headers=kind, content=b"\xffx")) as source:
        with pytest.raises(TooMuch):
            await source.fetch("laps", {})
    async with openf1(httpx.Response(500, headers=kind), username="a", password="b") as source:
        with pytest.raises(Unavailable):
            await source.fetch("laps", {})


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
        ({"retry-after": "nan"}, None),
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
