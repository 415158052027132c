"""Answers become rows once, at the edge; what is no row is set aside, never guessed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racetime_poller.race.rows import ENDPOINTS
from racetime_poller.sources.decode import NotRows, decode, parse_instant

GOOD = b'{"session_key":9,"driver_number":1,"date":"2026-06-07T13:05:41.712000+00:00","position":3}'


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-07T13:05:41.712000+00:00",
        "2026-06-07T13:05:41.712000",
        "2026-06-07T13:05:41.712Z",
        "2026-06-07T15:05:41.712+02:00",
    ],
)
def test_an_instant_without_a_zone_is_utc(text: str) -> None:
    assert parse_instant(text) == 1_780_837_541_712


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><h1>502 Bad Gateway</h1></html>",
        b'{"detail":"Internal Server Error"}',
        b"[" + GOOD + b"," + GOOD[:40],
        b"null",
        b"\xff\xfe[]",
        b"[" * 100_000,
    ],
)
def test_what_is_no_list_of_rows_is_refused_whole(body: bytes) -> None:
    with pytest.raises(NotRows):
        decode("position", body)


@pytest.mark.parametrize(
    "garbage",
    [
        b"null",
        b"17",
        b"{}",
        GOOD.replace(b"3}", b"null}"),
        GOOD.replace(b'"driver_number":1', b'"driver_number":"44?"'),
        GOOD.replace(b"2026-06-07T13:05:41", b"2026-13-45T99:99:99"),
        GOOD.replace(b'"2026-06-07T13:05:41.712000+00:00"', b"1e18"),
        GOOD.replace(b'"session_key":9', b'"session_key":"latest"'),
        b'"\xff"',
    ],
)
def test_one_garbage_row_spoils_no_other(garbage: bytes) -> None:
    decoded = decode("position", b"[" + GOOD + b"," + garbage + b"," + GOOD + b"]")
    assert [row.position for row in decoded.rows] == [3, 3]
    assert [reason for reason, _ in decoded.set_aside] == ["shape"]


def test_fields_that_are_not_ours_are_let_pass() -> None:
    body = GOOD.replace(b'"position"', b'"an_extra_field":{"deep":[null]},"position"')
    assert len(decode("position", b"[" + body + b"]").rows) == 1


def test_nothing_is_no_rows() -> None:
    assert decode("laps", b"[]").rows == []


@given(st.sampled_from(sorted(ENDPOINTS)), st.binary(max_size=60))
def test_any_bytes_are_rows_or_refused(endpoint: str, body: bytes) -> None:
    with suppress(NotRows):
        decode(endpoint, b"[" + body + b"]")
