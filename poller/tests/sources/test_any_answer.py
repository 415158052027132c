"""Whatever a login, a clock or a broker answers: no error but those that callers know."""

import json
import os
import re
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from racetime_poller.sources.account import Account, AccountState
from racetime_poller.sources.clock import SourceClock

pytestmark = pytest.mark.fuzz

TIMES = int(os.environ.get("RACETIME_FUZZ_TIMES") or 1)
SEED = int(os.environ.get("RACETIME_FUZZ_SEED") or 1)

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
_NUMBERS = st.sampled_from(
    ("3600", 3600, -1, 0, "NaN", "Infinity", 1e308, "soon", 10**40, 10**400, None)
)
_TIMES = st.sampled_from(("2025-03-16T04:00:00+00:00", "0001-01-01T00:00:00", "2025-02-30", "now"))


def answers(**known: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Make up answers: with the fields that are known, right or wrong, or anything at all."""
    fields = {name: strategy | _VALUES for name, strategy in known.items()}
    shaped = st.fixed_dictionaries({}, optional=fields) | _VALUES
    return shaped.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100)


def client(status: int, body: bytes) -> httpx.AsyncClient:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    return httpx.AsyncClient(transport=transport, base_url="https://openf1.example")


@seed(SEED)
@settings(max_examples=150 * TIMES, deadline=None, database=None)
@given(
    st.sampled_from((200, 201, 204, 302, 400, 401, 403, 429, 500)),
    answers(access_token=st.text(max_size=20), expires_in=_NUMBERS),
)
async def test_a_login_brings_a_token_or_says_why_not(status: int, body: bytes) -> None:
    async with client(status, body) as openf1:
        account = Account(openf1, "name", "s3cret")
        token = await account.token()
    assert (token is None) == bool(account.last_failure)
    # What cannot stand in a header is no token.
    assert token is None or re.fullmatch("[!-~]+", token)
    assert "s3cret" not in account.last_failure
    assert account.state in AccountState


@seed(SEED)
@settings(max_examples=150 * TIMES, deadline=None, database=None)
@given(
    answers(
        now=_TIMES,
        speed=_NUMBERS | st.floats(),
        provenance=st.sampled_from(("live", "replay", "simulated", "other")),
        session_key=st.integers() | st.none(),
        total_laps=st.dictionaries(st.text(max_size=5), st.integers()),
    )
)
async def test_a_clock_that_is_none_is_not_followed(body: bytes) -> None:
    clock = SourceClock()
    async with client(200, body) as simulator:
        with suppress(httpx.HTTPError, ValueError, msgspec.MsgspecError):
            await clock.read(simulator, "/clock")
    assert 0 < clock.speed < float("inf")
    assert clock.now() > 0
