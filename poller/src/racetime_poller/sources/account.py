"""The account at OpenF1: it logs in and keeps the token that works.

A token lives for an hour and a race outlives it. So it is renewed well before, the old one is kept
until the new one has worked, and a `/token` that is dead or refuses is no reason to stop.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

import httpx
import msgspec

from racetime_poller.sources.errors import (
    LockedOut,
    NotActive,
    NoToken,
    SourceError,
    TokenRefused,
    WrongLogin,
)

# A token lives for an hour; it is renewed well before.
TOKEN_RENEWAL_SECONDS = 45 * 60
# Of a token that lives for less, after this share of its life.
_RENEWAL_SHARE = 0.75
_SHORTEST_LIFE_SECONDS = 60.0
# When no token was to be had, until the next attempt: the last one for good.
_RETRY_SECONDS = (5.0, 10.0, 20.0, 40.0, 60.0)
_TIMEOUT_SECONDS = 5.0
# In what OpenF1 tells those whom it does not let in while a session is on.
_LOCK_OUT = "Live F1 session in progress"
_REFUSALS = (400, 401, 403)
# What can stand in a header.
_TOKEN = re.compile(r"[!-~]+")


class AccountState(Enum):
    """How the account stands; the names are those of the contract."""

    UNSPECIFIED = "not known yet"
    NONE = "none is set"
    ACTIVE = "a token works"
    LOCKED_OUT = "refused while a live session is on"
    REFUSED = "wrong login, or not active"
    UNREACHABLE = "no token can be had"


class _Answer(msgspec.Struct):
    access_token: str
    # A string, in truth; a number would do as well.
    expires_in: str | int | float | None = None


@dataclass(slots=True)
class Token:
    """A token, and when it was given, by the monotonic clock."""

    text: str = field(repr=False)
    given_at: float
    renewal_seconds: float
    worked: bool = False


@dataclass(slots=True)
class Account:
    """What a client of OpenF1 sends to be let in. `speed` is that of the source's clock, on which a
    token ages. Each login takes a `turn` of the request budget."""

    client: httpx.AsyncClient
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    speed: float = 1.0
    turn: Callable[[], Awaitable[None]] | None = None
    state: AccountState = AccountState.UNSPECIFIED
    last_failure: str = ""
    _current: Token | None = field(default=None, repr=False)
    # Serves on until the current one has worked.
    _previous: Token | None = field(default=None, repr=False)
    _failures: int = 0
    _retry_at: float = 0.0
    _login: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        if not self.is_given:
            self.state = AccountState.NONE

    @property
    def is_given(self) -> bool:
        """Whether there is a user name and a password."""
        return bool(self.username and self.password)

    @property
    def token_age_seconds(self) -> float | None:
        """How old the token in use is; None when there is none."""
        return None if self._current is None else self._age(self._current)

    @property
    def text(self) -> str | None:
        """The token in use."""
        return None if self._current is None else self._current.text

    async def token(self, *, instead_of: str | None = None) -> str | None:
        """Return the token to send, a new one when it is time or when the other was refused; None
        when there is none to be had."""
        if not self.is_given:
            return None
        async with self._login:
            if self._is_due(instead_of) and time.monotonic() >= self._retry_at:
                await self._log_in()
        return self.text

    def _is_due(self, instead_of: str | None) -> bool:
        current = self._current
        if current is None or current.text == instead_of:
            return True
        return self._age(current) > current.renewal_seconds

    def _age(self, token: Token) -> float:
        return (time.monotonic() - token.given_at) * self.speed

    def accepted(self, token: str | None) -> None:
        """Note that a request with this token, or without one, was let in."""
        if token is None:
            if self.state is AccountState.LOCKED_OUT:
                self.state = AccountState.NONE
            return
        self.state = AccountState.ACTIVE
        if self._current is not None and self._current.text == token:
            self._current.worked = True
            self._previous = None

    def refused(self, token: str | None, detail: str) -> SourceError:
        """Note that a request was refused; return what that means."""
        current = self._current
        if not self.is_given:
            self.state = AccountState.LOCKED_OUT
            self.last_failure = detail
            return LockedOut(detail)
        if token is None or current is None:
            return self._shut(detail)
        if token != current.text:
            return TokenRefused("another token has come meanwhile")
        if self._previous is not None:
            self._current, self._previous = self._previous, None
            self._put_off("the new token is refused", _RETRY_SECONDS[-1])
            return TokenRefused("the new token is refused; the old one serves on")
        if current.worked:
            self._current = None
            return TokenRefused("the token has lost its power")
        self._put_off(f"logged in, yet refused: {detail}", _RETRY_SECONDS[-1])
        # It is sent on, and renewed: the account may be made active at any time.
        current.renewal_seconds = 0.0
        if _LOCK_OUT in detail:
            self.state = AccountState.LOCKED_OUT
            return LockedOut(f"logged in, yet locked out: {detail}")
        self.state = AccountState.REFUSED
        return NotActive(f"the account is not active: {detail}")

    def _shut(self, detail: str) -> SourceError:
        """Tell why there is no token where one is asked for."""
        if self.state is AccountState.REFUSED:
            return WrongLogin(self.last_failure)
        if self.state is AccountState.UNREACHABLE:
            return NoToken(f"no token: {self.last_failure}")
        return TokenRefused(detail)

    async def _log_in(self) -> None:
        if self.turn is not None:
            await self.turn()
        form = {"username": self.username, "password": self.password}
        try:
            response = await self.client.post("/token", data=form, timeout=_TIMEOUT_SECONDS)
            if response.status_code == 200:
                self._receive(msgspec.json.decode(response.content, type=_Answer))
                return
        except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._failed(AccountState.UNREACHABLE, type(error).__name__)
            return
        detail = f"HTTP {response.status_code}: {text_of(response)[:160]}"
        if response.status_code in _REFUSALS:
            reason = f"wrong user name or password, or not active yet ({detail})"
            self._failed(AccountState.REFUSED, reason)
        else:
            self._failed(AccountState.UNREACHABLE, detail)

    def _receive(self, answer: _Answer) -> None:
        if not _TOKEN.fullmatch(answer.access_token):
            self._failed(AccountState.UNREACHABLE, "the token is none")
            return
        if self._current is not None and self._current.worked:
            self._previous = self._current
        life = _seconds(answer.expires_in)
        renewal = TOKEN_RENEWAL_SECONDS if life is None else life * _RENEWAL_SHARE
        self._current = Token(
            answer.access_token, time.monotonic(), min(renewal, TOKEN_RENEWAL_SECONDS)
        )
        self._failures = 0
        self._retry_at = 0.0
        self.last_failure = ""

    def _failed(self, state: AccountState, reason: str) -> None:
        # Who still has a token that works is none the worse for it.
        if self._current is None or not self._current.worked:
            self.state = state
        self._put_off(reason)

    def _put_off(self, reason: str, pause: float | None = None) -> None:
        self.last_failure = reason
        if pause is None:
            pause = _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS) - 1)]
        self._failures += 1
        self._retry_at = time.monotonic() + pause / self.speed


def text_of(response: httpx.Response) -> str:
    """Return a body as text, whatever encoding it claims: httpx itself fails at some."""
    return response.content.decode("utf-8", "replace")


def _seconds(text: str | int | float | None) -> float | None:
    """Read how long a token lives; None where that is not said."""
    try:
        seconds = float(text) if text is not None else 0.0
    except (ValueError, OverflowError):
        return None
    return max(seconds, _SHORTEST_LIFE_SECONDS) if 0 < seconds < float("inf") else None
