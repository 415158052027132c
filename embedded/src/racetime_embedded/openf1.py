"""Ask OpenF1 which sessions there are; all else of it is the poller's."""

from collections.abc import Mapping
from typing import Any

import httpx

from racetime_embedded.errors import SourceError

Row = dict[str, Any]


class Locked(SourceError):
    """OpenF1 answers only to accounts while a session is live."""


async def fetch(client: httpx.AsyncClient, endpoint: str, filters: Mapping[str, str]) -> list[Row]:
    """Fetch rows of an endpoint; raises Locked, and httpx.HTTPError when there is no answer."""
    response = await client.get(f"/v1/{endpoint}", params=dict(filters))
    if response.status_code in (401, 403):
        raise Locked("OpenF1 answers only to accounts now, since a session is live: try later")
    if response.status_code == 404:
        return []
    body = read_json(response)
    if response.status_code != 200 or not isinstance(body, list):
        raise httpx.HTTPError(f"HTTP {response.status_code}, no rows")
    return [row for row in body if isinstance(row, dict)]


def read_json(response: httpx.Response) -> object:
    """Read the body of an answer; None when it is no JSON."""
    try:
        return response.json()
    except ValueError:
        return None
