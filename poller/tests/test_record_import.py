"""A session is recorded from OpenF1, whatever happens on the way, and imported as a whole log."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import virtual_time
from fakeredis import FakeAsyncRedis, FakeServer
from world import World, differences, settled

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.asker import Asker
from racetime_poller.import_log import ImportRefused
from racetime_poller.importer import import_recording
from racetime_poller.publisher import merged
from racetime_poller.recorded import Recorded, RecordingError
from racetime_poller.recorder import record_session
from racetime_poller.recording_folder import FolderError, RecordingFolder
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import OpenF1
from racetime_simulator.archive import SessionTables
from racetime_simulator.faults import Faults
from racetime_simulator.recording import load_recording

QATAR = "2025-qatar-sprint"
KEY = 9845
# Long after the session: all of it is there.
LATER = timedelta(days=2)


@asynccontextmanager
async def source(world: World) -> AsyncIterator[Asker]:
    transport = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://openf1") as client:
        clock = SourceClock()
        await clock.read(client, "/clock")
        budget = Budget(TIERS[world.tier], clock.seconds)
        yield Asker(OpenF1(client, speed=clock.speed), budget, clock)


def record(session: SessionTables, folder: Path, *, until: int = 10**9, **options: Any) -> int:
    """Record a session that is over; return how many requests were answered."""

    async def main() -> int:
        archive = load_recording(options.pop("recording"))
        world = World(archive, session.end + LATER, speed=1.0, **options)
        async with source(world) as openf1:
            count = 0
            async for progress in record_session(openf1, KEY, folder):
                count += 1
                if progress.complete or count >= until:
                    break
            return openf1.budget.used_in_minute

    return virtual_time.run(main)


def rows(folder: Path, endpoint: str) -> list[dict[str, Any]]:
    body = gzip.decompress((folder / f"{endpoint}.jsonl.gz").read_bytes())
    return sorted((json.loads(line) for line in body.splitlines()), key=json.dumps)


@pytest.fixture(scope="module")
def qatar(recordings: Path) -> Path:
    return recordings / QATAR


@pytest.fixture(scope="module")
def tables(qatar: Path) -> SessionTables:
    return load_recording(qatar).session


@pytest.mark.parametrize(
    "faults",
    [(), ("server_error", "html", "truncated", "too_many_requests", "timeout")],
    ids=["well", "badly"],
)
def test_a_recording_has_what_the_source_has(
    faults: tuple[str, ...], qatar: Path, tables: SessionTables, tmp_path: Path
) -> None:
    record(tables, tmp_path, recording=qatar, faults=Faults(frozenset(faults), rate=0.1, seed=3))
    folder = tmp_path / str(KEY)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["complete"] is True
    for endpoint in ("laps", "intervals", "position", "race_control", "pit", "session_result"):
        known = json.loads(gzip.decompress((qatar / f"{endpoint}.json.gz").read_bytes()))
        assert rows(folder, endpoint) == sorted(known, key=json.dumps), endpoint
        assert manifest["endpoints"][endpoint]["rows"] == len(known)


def test_a_recording_that_was_cut_off_goes_on_where_it_was(
    qatar: Path, tables: SessionTables, tmp_path: Path
) -> None:
    record(tables, tmp_path, recording=qatar, until=6)
    folder = tmp_path / str(KEY)
    known = {path.name for path in folder.glob("*.jsonl.gz")}
    assert known
    before = {name: (folder / name).stat().st_mtime_ns for name in known}
    # Half a window more than the manifest knows of.
    partial = folder / "location.jsonl.gz"
    partial.write_bytes((partial.read_bytes() if partial.exists() else b"") + b"\x1f\x8b\x08")
    record(tables, tmp_path, recording=qatar)
    assert {name: (folder / name).stat().st_mtime_ns for name in known} == before
    assert gzip.decompress((folder / "laps.jsonl.gz").read_bytes())
    assert json.loads((folder / "manifest.json").read_text())["complete"] is True


def test_a_recorder_keeps_to_the_budget(qatar: Path, tables: SessionTables, tmp_path: Path) -> None:
    used = record(tables, tmp_path, recording=qatar, tier="free")
    assert used <= TIERS["free"].sustained


def test_a_folder_of_another_session_is_refused(tmp_path: Path) -> None:
    folder = RecordingFolder.open(tmp_path, 1, 1, "Race")
    folder.write_table("laps", [b"{}"], complete=True)
    with pytest.raises(FolderError, match="session 1"):
        RecordingFolder.open(tmp_path, 2, 1, "Race")


def test_an_empty_answer_takes_nothing_away(tmp_path: Path) -> None:
    folder = RecordingFolder.open(tmp_path, 1, 1, "Race")
    folder.write_table("laps", [b'{"a":\n1}'], complete=False)
    folder.write_table("laps", [], complete=False)
    assert folder.body("laps") == b'[{"a":1}]'


def imported(redis: Any, folder: Path) -> list[Any]:
    async def main() -> list[Any]:
        return [progress async for progress in import_recording(redis, Recorded.open(folder))]

    return asyncio.run(main())


def test_an_import_is_a_whole_log(qatar: Path) -> None:
    server = FakeServer()
    told = imported(FakeAsyncRedis(server=server), qatar)
    assert told[-1].complete
    assert [one.share for one in told] == sorted(one.share for one in told)

    async def read() -> tuple[list[UpdateRecord], RaceState, Any]:
        redis = FakeAsyncRedis(server=server)
        entries = await redis.xrange(keys.log(KEY))
        head = merged(await redis.get(keys.head(KEY)))
        names = [name for name in await redis.keys("*") if b"import" in name]
        found = [UpdateRecord.FromString(entry[keys.RECORD_FIELD]) for _, entry in entries]
        assert await redis.hget(keys.meta(KEY), "sequence") == str(told[-1].sequence).encode()
        assert await redis.hexists(keys.SESSIONS, str(KEY))
        assert await redis.get(keys.LIVE) is None
        return found, head, names

    records, head, left = asyncio.run(read())
    assert left == []
    updates = [record for record in records if not record.keyframe]
    assert [record.sequence for record in updates] == list(range(1, len(updates) + 1))
    state = RaceState()
    for record in updates:
        state.MergeFromString(record.timing)
        state.MergeFromString(record.history)
    assert differences(state, head) == []
    winner = next(number for number, one in head.results.items() if one.position == 1)
    assert head.positions[winner].position == 1
    assert len(head.results) == 20


def test_an_import_ends_as_a_live_race_does(qatar: Path) -> None:
    server = FakeServer()
    imported(FakeAsyncRedis(server=server), qatar)

    async def live() -> RaceState:
        archive = load_recording(qatar)
        world = World(archive, archive.session.first_lap_start + timedelta(seconds=1080))
        async with world.poller():
            await world.until(1_260)
        return settled(await world.state(KEY))

    async def read() -> RaceState:
        return settled(merged(await FakeAsyncRedis(server=server).get(keys.head(KEY))))

    one, other = asyncio.run(read()), virtual_time.run(live)
    for state in (one, other):
        state.ClearField("session")
        state.ClearField("circuit")
        state.ClearField("weather")
    assert differences(one, other) == []


def test_a_live_session_is_not_imported(qatar: Path) -> None:
    server = FakeServer()

    async def main() -> None:
        redis = FakeAsyncRedis(server=server)
        await redis.set(keys.LIVE, str(KEY))
        with pytest.raises(ImportRefused, match="live"):
            async for _ in import_recording(redis, Recorded.open(qatar)):
                pass

    asyncio.run(main())


def test_an_import_that_is_cut_off_leaves_the_old_log(qatar: Path) -> None:
    server = FakeServer()
    imported(FakeAsyncRedis(server=server), qatar)

    async def main() -> None:
        redis = FakeAsyncRedis(server=server)
        before = await redis.get(keys.head(KEY))
        progress = import_recording(redis, Recorded.open(qatar))
        await anext(progress)
        await progress.aclose()
        assert await redis.get(keys.head(KEY)) == before
        assert [name for name in await redis.keys("*") if b"import" in name] == []

    asyncio.run(main())


def test_an_import_again_begins_another_revision(qatar: Path) -> None:
    server = FakeServer()

    async def revision() -> int:
        redis = FakeAsyncRedis(server=server)
        return int(await redis.hget(keys.meta(KEY), keys.META_LOG_REVISION.decode()))

    imported(FakeAsyncRedis(server=server), qatar)
    first = asyncio.run(revision())
    imported(FakeAsyncRedis(server=server), qatar)
    assert asyncio.run(revision()) > first


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="sessions"):
        Recorded.open(tmp_path)
