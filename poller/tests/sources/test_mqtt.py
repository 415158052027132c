"""A real broker, as OpenF1 has one: tokens, naive dates, TLS, connections that break."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from racetime_poller.sources.mqtt import Broker, PushError, PushRefused
from racetime_simulator.broker import PushBroker, serve_push
from racetime_simulator.clock import Clock
from racetime_simulator.faults import Faults
from racetime_simulator.madeup.season import Season
from racetime_simulator.push import PushFeed


def is_good(username: str, password: str) -> bool:
    return bool(username) and password == "good"


@pytest.fixture(scope="module")
def season() -> Season:
    return Season(1, datetime(2026, 3, 8, 15, tzinfo=UTC))


@asynccontextmanager
async def broker(season: Season, **options: Any) -> AsyncIterator[PushBroker]:
    """Push the first laps of a made-up race."""
    clock = Clock(season.first.first_lap_start + timedelta(seconds=90), 20.0)
    feed = PushFeed(season, options.pop("faults", Faults()))
    async with serve_push(feed, clock, is_good, **options) as pushing:
        publishing = asyncio.create_task(pushing.run())
        try:
            yield pushing
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something, ten seconds at most."""
    for _ in range(1_000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def receive(url: str, count: int, *topics: str, tls: Any = None) -> list[tuple[str, bytes]]:
    """Return so many messages."""
    found: list[tuple[str, bytes]] = []
    async with asyncio.timeout(20), Broker(url, tls).connect("good", topics) as messages:
        async for batch in messages:
            found += batch
            if len(found) >= count:
                return found
    return found


async def test_rows_are_pushed_as_openf1_pushes_them(season: Season) -> None:
    async with broker(season) as pushing:
        url = f"mqtt://127.0.0.1:{pushing.port}"
        found = await receive(url, 2_000, "v1/laps", "v1/location", "v1/intervals")
    rows = [(topic, msgspec.json.decode(body)) for topic, body in found]
    assert {topic for topic, _ in rows} == {"v1/laps", "v1/location", "v1/intervals"}
    ids = [row["_id"] for _, row in rows]
    assert len(set(ids)) == len(ids)
    for topic, row in rows:
        date = datetime.fromisoformat(row["date_start" if topic == "v1/laps" else "date"])
        assert (date.tzinfo is None) == (topic != "v1/location")
        assert str(row["driver_number"]) in row["_key"].split("_")


async def test_a_token_that_is_not_good_is_refused(season: Season) -> None:
    async with broker(season) as pushing:
        client = Broker(f"mqtt://127.0.0.1:{pushing.port}")
        with pytest.raises(PushRefused):
            async with client.connect("bad", ["v1/laps"]):
                pass


async def test_a_broker_that_is_not_there_or_goes_is_an_error(season: Season) -> None:
    async with broker(season) as pushing:
        url = f"mqtt://127.0.0.1:{pushing.port}"
        listening = asyncio.create_task(receive(url, 1_000_000, "v1/location"))
        await until(lambda: pushing.connections > 0)
        pushing.feed.faults.turn_on("mqtt_disconnect")
        with pytest.raises(PushError):
            await listening
        with pytest.raises(PushError):
            await receive(url, 1, "v1/laps")
        pushing.feed.faults.turn_off()
        assert await receive(url, 1, "v1/location")
    with pytest.raises(PushError):
        await receive(url, 1, "v1/laps")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a certificate of this machine's, good for a day."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    return key, certificate


# What paho leaves behind of a handshake that failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_push_is_taken_over_tls_and_only_from_whom_we_trust(
    season: Season, certificate: tuple[Path, Path]
) -> None:
    key, own = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(own, key)
    async with broker(season, tls=server) as pushing:
        url = f"mqtts://127.0.0.1:{pushing.port}"
        trusted = ssl.create_default_context(cafile=own)
        assert len(await receive(url, 20, "v1/location", tls=trusted)) >= 20
        with pytest.raises(PushError):
            await receive(url, 1, "v1/location")
