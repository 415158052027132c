"""OpenF1's REST API; what it raises is drawn in `errors`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan

import httpx

from racetime_poller.sources.account import TOKEN_RENEWAL_SECONDS, Account, text_of
from racetime_poller.sources.decode import Decoded, NotRows, decode, split_rows
from racetime_poller.sources.errors import (
    Locked,
    RateLimited,
    SourceError,
    TokenRefused,
    TooMuch,
    Unavailable,
)

__all__ = [
    "TOKEN_RENEWAL_SECONDS",
    "Locked",
    "OpenF1",
    "RateLimited",
    "SourceError",
    "TokenRefused",
    "TooMuch",
    "Unavailable",
]

# Requests that answer much take longer.
FAST_TIMEOUT_SECONDS = 5.0
BULK_TIMEOUT_SECONDS = 15.0
_MAX_RETRY_AFTER_SECONDS = 60.0


@dataclass(slots=True)
class OpenF1:
    """Asks OpenF1 for rows. `speed` is that of the source's clock, on which a token ages."""

    client: httpx.AsyncClient
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    speed: float = 1.0
    account: Account = field(init=False)

    def __post_init__(self) -> None:
        self.account = Account(self.client, self.username, self.password, self.speed)

    async def fetch(
        self, endpoint: str, params: Mapping[str, str | int], *, bulk: bool = False
    ) -> Decoded:
        """Return the rows of an endpoint. An empty answer is no rows, in whichever form.

        Keys of `params` carry OpenF1's operators: `date>` means at or after. Raises SourceError.
        """
        token, body = await self._ask(endpoint, params, bulk=bulk)
        try:
            decoded = decode(endpoint, body)
        except NotRows as error:
            raise Unavailable(str(error)) from error
        self.account.accepted(token)
        return decoded

    async def fetch_raw(
        self, endpoint: str, params: Mapping[str, str | int], *, bulk: bool = False
    ) -> Sequence[bytes]:
        """Return the rows of an endpoint as OpenF1 wrote them. Raises SourceError."""
        token, body = await self._ask(endpoint, params, bulk=bulk)
        try:
            raws = split_rows(body)
        except NotRows as error:
            raise Unavailable(str(error)) from error
        self.account.accepted(token)
        return raws

    async def _ask(
        self, endpoint: str, params: Mapping[str, str | int], *, bulk: bool
    ) -> tuple[str | None, bytes]:
        """Return the token that was used and the body of an answer that should be rows."""
        await self.log_in()
        token = self.account.text
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        timeout = BULK_TIMEOUT_SECONDS if bulk else FAST_TIMEOUT_SECONDS
        try:
            response = await self.client.get(
                f"/v1/{endpoint}", params=dict(params), headers=headers, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        return token, self._read(response, token)

    async def log_in(self) -> None:
        """Log in where that is due. What goes before a request does not take from its turn."""
        self.account.speed = self.speed
        await self.account.token()

    def take_turns(self, turn: Callable[[], Awaitable[None]]) -> None:
        """Let logins, too, wait for their turn in the budget."""
        self.account.turn = turn

    def _read(self, response: httpx.Response, token: str | None) -> bytes:
        status = response.status_code
        if status in (401, 403):
            raise self.account.refused(token, _detail(response))
        if status == 429:
            raise RateLimited(_retry_after(response))
        if status == 422:
            raise TooMuch(_detail(response))
        if status == 404 and b"No results" in response.content:
            return b"[]"
        if status != 200:
            raise Unavailable(f"HTTP {status}")
        return response.content


def _detail(response: httpx.Response) -> str:
    return text_of(response)[:200]


def _retry_after(response: httpx.Response) -> float | None:
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    if isnan(seconds):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_SECONDS)
