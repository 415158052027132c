"""A session is recorded from OpenF1, whatever happens on the way, and imported as a whole log."""

import asyncio
import gzip
import json
import math
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import virtual_time
from fakeredis import FakeAsyncRedis, FakeServer
from shortened import sample, shorten
from wire import Wire
from world import World, differences, settled

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.track_pb2 import Circuit
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.asker import Asker
from racetime_poller.import_log import ImportRefused
from racetime_poller.importer import import_recording
from racetime_poller.publisher import Publisher, connect, merged
from racetime_poller.recorded import Recorded, RecordingError
from racetime_poller.recorder import record_session
from racetime_poller.recording_folder import FolderError, RecordingFolder
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.openf1 import OpenF1
from racetime_simulator.archive import SessionTables
from racetime_simulator.faults import Faults
from racetime_simulator.growing import GrowingRecording
from racetime_simulator.manifest import FIRST_TABLES, read_manifest
from racetime_simulator.openf1 import Counts
from racetime_simulator.query import Query
from racetime_simulator.recording import load_recording

QATAR = "2025-qatar-sprint"
KEY = 9845
# Long after the session: all of it is there.
LATER = timedelta(days=2)


@asynccontextmanager
async def source(world: World) -> AsyncIterator[Asker]:
    transport = Wire(world)
    async with httpx.AsyncClient(transport=transport, base_url="http://openf1") as client:
        clock = SourceClock()
        await clock.read(client, "/clock")
        budget = Budget(TIERS[world.tier], clock.seconds)
        yield Asker(OpenF1(client, speed=clock.speed), budget, clock)


def record(session: SessionTables, folder: Path, *, until: int = 10**9, **options: Any) -> Counts:
    """Record a session that is over; return what the source counted."""

    async def main() -> Counts:
        archive = load_recording(options.pop("recording"))
        later = options.pop("later", LATER)
        world = World(archive, session.end + later, speed=1.0, **options)
        async with source(world) as openf1:
            count = 0
            async for progress in record_session(openf1, KEY, folder):
                count += 1
                if progress.complete or count >= until:
                    break
            return world.simulator.counts

    return virtual_time.run(main)


def rows(folder: Path, endpoint: str) -> list[dict[str, Any]]:
    body = gzip.decompress((folder / f"{endpoint}.jsonl.gz").read_bytes())
    return sorted((json.loads(line) for line in body.splitlines()), key=json.dumps)


@pytest.fixture(scope="module")
def qatar(recordings: Path) -> Path:
    return recordings / QATAR


