"""A session of the past becomes a recording folder."""

import gzip
import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from racetime_embedded.download import download
from racetime_embedded.errors import SourceError
from racetime_embedded.openf1 import Budget, DownloadError, History, Locked

KEY = 9693
SESSION = {
    "session_key": KEY,
    "meeting_key": 1254,
    "session_type": "Race",
    "date_start": "2025-03-16T04:00:00+00:00",
    "date_end": "2025-03-16T06:00:00+00:00",
}
LAPS = [{"driver_number": 4, "lap_number": 1, "date_start": "2025-03-16T04:00:00+00:00"}]


class Time:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeOpenF1:
    """Answers like OpenF1; `failures` are answered first, one a request."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.requests: list[tuple[float, str, dict[str, str]]] = []
        self.failures: list[httpx.Response | Exception] = []
        self.largest_window_minutes = 60.0

    def answer(self, request: httpx.Request) -> httpx.Response:
        endpoint = request.url.path.removeprefix("/v1/")
        filters = dict(request.url.params)
        self.requests.append((self.time.now, endpoint, filters))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        rows = self.rows(endpoint, filters)
        if rows is None:
            return httpx.Response(422, json={"detail": "too much data"})
        return (
            httpx.Response(200, json=rows)
            if rows
            else httpx.Response(404, json={"detail": "No results found."})
        )

    def rows(self, endpoint: str, filters: dict[str, str]) -> list[dict[str, object]] | None:
        if endpoint == "sessions":
            return [SESSION] if filters == {"session_key": str(KEY)} else []
        if endpoint == "laps":
            return LAPS
        if endpoint == "location":
            start, end = filters["date>"], filters["date<"]
            minutes = (minute(end) - minute(start)) / 60
            if minutes > self.largest_window_minutes:
                return None
            # Neighbouring windows share their edge, and so this row.
            return [{"date": moment, "driver_number": 4, "x": 1} for moment in (end, start)]
        return []

    def history(self) -> History:
        client = httpx.AsyncClient(
            base_url="http://openf1", transport=httpx.MockTransport(self.answer)
        )
        return History(client, Budget(self.time.clock, self.time.sleep), self.time.sleep)


def minute(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def read(folder: Path, endpoint: str) -> list[dict[str, object]]:
    with gzip.open(folder / f"{endpoint}.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def openf1() -> FakeOpenF1:
    return FakeOpenF1(Time())


async def test_every_endpoint_becomes_a_file(openf1, tmp_path):
    said: list[str] = []
    await download(openf1.history(), KEY, tmp_path, said.append)
    assert read(tmp_path, "sessions") == [SESSION]
    assert read(tmp_path, "laps") == LAPS
    assert read(tmp_path, "intervals") == []
    assert "location: 2 of 2 windows, 4 rows" in said
    assert not list(tmp_path.glob("*.partial"))


async def test_rows_of_windows_are_in_order_and_each_once(openf1, tmp_path):
    await download(openf1.history(), KEY, tmp_path, lambda text: None)
    dates = [row["date"] for row in read(tmp_path, "location")]
    assert dates == sorted(set(dates))
    assert len(dates) == 3


async def test_no_second_and_no_minute_holds_more_requests_than_the_free_tier_allows(
    openf1, tmp_path
):
    await download(openf1.history(), KEY, tmp_path, lambda text: None)
    again = openf1.history()
    for _ in range(60):
        await again.rows("weather", {})
    times = [at for at, _, _ in openf1.requests][-60:]
    assert max(Counter(int(at) for at in times).values()) <= 3
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[30:], strict=False))


async def test_a_file_that_is_there_is_not_asked_for_again(openf1, tmp_path):
    await download(openf1.history(), KEY, tmp_path, lambda text: None)
    (tmp_path / "location.jsonl.gz").unlink()
    openf1.requests.clear()
    await download(openf1.history(), KEY, tmp_path, lambda text: None)
    assert {endpoint for _, endpoint, _ in openf1.requests} == {"location"}


async def test_passing_failures_are_tried_again(openf1, tmp_path):
    openf1.failures = [
        httpx.Response(429),
        httpx.Response(502, html="<h1>Bad gateway</h1>"),
        httpx.Response(200, html="<h1>Maintenance</h1>"),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, json={"detail": "odd"}),
    ]
    await download(openf1.history(), KEY, tmp_path, lambda text: None)
    assert read(tmp_path, "sessions") == [SESSION]


async def test_a_429_is_left_alone_for_as_long_as_it_says(openf1):
    openf1.failures = [httpx.Response(429, headers={"retry-after": "25"})]
    await openf1.history().rows("laps", {})
    assert openf1.requests[1][0] >= 25


async def test_a_lasting_failure_ends_the_download_with_its_cause(openf1, tmp_path):
    openf1.failures = [httpx.Response(503)] * 20
    with pytest.raises(DownloadError, match=r"sessions: HTTP 503"):
        await download(openf1.history(), KEY, tmp_path, lambda text: None)


async def test_the_lock_of_a_live_session_is_not_tried_again(openf1, tmp_path):
    openf1.failures = [httpx.Response(401)] * 3
    with pytest.raises(Locked):
        await download(openf1.history(), KEY, tmp_path, lambda text: None)
    assert len(openf1.requests) == 1


async def test_a_window_that_is_too_large_is_halved(openf1, tmp_path):
    openf1.largest_window_minutes = 3
    await download(openf1.history(), KEY, tmp_path, lambda text: None)
    assert len(read(tmp_path, "location")) == 5


async def test_an_unknown_session_is_refused_and_leaves_nothing(openf1, tmp_path):
    folder = tmp_path / "1"
    with pytest.raises(SourceError, match="no session 1"):
        await download(openf1.history(), 1, folder, lambda text: None)
    assert not folder.exists()
