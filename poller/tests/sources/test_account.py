"""A token serves until its renewal, and nothing that /token does stops who has one that works."""

import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from racetime_poller.sources.account import TOKEN_RENEWAL_SECONDS, Account, AccountState
from racetime_poller.sources.errors import (
    Locked,
    LockedOut,
    NotActive,
    NoToken,
    TokenRefused,
    WrongLogin,
)
from racetime_poller.sources.openf1 import OpenF1

LIVE = "Live F1 session in progress. Access is restricted to authenticated users."
WRONG = "Incorrect username or password"


class Desk:
    """A server that hands out tokens and lets in who has a good one."""

    def __init__(self) -> None:
        self.status = 200
        self.expires_in: Any = "3600"
        self.logins = 0
        self.good: set[str] = set()
        # Whether new tokens are good.
        self.activates = True
        self.detail = LIVE
        self.is_open = False
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return self._log_in()
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.seen.append(token)
        if token in self.good or self.is_open:
            return httpx.Response(200, json=[])
        return httpx.Response(401, json={"detail": self.detail})

    def _log_in(self) -> httpx.Response:
        self.logins += 1
        if self.status == 401:
            return httpx.Response(401, json={"detail": WRONG})
        if self.status != 200:
            return httpx.Response(self.status, html="<html>")
        token = f"token-{self.logins}"
        if self.activates:
            self.good.add(token)
        return httpx.Response(200, json={"access_token": token, "expires_in": self.expires_in})


@asynccontextmanager
async def openf1(desk: Desk, *, account: bool = True) -> Any:
    """Return a client of the desk."""
    transport = httpx.MockTransport(desk)
    async with httpx.AsyncClient(transport=transport, base_url="http://openf1") as client:
        yield OpenF1(client, *(("me", "secret") if account else ()))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(autouse=True)
def clock() -> Iterator[list[float]]:
    now = [1000.0]
    with patch.object(time, "monotonic", lambda: now[0]):
        yield now


async def test_a_token_serves_until_its_renewal(desk: Desk, clock: list[float]) -> None:
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        await source.fetch("laps", {})
        clock[0] += TOKEN_RENEWAL_SECONDS + 1
        await source.fetch("laps", {})
        assert source.account.token_age_seconds == 0
    assert desk.seen == ["token-1", "token-1", "token-2"]


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [("1200", 900), (1200, 900), (1200.0, 900), ("soon", 2700), (None, 2700), ("-5", 2700)],
)
async def test_a_token_of_another_life_is_renewed_in_time(
    desk: Desk, clock: list[float], expires_in: object, seconds: float
) -> None:
    desk.expires_in = expires_in
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        clock[0] += seconds - 1
        await source.fetch("laps", {})
        clock[0] += 2
        await source.fetch("laps", {})
    assert desk.seen == ["token-1", "token-1", "token-2"]


@pytest.mark.parametrize("status", [401, 500, 404])
async def test_the_old_token_is_kept_when_no_new_one_is_to_be_had(
    desk: Desk, clock: list[float], status: int
) -> None:
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        clock[0] += TOKEN_RENEWAL_SECONDS + 1
        desk.status = status
        for _ in range(5):
            await source.fetch("laps", {})
        assert source.account.state is AccountState.ACTIVE
        assert str(status) in source.account.last_failure
    assert set(desk.seen) == {"token-1"}
    assert desk.logins == 2


async def test_the_old_token_serves_until_the_new_one_works(desk: Desk, clock: list[float]) -> None:
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        desk.activates = False
        clock[0] += TOKEN_RENEWAL_SECONDS + 1
        with pytest.raises(TokenRefused):
            await source.fetch("laps", {})
        await source.fetch("laps", {})
        desk.activates = True
        clock[0] += 61
        await source.fetch("laps", {})
        assert source.account.state is AccountState.ACTIVE
    assert desk.seen == ["token-1", "token-2", "token-1", "token-3"]


async def test_a_token_that_has_expired_early_is_replaced_once(desk: Desk) -> None:
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        desk.good.clear()
        with pytest.raises(TokenRefused):
            await source.fetch("laps", {})
        await source.fetch("laps", {})
    assert desk.seen == ["token-1", "token-1", "token-2"]


async def test_a_live_session_locks_out_who_has_no_account_until_it_ends(desk: Desk) -> None:
    async with openf1(desk, account=False) as source:
        assert source.account.state is AccountState.NONE
        with pytest.raises(LockedOut):
            await source.fetch("laps", {})
        assert source.account.state is AccountState.LOCKED_OUT
        desk.is_open = True
        await source.fetch("laps", {})
        assert source.account.state is AccountState.NONE
    assert desk.logins == 0


async def test_a_lock_out_in_spite_of_an_account_is_told_apart_from_a_wrong_password(
    desk: Desk, clock: list[float]
) -> None:
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        desk.good.clear()
        desk.activates = False
        with pytest.raises(TokenRefused):
            await source.fetch("laps", {})
        for _ in range(5):
            with pytest.raises(LockedOut):
                await source.fetch("laps", {})
        assert source.account.state is AccountState.LOCKED_OUT
        assert desk.logins == 2
        desk.activates = True
        clock[0] += 61
        await source.fetch("laps", {})
        assert source.account.state is AccountState.ACTIVE


async def test_an_account_that_is_not_active_says_so(desk: Desk) -> None:
    desk.activates, desk.detail = False, "No active subscription"
    async with openf1(desk) as source:
        with pytest.raises(NotActive):
            await source.fetch("laps", {})
        assert source.account.state is AccountState.REFUSED


@pytest.mark.parametrize(
    ("status", "error", "state"),
    [
        (401, WrongLogin, AccountState.REFUSED),
        (503, NoToken, AccountState.UNREACHABLE),
    ],
)
async def test_a_refused_login_says_so_and_is_tried_gently(
    desk: Desk, clock: list[float], status: int, error: type[Locked], state: AccountState
) -> None:
    desk.status = status
    async with openf1(desk) as source:
        for _ in range(60):
            with pytest.raises(error):
                await source.fetch("laps", {})
            clock[0] += 10
        assert source.account.state is state
        assert 8 <= desk.logins <= 15
        desk.status = 200
        clock[0] += 61
        await source.fetch("laps", {})
        assert source.account.state is AccountState.ACTIVE


async def test_a_dead_token_endpoint_hinders_nobody_while_no_session_is_on(desk: Desk) -> None:
    desk.status, desk.is_open = 503, True
    async with openf1(desk) as source:
        assert (await source.fetch("laps", {})).rows == []
    assert desk.seen == [""]


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b'{"access_token": 7}', b"\xff"])
async def test_an_answer_that_is_no_token_is_none(body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_token = request.url.path == "/token"
        return httpx.Response(200, content=body) if is_token else httpx.Response(401, text=LIVE)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://openf1") as client:
        with pytest.raises(NoToken):
            await OpenF1(client, "me", "secret").fetch("laps", {})


async def test_the_secrets_are_in_no_message(desk: Desk) -> None:
    async with openf1(desk) as source:
        await source.fetch("laps", {})
        assert "token-1" not in repr(source)
        assert "secret" not in repr(source)
        assert isinstance(source.account, Account)