@pytest.fixture(scope="module")
def sampled(qatar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sprint, with samples."""
    begin = datetime(2025, 11, 29, 13, 50, tzinfo=UTC)
    return sample(qatar, tmp_path_factory.mktemp("sampled"), begin=begin, seconds=3_600)


@pytest.fixture(scope="module")
def short(qatar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sprint's first two laps, and its result."""
    folder = tmp_path_factory.mktemp("short")
    return shorten(qatar, folder, until="2025-11-29T14:06", laps=2, samples=False)


@pytest.fixture(scope="module")
def tables(qatar: Path) -> SessionTables:
    return load_recording(qatar).session


@pytest.mark.parametrize(
    "faults",
    [(), ("server_error", "html", "truncated", "too_many_requests", "timeout")],
    ids=["well", "badly"],
)
def test_a_recording_has_what_the_source_has(
    faults: tuple[str, ...], sampled: Path, tables: SessionTables, tmp_path: Path
) -> None:
    record(tables, tmp_path, recording=sampled, faults=Faults(frozenset(faults), rate=0.1, seed=3))
    folder = tmp_path / str(KEY)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["complete"] is True
    for endpoint in ("laps", "intervals", "position", "race_control", "pit", "session_result"):
        known = json.loads(gzip.decompress((sampled / f"{endpoint}.json.gz").read_bytes()))
        assert rows(folder, endpoint) == sorted(known, key=json.dumps), endpoint
        assert manifest["endpoints"][endpoint]["rows"] == len(known)


def test_a_recording_that_was_cut_off_goes_on_where_it_was(
    sampled: Path, tables: SessionTables, tmp_path: Path
) -> None:
    record(tables, tmp_path, recording=sampled, until=6)
    folder = tmp_path / str(KEY)
    samples = folder / "location.jsonl.gz"
    known = {path.name for path in folder.glob("*.jsonl.gz") if path != samples}
    assert len(known) > 4
    before = {name: (folder / name).stat().st_mtime_ns for name in known}
    first = samples.read_bytes()
    # Half a window more than the manifest knows of.
    samples.write_bytes(first + b"\x1f\x8b\x08")
    record(tables, tmp_path, recording=sampled)
    assert {name: (folder / name).stat().st_mtime_ns for name in known} == before
    assert samples.read_bytes().startswith(first)
    found = rows(folder, "location")
    assert len(found) > 1_000
    assert len({json.dumps(row) for row in found}) == len(found), "none is there twice"
    assert json.loads((folder / "manifest.json").read_text())["complete"] is True


def test_a_recording_that_is_served_while_it_is_made_ends_as_the_whole(
    sampled: Path, tables: SessionTables, tmp_path: Path
) -> None:
    folder = tmp_path / str(KEY)
    record(tables, tmp_path, recording=sampled, until=4)
    served = load_recording(folder)
    assert isinstance(served, GrowingRecording)
    for until in (8, 16):
        record(tables, tmp_path, recording=sampled, until=until)
        assert not served.look()
    record(tables, tmp_path, recording=sampled)
    assert served.look()
    whole = load_recording(folder).session.tables
    for name in whole.keys() - {"sessions"}:
        mine = served.session.tables[name].select(Query(()), 10**18)
        assert sorted(mine) == sorted(whole[name].select(Query(()), 10**18)), name
    assert served.session.tables["location"].tables


def test_a_table_that_was_cut_off_while_it_was_replaced_is_asked_again(
    qatar: Path, tables: SessionTables, tmp_path: Path
) -> None:
    record(tables, tmp_path, recording=qatar)
    table = tmp_path / str(KEY) / "session_result.jsonl.gz"
    whole = table.read_bytes()
    table.write_bytes(gzip.compress(b"{}" * 1_000_000))
    record(tables, tmp_path, recording=qatar)
    assert table.read_bytes() == whole


def test_a_recorder_keeps_to_the_budget(
    sampled: Path, tables: SessionTables, tmp_path: Path
) -> None:
    counts = record(tables, tmp_path, recording=sampled, tier="free")
    assert counts.violations == 0
    assert counts.minute.most <= TIERS["free"].sustained
    assert counts.endpoints["sessions"] == 1


def test_a_session_that_has_just_ended_is_recorded_as_one_that_is_over(
    sampled: Path, tables: SessionTables, tmp_path: Path
) -> None:
    later = timedelta(minutes=40)
    counts = record(tables, tmp_path, recording=sampled, later=later)
    assert counts.endpoints["laps"] == 1
    assert read_manifest(tmp_path / str(KEY)).complete


def test_what_a_race_is_shown_by_comes_first_and_then_samples_side_by_side(
    sampled: Path, tables: SessionTables, tmp_path: Path
) -> None:
    record(tables, tmp_path, recording=sampled, until=22)
    parts = read_manifest(tmp_path / str(KEY)).endpoints
    assert tuple(parts)[:4] == FIRST_TABLES
    start = round(tables.first_lap_start.timestamp() * 1000)
    located, measured = (parts[name].windows for name in ("location", "car_data"))
    assert located[0].begin == start
    assert measured[0].begin == start
    assert abs(located[-1].until - measured[-1].until) <= 300_000
    assert tuple(parts)[4] == "location", "a first look at where the cars are"
    record(tables, tmp_path, recording=sampled)
    part = read_manifest(tmp_path / str(KEY)).endpoints["location"]
    assert part.windows[-1].until == start, "what was before the start comes last"
    feed = Recorded.open(tmp_path / str(KEY))
    dates = [
        row.date
        for endpoint, decoded in feed.until(10**14)
        for row in decoded.rows
        if endpoint == "location"
    ]
    assert dates == sorted(dates), "and is read first"
    assert len(dates) > 1_000


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


def imported(redis: Any, folder: Path, *, samples: bool = True) -> list[Any]:
    async def main() -> list[Any]:
        recorded = Recorded.open(folder, samples=samples)
        return [progress async for progress in import_recording(redis, recorded)]

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


def test_an_import_that_is_cut_off_leaves_the_old_log(short: Path) -> None:
    server = FakeServer()
    imported(FakeAsyncRedis(server=server), short, samples=False)

    async def main() -> None:
        redis = FakeAsyncRedis(server=server)
        before = await redis.get(keys.head(KEY))
        progress = import_recording(redis, Recorded.open(short))
        await anext(progress)
        await progress.aclose()
        assert await redis.get(keys.head(KEY)) == before
        assert [name for name in await redis.keys("*") if b"import" in name] == []
        there = import_recording(redis, Recorded.open(short), unless_there=True)
        assert [one async for one in there] == []

    asyncio.run(main())


async def growing(redis: Any, folder: Path) -> Any:
    """Import until there is something to see, and return the import."""
    progress = import_recording(redis, Recorded.open(folder, samples=False))
    async for _ in progress:
        if await redis.exists(keys.head(KEY)):
            return progress
    raise AssertionError("never seen while it grew")


def test_the_first_log_of_a_session_is_seen_while_it_grows(qatar: Path) -> None:
    async def main() -> None:
        redis = FakeAsyncRedis()
        progress = await growing(redis, qatar)
        seen = []
        for _ in range(8):
            head = merged(await redis.get(keys.head(KEY)))
            meta = await redis.hgetall(keys.meta(KEY))
            newest = (await redis.xrevrange(keys.log(KEY), count=1))[0]
            assert newest[0] == meta[keys.META_LAST_ID]
            assert (
                str(UpdateRecord.FromString(newest[1][keys.RECORD_FIELD]).sequence).encode()
                == (meta[keys.META_SEQUENCE])
            )
            assert len(head.drivers) == 20
            seen.append(int(meta[keys.META_SEQUENCE]))
            await anext(progress)
        assert seen == sorted(seen)
        assert seen[-1] > seen[0]
        assert await redis.hexists(keys.SESSIONS, str(KEY))
        assert await redis.ttl(keys.log(KEY)) > 0, "it is forgotten when nobody completes it"
        await progress.aclose()
        assert [name for name in await redis.keys("*") if str(KEY).encode() in name] == []
        assert not await redis.hexists(keys.SESSIONS, str(KEY))

    asyncio.run(main())


def test_a_log_that_another_has_taken_over_is_left_alone(qatar: Path) -> None:
    async def main() -> None:
        redis = FakeAsyncRedis()
        progress = await growing(redis, qatar)
        await redis.hset(keys.meta(KEY), "epoch", "7")
        before = await redis.get(keys.head(KEY))
        with pytest.raises(ImportRefused):
            async for _ in progress:
                pass
        assert await redis.get(keys.head(KEY)) == before

    asyncio.run(main())


def test_a_session_whose_rows_changed_is_recorded_and_imported_anew(
    short: Path, tables: SessionTables, tmp_path: Path
) -> None:
    server = FakeServer()
    recorded, repaired = tmp_path / "recorded", tmp_path / "repaired"

    async def read() -> tuple[int, RaceState]:
        redis = FakeAsyncRedis(server=server)
        revision = await redis.hget(keys.meta(KEY), keys.META_LOG_REVISION.decode())
        return int(revision), merged(await redis.get(keys.head(KEY)))

    record(tables, recorded, recording=short)
    imported(FakeAsyncRedis(server=server), recorded / str(KEY))
    first, told = asyncio.run(read())
    shutil.copytree(short, repaired)
    file = repaired / "session_result.json.gz"
    results = json.loads(gzip.decompress(file.read_bytes()))
    winner = next(row for row in results if row["position"] == 1)
    winner.update(position=None, dsq=True)
    file.write_bytes(gzip.compress(json.dumps(results).encode()))
    record(tables, recorded, recording=repaired)
    imported(FakeAsyncRedis(server=server), recorded / str(KEY))
    again, retold = asyncio.run(read())
    assert again > first
    number = winner["driver_number"]
    assert told.results[number].position == 1
    assert not retold.results[number].HasField("position")


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="sessions"):
        Recorded.open(tmp_path)


