"""OpenF1's REST API. It alone knows HTTP.

SourceError: a request brought no rows.
+-- Unavailable: a timeout, a cut connection, a 5xx, an answer that is no JSON. It heals; ask this
endpoint later.
+-- RateLimited: 429; `retry_after_seconds` tells how long to leave the whole API alone.
+-- Locked: 401 while a session is live and no account was given, or the account was refused.
+-- TooMuch: 422; ask for a shorter window.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import msgspec

from racetime_poller.sources.decode import Decoded, NotRows, decode

# Requests that answer much take longer.
FAST_TIMEOUT_SECONDS = 5.0
BULK_TIMEOUT_SECONDS = 15.0
# A token lives for an hour; it is renewed well before.
TOKEN_RENEWAL_SECONDS = 45 * 60
_RETRY_TOKEN_SECONDS = 60.0
_MAX_RETRY_AFTER_SECONDS = 60.0


class SourceError(Exception):
    """A request brought no rows."""


class Unavailable(SourceError):
    """The source did not answer with rows; it may do so later."""


class RateLimited(SourceError):
    """The source asks to be left alone."""

    def __init__(self, retry_after_seconds: float | None) -> None:
        super().__init__("rate limited")
        self.retry_after_seconds = retry_after_seconds


class Locked(SourceError):
    """The source wants an account, or refuses the one given."""


class TooMuch(SourceError):
    """The window holds more than the source answers at once."""


class _Token(msgspec.Struct):
    access_token: str
    # A string, in truth; a number would do as well.
    expires_in: str | int | float | None = None


@dataclass(slots=True)
class OpenF1:
    """Asks OpenF1 for rows. `speed` is that of the source's clock, on which a token ages."""

    client: httpx.AsyncClient
    username: str | None = None
    password: str | None = None
    speed: float = 1.0
    _token: str | None = field(default=None, repr=False)
    _token_at: float = 0.0

    async def fetch(
        self, endpoint: str, params: Mapping[str, str | int], *, bulk: bool = False
    ) -> Decoded:
        """Return the rows of an endpoint. An empty answer is no rows, in whichever form.

        Keys of `params` carry OpenF1's operators: `date>` means at or after. Raises SourceError.
        """
        await self._renew_token()
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        timeout = BULK_TIMEOUT_SECONDS if bulk else FAST_TIMEOUT_SECONDS
        try:
            response = await self.client.get(
                f"/v1/{endpoint}", params=dict(params), headers=headers, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        return self._read(endpoint, response)

    def _read(self, endpoint: str, response: httpx.Response) -> Decoded:
        status = response.status_code
        if status == 404 and "No results" in response.text:
            return Decoded([])
        if status == 401:
            self._token = None
            raise Locked(_detail(response))
        if status == 429:
            raise RateLimited(_retry_after(response))
        if status == 422:
            raise TooMuch(_detail(response))
        if status != 200:
            raise Unavailable(f"HTTP {status}")
        try:
            return decode(endpoint, response.content)
        except NotRows as error:
            raise Unavailable(str(error)) from error

    async def _renew_token(self) -> None:
        """Log in when there is an account; the old token is kept until a new one is there."""
        if not (self.username and self.password):
            return
        age = (time.monotonic() - self._token_at) * self.speed
        if self._token and age < TOKEN_RENEWAL_SECONDS:
            return
        if self._token:
            # Should it fail, the old token serves on and the next attempt is a minute away.
            self._token_at += _RETRY_TOKEN_SECONDS / self.speed
        form = {"username": self.username, "password": self.password}
        try:
            response = await self.client.post("/token", data=form, timeout=FAST_TIMEOUT_SECONDS)
            if response.status_code == 200:
                self._token = msgspec.json.decode(response.content, type=_Token).access_token
                self._token_at = time.monotonic()
                return
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            if not self._token:
                raise Unavailable(f"no token: {type(error).__name__}") from error
            return
        if response.status_code == 401 and not self._token:
            raise Locked("wrong username or password, or an account that is not active yet")
        if not self._token:
            raise Unavailable(f"no token: HTTP {response.status_code}")


def _detail(response: httpx.Response) -> str:
    return response.text[:200]


def _retry_after(response: httpx.Response) -> float | None:
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_SECONDS)
