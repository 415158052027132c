"""Of two versions of a row the newer one counts, however they come."""

import pytest

from racetime_poller.race.rows import Instant, LapRow, LocationRow
from racetime_poller.sources.decode import Message, NotRows, decode, decode_message
from racetime_poller.sources.versions import Versions

NOW = 1_742_000_000_000


def lap(duration: float | None = None, *, driver: int = 1, session: int = 9) -> LapRow:
    return LapRow(session, driver, 3, lap_duration=duration)


def test_an_older_version_never_overwrites_a_newer_one() -> None:
    versions = Versions()
    assert versions.admit("laps", Message(lap(), NOW), NOW, 100.0)
    assert versions.admit("laps", Message(lap(90.0), NOW + 5), NOW, 101.0)
    assert not versions.admit("laps", Message(lap(80.0), NOW + 4), NOW, 102.0)
    assert versions.admit("laps", Message(lap(90.0), NOW + 5), NOW, 103.0)
    assert versions.admit("laps", Message(lap(80.0, driver=2), NOW + 4), NOW, 104.0)
    assert versions.admit("laps", Message(lap(80.0, session=8), NOW + 4), NOW, 105.0)


def test_a_number_from_ahead_or_none_at_all_shuts_nothing_out() -> None:
    versions = Versions()
    assert versions.admit("laps", Message(lap(), NOW + 10**10), NOW, 100.0)
    assert versions.admit("laps", Message(lap(), None), NOW, 100.0)
    assert versions.admit("laps", Message(lap(90.0), NOW), NOW, 101.0)


def test_samples_have_no_versions() -> None:
    versions = Versions()
    row = LocationRow(9, 1, Instant(NOW), 1, 2)
    assert versions.admit("location", Message(row, 5), NOW, 100.0)
    assert versions.admit("location", Message(row, 4), NOW, 100.0)


def test_an_answer_that_may_be_older_than_what_was_pushed_is_left_out() -> None:
    versions = Versions()
    versions.admit("laps", Message(lap(90.0), NOW), NOW, 100.0)
    old, other = lap(), lap(80.0, driver=2)
    # Asked before it was pushed, or so soon after that the answer may come from a cache.
    assert versions.current("laps", [old, other], 99.0) == [other]
    assert versions.current("laps", [old, other], 104.0) == [other]
    assert versions.current("laps", [old, other], 106.0) == [old, other]
    assert versions.current("pit", [old], 99.0) == [old]


@pytest.mark.parametrize("date", ["2025-03-14T00:53:20.123999", "2025-03-14T00:53:20.123+00:00"])
def test_a_pushed_row_is_the_row_that_is_asked_for(date: str) -> None:
    body = (
        f'{{"date":"{date}","session_key":9,"driver_number":4,"position":2,"meeting_key":7,'
        f'"_key":"1741913600123_4","_id":17,"_index":3}}'
    ).encode()
    message = decode_message("position", body)
    (row,) = decode("position", b"[" + body + b"]").rows
    assert message == Message(row, 17)
    assert row.date == 1_741_913_600_123


@pytest.mark.parametrize("number", ["null", '"x"', "1.5", "[]"])
def test_a_version_that_cannot_be_read_is_none(number: str) -> None:
    body = f'{{"session_key":9,"driver_number":4,"lap_number":3,"_id":{number}}}'.encode()
    assert decode_message("laps", body).version is None


@pytest.mark.parametrize(
    "body", [b"", b"17", b"[]", b"{}", b"\xff", b'{"session_key":"9"}', b"[" * 9999]
)
def test_a_message_that_is_no_row_is_told_apart(body: bytes) -> None:
    with pytest.raises(NotRows):
        decode_message("laps", body)
