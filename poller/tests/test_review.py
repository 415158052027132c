"""Results change for hours and rows are repaired: sessions that are over are read again."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import virtual_time
from test_lifecycle import ONE, START, TWO, Weekend, race
from world import World, differences

from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.review import RebuildFailed
from racetime_poller.sources.periods import SAMPLED
from racetime_simulator.archive import SessionTables
from racetime_simulator.faults import Faults
from racetime_simulator.faults.window import Window

HOUR = 3_600
# The first race is over and its result is there; the next one takes over an hour before its start.
AT = 5_400
SPEED = 600.0


def world_of(*faults: str, until_hours: float = 4.0, tier: str = "sponsor") -> World:
    """Two races of a day; the faults of the first one's rows are mended hours later."""
    window = Window.between(None, START + timedelta(hours=until_hours))
    windows = dict.fromkeys(faults, window)
    orders = Faults(frozenset(faults), windows=windows, rates=dict.fromkeys(faults, 0.2))
    start = START + timedelta(seconds=AT)
    races = Weekend((without_samples(race(0, 0)), without_samples(race(1, 3))))
    return World(races, start, SPEED, tier, faults=orders)


def without_samples(session: SessionTables) -> SessionTables:
    """Leave out what takes long and is none of it."""
    tables = {name: one for name, one in session.tables.items() if name not in SAMPLED}
    return replace(session, tables=tables)


@dataclass
class Builder:
    """Notes which logs are to be built anew."""

    asked: list[int] = field(default_factory=list)
    refuses: int = 0

    async def __call__(self, session_key: int) -> None:
        self.asked.append(session_key)
        if self.refuses:
            self.refuses -= 1
            raise RebuildFailed("busy")


async def until(world: World, hours: float) -> None:
    await world.until(hours * HOUR - AT)


def places(state: RaceState) -> dict[int, int]:
    return {number: one.position for number, one in state.results.items()}


def classified(state: RaceState) -> dict[int, int]:
    return {number: place for number, place in places(state).items() if place}


def order(state: RaceState) -> dict[int, int]:
    return {number: one.position for number, one in state.positions.items()}


async def whole(world: World, key: int) -> RaceState:
    """Merge the log from its first entry; its sequences have no hole."""
    state, sequences = RaceState(), []
    for record in await world.log(key):
        if not record.keyframe:
            sequences.append(record.sequence)
            state.MergeFromString(record.timing)
            state.MergeFromString(record.history)
    assert sequences == list(range(1, len(sequences) + 1))
    return state


def test_a_result_that_changes_hours_later_is_told_in_the_log_of_its_session() -> None:
    async def main() -> None:
        world = world_of("result_changes")
        async with world.poller() as poller:
            poller.rebuild = builder = Builder()
            await until(world, 3.5)
            assert poller.following is not None
            assert poller.following[1].session_key == TWO
            wrong = await world.state(ONE)
            assert len(places(wrong)) > 15
            await until(world, 5)
            right = await world.state(ONE)
            review = poller.reviews[ONE]
        assert builder.asked == []
        changed = {n for n, place in places(right).items() if place != places(wrong).get(n)}
        assert len(changed) >= 2
        assert {n: p for n, p in order(right).items() if places(right).get(n)} == classified(right)
        assert differences(await whole(world, ONE), right) == []
        assert (await world.log(ONE))[-1].keyframe
        assert review.outcome == "corrected"
        assert int(await world.redis.hget(keys.REVIEWS, ONE)) == review.done_count == 2
        assert world.simulator.counts.violations == 0

    virtual_time.run(main)


def test_what_has_not_changed_is_not_written_and_a_restart_does_not_begin_again() -> None:
    async def main() -> None:
        world = world_of()
        async with world.poller() as poller:
            poller.rebuild = builder = Builder()
            await until(world, 4.5)
            before = await world.log(ONE)
            assert poller.reviews[ONE].outcome == "nothing has changed"
            done = poller.reviews[ONE].done_count
            assert done >= 1
        await world.redis.hset(keys.LEASE, "expires", "1")
        async with world.poller() as again:
            await until(world, 5.0)
            assert again.reviews[ONE].done_count == done
            assert again.reviews[ONE].outcome == ""
        assert builder.asked == []
        assert len(await world.log(ONE)) == len(before)

    virtual_time.run(main)


def test_laps_that_are_repaired_have_the_log_built_anew_when_no_session_is_on() -> None:
    async def main() -> None:
        world = world_of("late_repair", until_hours=3.2)
        async with world.poller() as poller:
            poller.rebuild = builder = Builder(refuses=1)
            await until(world, 4.2)
            # The second race is on.
            assert builder.asked == []
            await until(world, 9)
            review = poller.reviews[ONE]
        # What failed is tried again.
        assert builder.asked[:2] == [ONE, ONE]
        assert review.outcome.startswith("built anew, for laps")

    virtual_time.run(main)
