"""The log in a real Redis: ids that grow, sequences without holes, one writer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from racetime import keys
from racetime.v1.car_pb2 import CarPosition
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.track_pb2 import Circuit
from racetime.v1.update_record_pb2 import FeedStatus, UpdateRecord, UpdateRecords
from racetime_poller.lease import Lease
from racetime_poller.publisher import (
    Fenced,
    Left,
    OutOfStep,
    Publisher,
    RedisError,
    Refused,
    Standing,
    connect,
    merged,
)

KEY, T0 = 9, 1_742_000_000_000


def update(sequence: int, *, keyframe: bool = False) -> UpdateRecord:
    state = RaceState(positions={sequence: CarPosition(position=sequence)})
    return UpdateRecord(sequence=sequence, keyframe=keyframe, timing=state.SerializeToString())


@pytest.fixture(params=["redis", "redis+cluster"])
async def redis(
    valkey_client: Any, valkey_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[Redis]:
    async with connect(valkey_url.replace("valkey", request.param, 1)) as client:
        yield client


async def opened(redis: Redis, epoch: int = 1) -> Publisher:
    publisher = Publisher(redis, epoch)
    await publisher.open(KEY, 77)
    return publisher


async def entries(redis: Redis) -> list[tuple[bytes, UpdateRecord]]:
    found: Any = await redis.xrange(keys.log(KEY))
    return [(name, UpdateRecord.FromString(one[keys.RECORD_FIELD])) for name, one in found]


async def test_a_new_log_begins_before_its_first_update(redis: Redis) -> None:
    log = await Publisher(redis, 1).open(KEY, 77)
    assert (log.sequence, log.log_revision) == (0, 77)
    assert log.state == RaceState()


async def test_of_two_writers_of_one_epoch_the_second_begins_a_later_term(redis: Redis) -> None:
    first = await opened(redis)
    # The lease has lost count: another poller has it, of the same epoch.
    lease = Lease(redis, "another", 60_000)
    assert await lease.renew()
    second = Publisher(redis, lease.epoch)
    assert second.epoch == first.epoch
    with pytest.raises(Fenced) as refused:
        await second.open(KEY, 77)
    await first.publish(KEY, 1, T0, update(1), None)
    await lease.surpass(refused.value.epoch)
    assert await lease.renew()
    second.epoch = lease.epoch
    assert (await second.open(KEY, 77)).sequence == 1
    with pytest.raises(Fenced):
        await first.publish(KEY, 2, T0, update(2), None)


async def test_ids_are_race_time_and_never_go_back(redis: Redis) -> None:
    publisher = await opened(redis)
    for sequence, at in enumerate([T0, T0 + 500, T0 + 500, T0 - 9_000, T0 + 501], start=1):
        await publisher.publish(KEY, sequence, at, update(sequence), None)
    ids = [name.decode() for name, _ in await entries(redis)]
    assert ids == [f"{T0}-0", f"{T0 + 500}-0", f"{T0 + 500}-1", f"{T0 + 500}-2", f"{T0 + 501}-0"]
    assert [record.sequence for _, record in await entries(redis)] == [1, 2, 3, 4, 5]


async def test_the_head_is_the_last_keyframe_and_the_updates_since(redis: Redis) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), update(1, keyframe=True))
    await publisher.publish(KEY, 2, T0 + 1, update(2), None)
    await publisher.publish(KEY, 3, T0 + 2, update(3), update(3, keyframe=True))
    await publisher.publish(KEY, 4, T0 + 3, update(4), None)
    head = UpdateRecords.FromString(await redis.get(keys.head(KEY)))
    assert [(one.sequence, one.keyframe) for one in head.records] == [(3, True), (4, False)]
    assert set(merged(head.SerializeToString()).positions) == {3, 4}
    log = await publisher.open(KEY, 78)
    assert (log.sequence, log.log_revision) == (4, 77)
    found: Any = await redis.zrange(keys.keyframes(KEY), 0, -1, withscores=True)
    frames = [name for name, one in await entries(redis) if one.keyframe]
    assert [(bytes(name), score) for name, score in found] == [
        (b"1@" + frames[0], T0),
        (b"3@" + frames[1], T0 + 2),
    ]


async def test_writing_the_same_again_changes_nothing(redis: Redis) -> None:
    """An answer of Redis may be lost after it has written."""
    publisher = await opened(redis)
    for _ in range(3):
        await publisher.publish(KEY, 1, T0, update(1), update(1, keyframe=True))
    assert len(await entries(redis)) == 2
    await publisher.publish(KEY, 2, T0 + 1, update(2), None)
    assert len(UpdateRecords.FromString(await redis.get(keys.head(KEY))).records) == 2


@pytest.mark.parametrize("sequence", [1, 2, 5])
async def test_a_log_that_is_elsewhere_is_not_written(redis: Redis, sequence: int) -> None:
    publisher = await opened(redis)
    for one in (1, 2, 3):
        await publisher.publish(KEY, one, T0 + one, update(one), None)
    with pytest.raises(OutOfStep):
        await publisher.publish(KEY, sequence, T0, update(sequence), None)
    assert len(await entries(redis)) == 3


async def test_a_redis_that_came_back_empty_is_out_of_step(redis: Redis) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), None)
    await redis.flushall()
    with pytest.raises(OutOfStep):
        await publisher.publish(KEY, 2, T0 + 1, update(2), None)
    assert (await publisher.open(KEY, 78)).log_revision == 78
    await publisher.publish(KEY, 1, T0 + 2, update(1), update(1, keyframe=True))


async def test_a_writer_of_an_older_term_is_fenced(redis: Redis) -> None:
    old = await opened(redis, epoch=1)
    await old.publish(KEY, 1, T0, update(1), None)
    new = await opened(redis, epoch=2)
    with pytest.raises(Fenced):
        await old.publish(KEY, 2, T0 + 1, update(2), None)
    with pytest.raises(Fenced):
        await old.open(KEY, 5)
    await new.publish(KEY, 2, T0 + 1, update(2), None)
    assert [one.sequence for _, one in await entries(redis)] == [1, 2]


async def test_a_log_that_begins_anew_has_another_revision_and_nothing_of_before(
    redis: Redis,
) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), update(1, keyframe=True))
    assert (await publisher.open(KEY, 77)).last_at == T0
    assert await publisher.begin(KEY, 77) == 78
    log = await publisher.open(KEY, 90)
    assert (log.sequence, log.log_revision, log.last_at) == (0, 78, None)
    assert log.state == RaceState()
    assert await redis.exists(keys.log(KEY), keys.head(KEY), keys.keyframes(KEY)) == 0
    await publisher.publish(KEY, 1, T0 - 9_000, update(1), update(1, keyframe=True))
    assert (await entries(redis))[0][0] == f"{T0 - 9_000}-0".encode()
    with pytest.raises(Fenced):
        await Publisher(redis, 0).begin(KEY, 90)


@pytest.mark.parametrize("head", [None, b"", b"\xff\xff", "older", "cut"])
async def test_a_head_that_is_not_whole_is_no_state(redis: Redis, head: bytes | str | None) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), update(1, keyframe=True))
    await publisher.publish(KEY, 2, T0 + 1, update(2), None)
    if head is None:
        await redis.delete(keys.head(KEY))
        with pytest.raises(OutOfStep, match="head"):
            await publisher.publish(KEY, 3, T0 + 2, update(3), None)
    elif isinstance(head, str):
        one = update(1, keyframe=True) if head == "older" else update(2)
        await redis.set(keys.head(KEY), UpdateRecords(records=[one]).SerializeToString())
    else:
        await redis.set(keys.head(KEY), head)
    log = await publisher.open(KEY, 78)
    assert (log.sequence, log.state) == (2, None)


async def test_a_meta_that_is_no_number_is_no_state(redis: Redis) -> None:
    publisher = await opened(redis)
    await redis.hset(keys.meta(KEY), keys.META_SEQUENCE, "many")
    assert (await publisher.open(KEY, 78)).state is None
    assert await publisher.begin(KEY, 78) == 78


async def test_what_redis_never_takes_is_refused_and_what_passes_is_not(redis: Redis) -> None:
    publisher = await opened(redis)
    await redis.set(keys.log(KEY), b"spoilt")
    with pytest.raises(Refused, match="WRONGTYPE"):
        await publisher.publish(KEY, 1, T0, update(1), None)
    await publisher.begin(KEY, 78)
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisError, match="maxmemory"):
            await publisher.publish(KEY, 1, T0, update(1), None)
    finally:
        await redis.config_set("maxmemory", 0)
    await publisher.publish(KEY, 1, T0, update(1), None)


async def test_a_log_stands_where_it_was_left(redis: Redis) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), None)
    assert await publisher.standing(KEY) == Standing(1, 77, live=False)
    await publisher.set_live(Session(session_key=KEY))
    assert await publisher.standing(KEY) == Standing(1, 77, live=True)
    await redis.delete(keys.head(KEY))
    assert await publisher.standing(KEY) == Standing(None, 77, live=True)
    await redis.flushall()
    assert await publisher.standing(KEY) == Standing(None, None, live=False)


@pytest.mark.parametrize("spoilt", ["log", "head"])
async def test_a_log_or_head_of_another_type_is_no_state_and_begins_anew(
    redis: Redis, spoilt: str
) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), update(1, keyframe=True))
    name = {"log": keys.log, "head": keys.head}[spoilt](KEY)
    await redis.delete(name)
    await redis.hset(name, "a", "b")
    assert (await publisher.open(KEY, 77)).state is None
    await publisher.begin(KEY, 77)
    assert (await publisher.open(KEY, 77)).state == RaceState()


async def test_circuits_and_sessions_are_kept(redis: Redis) -> None:
    publisher = await opened(redis)
    assert await publisher.circuit(10) is None
    await publisher.set_circuit(Circuit(circuit_key=10, x_decimeters=[1, 2]))
    assert await publisher.circuit(10) == Circuit(circuit_key=10, x_decimeters=[1, 2])
    await redis.set(keys.circuit(11), b"\xff\xff")
    assert await publisher.circuit(11) is None
    await redis.hset(keys.circuit(12), "a", "b")
    assert await publisher.circuit(12) is None
    await publisher.set_live(Session(session_key=KEY))
    assert await redis.get(keys.LIVE) == b"9"


async def test_a_writer_of_an_older_term_names_no_session_feed_or_circuit(redis: Redis) -> None:
    """A poller that was stopped for a while goes on in the middle of what it did."""
    old, new = Publisher(redis, 1), Publisher(redis, 2)
    await old.set_live(Session(session_key=8))
    await redis.hset(keys.LEASE, "epoch", "2")
    await new.set_live(Session(session_key=KEY))
    await new.set_feed(FeedStatus(session_key=KEY))
    await new.set_circuit(Circuit(circuit_key=10, revision=2))
    for write in (
        old.set_live(Session(session_key=8)),
        old.set_feed(FeedStatus(session_key=8)),
        old.set_circuit(Circuit(circuit_key=10, revision=1)),
    ):
        with pytest.raises(Fenced):
            await write
    assert await redis.get(keys.LIVE) == b"9"
    assert FeedStatus.FromString(await redis.get(keys.FEED)).session_key == KEY
    assert await new.circuit(10) == Circuit(circuit_key=10, revision=2)


@pytest.mark.parametrize(("keep", "kept"), [(1, {7}), (2, {7, 9}), (5, {7, 8, 9})])
async def test_the_oldest_logs_are_dropped_and_never_the_live_one(
    redis: Redis, keep: int, kept: set[int]
) -> None:
    publisher = Publisher(redis, 1)
    for key, start in ((9, 300), (8, 200), (7, 100)):
        await publisher.open(key, 77)
        await publisher.publish(key, 1, T0, update(1), update(1, keyframe=True))
        session = Session(session_key=key)
        session.scheduled_start_time.FromSeconds(start)
        await publisher.set_live(session)
    await publisher.drop_oldest(keep)
    listed: Any = await redis.hkeys(keys.SESSIONS)
    assert {int(name) for name in listed} == kept
    for key in (7, 8, 9):
        names = (keys.log(key), keys.head(key), keys.meta(key), keys.keyframes(key))
        assert await redis.exists(*names) == (4 if key in kept else 0)
    await redis.hset(keys.LEASE, "epoch", 2)
    with pytest.raises(Fenced):
        await publisher.drop_oldest(0)


async def test_one_of_two_holds_the_lease_and_a_release_hands_it_over(redis: Redis) -> None:
    one, two = Lease(redis, "one", 60_000), Lease(redis, "two", 60_000)
    assert await one.renew()
    assert not await two.renew()
    assert (two.holder, two.epoch, one.epoch) == ("one", 1, 1)
    assert await one.renew()
    assert one.epoch == 1
    await two.release()
    assert not await two.renew()
    await one.release()
    assert await two.renew()
    assert (two.epoch, two.holder) == (2, "two")
    assert not await one.renew()


async def test_a_lease_that_is_not_renewed_ends_and_begins_a_new_term(redis: Redis) -> None:
    one, two = Lease(redis, "one", 30), Lease(redis, "two", 60_000)
    assert await one.renew()
    async with asyncio.timeout(5):
        while not await two.renew():  # noqa: ASYNC110  Redis's own clock must go on
            await asyncio.sleep(0.01)
    assert two.epoch == 2
    assert not await one.renew()


async def test_a_holder_that_comes_back_too_late_keeps_its_term_if_nobody_had_one(
    redis: Redis,
) -> None:
    lease, again = Lease(redis, "one", 60_000), Lease(redis, "one", 60_000)
    await lease.renew()
    await redis.hset(keys.LEASE, "expires", "1")
    assert await lease.renew()
    assert lease.epoch == 1
    # Another process of the same name did not write the log of this one.
    await redis.hset(keys.LEASE, "expires", "1")
    assert await again.renew()
    assert again.epoch == 2
    await redis.hset(keys.LEASE, "expires", "1")
    assert await Lease(redis, "two", 1).renew()
    await redis.hset(keys.LEASE, "expires", "1")
    assert await again.renew()
    assert again.epoch == 4


async def test_the_terms_of_a_lease_that_was_lost_go_on_after_those_of_the_log(
    redis: Redis,
) -> None:
    await opened(redis, epoch=7)
    lease, other = Lease(redis, "one", 60_000), Lease(redis, "two", 60_000)
    await lease.renew()
    with pytest.raises(Fenced) as raised:
        await opened(redis, lease.epoch)
    await other.surpass(raised.value.epoch)
    await lease.renew()
    assert lease.epoch == 1
    for _ in range(2):
        await lease.surpass(raised.value.epoch)
        await lease.renew()
        assert lease.epoch == 8
    await opened(redis, lease.epoch)


class Deaf:
    """A Redis whose client swallows a cancellation, as redis-py does when one meets an answer."""

    def __init__(self, error: RedisError | None) -> None:
        self.error = error
        self.asked = asyncio.Event()

    async def eval(self, *_: Any) -> list[Any]:
        self.asked.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            if self.error is not None:
                raise self.error from None
        return [1, 1, b"one"]


@pytest.mark.parametrize("error", [None, RedisError("gone")])
@pytest.mark.parametrize("kind", ["lease", "publisher"])
async def test_a_cancellation_that_the_client_swallows_still_ends_the_task(
    error: RedisError | None, kind: str
) -> None:
    deaf: Any = Deaf(error)
    call = (
        Lease(deaf, "one", 3000).renew()
        if kind == "lease"
        else Publisher(deaf, 1).set_feed(FeedStatus())
    )
    task = asyncio.create_task(call)
    await deaf.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def move(redis: Redis) -> None:
    """Let it be another server, as after a failover or a restart."""
    await redis.hset(keys.meta(KEY), "server", "0" * 40)


async def test_a_log_on_another_server_goes_on_under_another_revision(redis: Redis) -> None:
    """Its end may be lost, and readers may have seen it."""
    publisher = await opened(redis)
    for sequence in (1, 2):
        await publisher.publish(KEY, sequence, T0, update(sequence), None)
    assert (await publisher.open(KEY, 70)).log_revision == 77
    await move(redis)
    log = await Publisher(redis, 2).open(KEY, 70)
    assert (log.sequence, log.log_revision) == (2, 78)
    assert log.state == merged(await redis.get(keys.head(KEY)))
    # It is known there from then on.
    assert (await Publisher(redis, 3).open(KEY, 70)).log_revision == 78


@pytest.mark.parametrize(
    ("left", "revision"),
    [
        (Left(KEY, 2, 77), 77),
        (Left(KEY, 3, 77), 78),
        (Left(KEY, 1, 77), 78),
        (Left(KEY, 2, 76), 78),
        (Left(KEY + 1, 2, 77), 78),
    ],
)
async def test_who_finds_a_log_as_it_was_left_goes_on_under_its_revision(
    redis: Redis, left: Left, revision: int
) -> None:
    publisher = await opened(redis)
    for sequence in (1, 2):
        await publisher.publish(KEY, sequence, T0, update(sequence), None)
    await move(redis)
    assert (await publisher.open(KEY, 70, left)).log_revision == revision


async def test_a_log_that_lost_its_end_on_the_same_server_gets_another_revision(
    redis: Redis,
) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), None)
    assert (await publisher.open(KEY, 70, Left(KEY, 4, 77))).log_revision == 78


async def test_a_writer_of_another_revision_is_out_of_step(redis: Redis) -> None:
    publisher = await opened(redis)
    await publisher.publish(KEY, 1, T0, update(1), None, 77)
    with pytest.raises(OutOfStep, match="revision 77"):
        await publisher.publish(KEY, 2, T0 + 1, update(2), None, 76)
    # Nor does it pass for a retry of what another writer has written.
    with pytest.raises(OutOfStep):
        await publisher.publish(KEY, 1, T0, update(1), None, 76)
