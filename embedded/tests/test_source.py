"""Which race is shown for which SOURCE."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from racetime_embedded.errors import SourceError
from racetime_embedded.source import Historical, Live, Recorded, Simulated, choose

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = {"RACETIME_OPENF1_USERNAME": "fan", "RACETIME_OPENF1_PASSWORD": "secret"}


def session(key: int, start: str, end: str, **other: object) -> dict[str, object]:
    return {"session_key": key, "date_start": start, "date_end": end, **other}


RACES = [
    session(11, "2026-11-08T13:00:00+00:00", "2026-11-08T15:00:00+00:00"),
    session(12, "2026-11-15T13:00:00+00:00", "2026-11-15T15:00:00+00:00", is_cancelled=True),
    session(13, "2026-12-06T13:00:00+00:00", "2026-12-06T15:00:00+00:00"),
    session(14, "soon", "later"),
]


async def off_season(endpoint, filters):
    if filters.get("session_key") == "latest":
        return RACES[:1]
    return RACES


async def race_day(endpoint, filters):
    return [session(15, "2026-11-23T11:00:00+00:00", "2026-11-23T13:00:00+00:00")]


async def no_network(endpoint, filters):
    raise httpx.ConnectError("no route to host")


async def slow_network(endpoint, filters):
    raise TimeoutError


async def test_auto_is_live_with_an_account_while_a_session_is_on():
    assert await choose("auto", ACCOUNT, race_day, NOW) == Live()


async def test_auto_is_the_latest_ended_race_without_an_account():
    assert await choose("auto", {}, off_season, NOW) == Historical(11, known=True)


async def test_auto_is_the_latest_ended_race_when_no_session_is_on():
    assert await choose("auto", ACCOUNT, off_season, NOW) == Historical(11, known=True)


@pytest.mark.parametrize("fetch", [no_network, slow_network])
async def test_auto_is_the_simulator_and_says_why_when_openf1_cannot_be_reached(fetch):
    choice = await choose("auto", {}, fetch, NOW)
    assert isinstance(choice, Simulated)
    assert "OpenF1" in choice.reason


async def test_latest_fails_plainly_when_openf1_cannot_be_reached():
    with pytest.raises(SourceError, match="OpenF1 did not answer"):
        await choose("latest", {}, no_network, NOW)


async def test_live_asks_for_an_account():
    with pytest.raises(SourceError, match="RACETIME_OPENF1_USERNAME"):
        await choose("live", {}, race_day, NOW)


async def test_digits_are_a_session_key():
    assert await choose("9693", {}, no_network, NOW) == Historical(9693)


async def test_the_simulator_needs_no_network():
    assert await choose("simulator", {}, no_network, NOW) == Simulated()


async def test_a_folder_with_a_recording_is_played(tmp_path: Path):
    (tmp_path / "sessions.json.gz").touch()
    assert await choose(str(tmp_path), {}, no_network, NOW) == Recorded(tmp_path)


@pytest.mark.parametrize("source", ["monaco", "./no/such/folder", "", "-1"])
async def test_anything_else_is_refused_with_what_is_allowed(source):
    with pytest.raises(SourceError, match="auto, live, latest, simulator"):
        await choose(source, {}, no_network, NOW)


async def test_a_folder_without_a_recording_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match="holds no recording"):
        await choose(str(tmp_path), {}, no_network, NOW)
