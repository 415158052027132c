"""Fetch the circuit file that a meeting names: not OpenF1's, and not within its budget."""

from dataclasses import dataclass

import httpx

from racetime_poller.sources.errors import SourceError, Unavailable

_TIMEOUT_SECONDS = 10.0
_MAX_BYTES = 4_000_000
_MOST_HOPS = 6
_AGENT = "RaceTime"
_MAY_HEAL = frozenset({408, 425, 429})


@dataclass(slots=True)
class CircuitFiles:
    """Fetches circuit files, with a client that knows no token."""

    client: httpx.AsyncClient

    async def fetch(self, url: str) -> bytes:
        """Return the file at an address.

        Raises Unavailable where it may come later, and another SourceError where it will not.
        """
        try:
            request: httpx.Request | None = self.client.build_request(
                "GET", url, headers={"User-Agent": _AGENT}, timeout=_TIMEOUT_SECONDS
            )
            for _ in range(_MOST_HOPS):
                # Each: who names the file must not lead to what only this machine can reach.
                if request is None or request.url.scheme != "https":
                    raise SourceError(f"{url!r} is no HTTPS address, or leads to none")
                response = await self.client.send(request, stream=True, follow_redirects=False)
                try:
                    if not response.has_redirect_location:
                        return await _read(response)
                    request = response.next_request
                finally:
                    await response.aclose()
            raise SourceError(f"{url!r} leads on and on")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise SourceError(f"{url!r}: {error}") from error
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error


async def _read(response: httpx.Response) -> bytes:
    status = response.status_code
    if status >= 500 or status in _MAY_HEAL:
        raise Unavailable(f"HTTP {status}")
    if status != 200:
        raise SourceError(f"HTTP {status}")
    text = b""
    async for piece in response.aiter_bytes():
        text += piece
        if len(text) > _MAX_BYTES:
            raise SourceError(f"it is longer than {_MAX_BYTES} bytes")
    return text