def circle(scale: int = 1) -> bytes:
    """A circuit file of a circle of some five kilometres."""
    turns = [2 * math.pi * share / 600 for share in range(600)]
    axes = {
        "x": [9_000 * scale * math.cos(turn) for turn in turns],
        "y": [9_000 * scale * math.sin(turn) for turn in turns],
    }
    return json.dumps(axes | {"corners": [], "marshalSectors": [], "rotation": 0}).encode()


@pytest.mark.parametrize("comes", [True, False])
def test_an_import_takes_in_the_circuit_file_that_the_meeting_names(
    short: Path, comes: bool
) -> None:
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        if not comes:
            await asyncio.Event().wait()
        return circle()

    async def main() -> Circuit | None:
        redis = FakeAsyncRedis()
        recorded = Recorded.open(short, samples=False)
        async for _ in import_recording(redis, recorded, fetch):
            pass
        assert await redis.exists(keys.head(KEY))
        return await Publisher(redis).circuit(150)

    circuit = virtual_time.run(main)
    assert asked == ["https://api.multiviewer.app/api/v1/circuits/150/2025"]
    # Without it cars drive on a circle of the circuit's length, which is no shape to keep.
    known = circuit is not None and circuit.source_url == asked[0]
    assert known is comes


def test_an_import_grows_and_is_put_in_place_on_a_cluster(
    valkey_client: Any, valkey_url: str, short: Path
) -> None:
    async def main() -> None:
        async with connect(valkey_url.replace("valkey", "redis+cluster", 1)) as redis:
            progress = await growing(redis, short)
            assert await redis.ttl(keys.log(KEY)) > 0
            assert [one async for one in progress]
            first = await redis.get(keys.head(KEY))
            # Again, in place of the one that is there.
            again = import_recording(redis, Recorded.open(short, samples=False))
            told = [one async for one in again]
            second = await redis.get(keys.head(KEY))
            found = differences(merged(first), merged(second))
            assert [one.partition(":")[0] for one in found] == ["session"]
            assert await redis.hget(keys.meta(KEY), "sequence") == str(told[-1].sequence).encode()
            assert await redis.ttl(keys.log(KEY)) == -1
            assert await redis.hexists(keys.SESSIONS, str(KEY))

    asyncio.run(main())
    assert [name for name in valkey_client.keys("*") if b"import" in name] == []
