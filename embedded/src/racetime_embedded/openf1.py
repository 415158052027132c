"""Ask OpenF1 for rows of the past, within the limits of its free tier.

DownloadError
  Locked     a session is live and OpenF1 answers nobody without an account
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from racetime_embedded.errors import SourceError

PER_SECOND = 3
PER_MINUTE = 30
ATTEMPTS = 6
LONGEST_PAUSE_SECONDS = 60.0

Row = dict[str, Any]
Sleep = Callable[[float], Awaitable[None]]


class DownloadError(SourceError):
    """OpenF1 did not give what was asked for."""


class Locked(DownloadError):
    """OpenF1 answers only to accounts while a session is live."""


class TooMuch(DownloadError):
    """The answer would be too large; a smaller window is needed."""


class Budget:
    """Spaces requests so that no second and no minute holds more than is allowed."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        limits: tuple[tuple[int, float], ...] = ((PER_SECOND, 1.0), (PER_MINUTE, 60.0)),
    ) -> None:
        """Take limits as (requests, seconds)."""
        self._clock = clock
        self._sleep = sleep
        self._limits = limits
        self._taken: deque[float] = deque(maxlen=max(count for count, _ in limits))

    async def take(self) -> None:
        """Wait until one more request is allowed."""
        while (wait := self._wait_seconds()) > 0:
            await self._sleep(wait)
        self._taken.append(self._clock())

    def _wait_seconds(self) -> float:
        now = self._clock()
        return max(
            (
                self._taken[-count] + seconds - now
                for count, seconds in self._limits
                if len(self._taken) >= count
            ),
            default=0.0,
        )


class History:
    """OpenF1's REST API for the past."""

    def __init__(self, client: httpx.AsyncClient, budget: Budget, sleep: Sleep) -> None:
        """Take a client whose base URL is OpenF1's."""
        self._client = client
        self._budget = budget
        self._sleep = sleep

    async def rows(self, endpoint: str, filters: Mapping[str, str]) -> list[Row]:
        """Fetch rows; 429, 5xx, timeouts and garbage are tried again."""
        failure = "no answer"
        for attempt in range(ATTEMPTS):
            await self._budget.take()
            pause = min(LONGEST_PAUSE_SECONDS, 2.0**attempt)
            try:
                response = await self._client.get(f"/v1/{endpoint}", params=dict(filters))
            except httpx.TransportError as error:
                failure = type(error).__name__
            else:
                rows = read_rows(response)
                if rows is not None:
                    return rows
                failure = f"HTTP {response.status_code}"
                pause = max(pause, retry_after_seconds(response))
            await self._sleep(pause)
        raise DownloadError(f"OpenF1 {endpoint}: {failure}, {ATTEMPTS} times")


def read_rows(response: httpx.Response) -> list[Row] | None:
    """Read an answer; None when it is worth another try."""
    status = response.status_code
    if status == 404:
        return []
    if status in (401, 403):
        raise Locked("OpenF1 answers only to accounts now: a session is live")
    if status == 422:
        raise TooMuch("OpenF1: too much data")
    if status != 200:
        return None
    try:
        body = response.json()
    except json.JSONDecodeError:
        return None
    if not isinstance(body, list):
        return None
    return [row for row in body if isinstance(row, dict)]


def retry_after_seconds(response: httpx.Response) -> float:
    """Read how long the server asks to be left alone; a 429 without word means ten seconds."""
    asked = response.headers.get("retry-after", "")
    if asked.isdecimal():
        return min(LONGEST_PAUSE_SECONDS, float(asked))
    return 10.0 if response.status_code == 429 else 0.0
