"""Rows that are pushed, rows that are asked for, and any switching between them: one state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import virtual_time
from pushing import InProcessBroker
from world import World, differences, settled

from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.sources.budget import TIERS
from racetime_poller.sources.push import Push
from racetime_simulator.faults import Faults, Window
from racetime_simulator.push import IDENTITIES
from racetime_simulator.recording import Recording, load_recording

KEY = 9845
# The last laps of the sprint, the flag, the result, and a resync after it.
_FROM_START_SECONDS, _SECONDS = 1_080, 1_260


@cache
def _load(folder: Path) -> Recording:
    return load_recording(folder)


@pytest.fixture
def qatar(recordings: Path) -> Recording:
    return _load(recordings / "2025-qatar-sprint")


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it took."""

    state: RaceState
    push: Push | None
    requests: int
    most_per_minute: int


def play(
    archive: Recording,
    *,
    pushed: bool = True,
    tier: str = "sponsor",
    faults: tuple[tuple[str, float, float], ...] = (),
    prepare: Callable[[InProcessBroker], None] = lambda broker: None,
    seconds: float = _SECONDS,
    start: float = _FROM_START_SECONDS,
) -> Ended:
    """Play a while of the sprint; faults are on from one second to another."""
    begin = archive.session.first_lap_start + timedelta(seconds=start)
    windows = {
        name: Window.between(*(begin + timedelta(seconds=at) for at in span))
        for name, *span in faults
    }

    async def main() -> Ended:
        world = World(
            archive,
            begin,
            speed=20.0,
            tier=tier,
            faults=Faults(frozenset(windows), windows=windows),
        )
        broker = InProcessBroker(world)
        prepare(broker)
        async with broker.running(), world.poller() as poller:
            push = broker.attach(poller) if pushed else None
            await world.until(seconds)
        counts = world.simulator.counts
        state = settled(await world.state(KEY))
        return Ended(state, push, counts.requests, counts.minute.most)

    return virtual_time.run(main)


@cache
def _asked(folder: Path) -> RaceState:
    return play(_load(folder), pushed=False).state


@pytest.fixture
def asked(recordings: Path) -> RaceState:
    """How the sprint ends when all is asked for and nothing is pushed."""
    return _asked(recordings / "2025-qatar-sprint")


def test_what_is_pushed_ends_as_what_is_asked_for(qatar: Recording, asked: RaceState) -> None:
    ended = play(qatar)
    assert differences(ended.state, asked) == []
    assert ended.push is not None
    assert ended.push.message_count > 1_000
    assert ended.push.reconnect_count == 0


@pytest.mark.parametrize(
    "faults",
    [
        (("mqtt_silence", 60, 300),),
        (("mqtt_disconnect", 60, 300),),
        (("mqtt_disconnect", 20, 30), ("mqtt_silence", 100, 110)),
        (("mqtt_silence", 0, 2_000),),
        (("mqtt_disconnect", 0, 2_000),),
    ],
)
def test_switching_to_and_fro_leaves_no_trace(
    qatar: Recording, asked: RaceState, faults: tuple[tuple[str, float, float], ...]
) -> None:
    assert differences(play(qatar, faults=faults).state, asked) == []


@pytest.mark.parametrize("mute", [{"laps"}, {"intervals", "position"}, {"race_control", "pit"}])
def test_an_endpoint_that_push_keeps_silent_about_is_asked_for(
    qatar: Recording, asked: RaceState, mute: set[str]
) -> None:
    ended = play(qatar, prepare=lambda broker: broker.mute.update(mute))
    assert differences(ended.state, asked) == []


def test_while_push_is_well_requests_only_reconcile_and_else_they_take_over(
    qatar: Recording,
) -> None:
    async def main() -> None:
        world = World(
            qatar,
            qatar.session.first_lap_start + timedelta(seconds=120),
            speed=20.0,
            tier="sponsor",
        )
        broker = InProcessBroker(world)
        rates = []
        async with broker.running(), world.poller() as poller:
            push = broker.attach(poller)
            await world.until(90)
            assert push.connected
            for minutes in (3, 3, 3):
                before = world.simulator.counts.requests
                begun = world.clock.now()
                await world.until(
                    (begun - world.start).total_seconds() + 60 * minutes,
                )
                rates.append((world.simulator.counts.requests - before) / minutes)
                if len(rates) == 1:
                    broker.mute.update(topic for topic in IDENTITIES)
                elif len(rates) == 2:
                    broker.mute.clear()
                    await world.until((world.clock.now() - world.start).total_seconds() + 20)
            # This sprint has no location, so there is nothing to bring, and little to ask for.
            assert set(push.silent_endpoints) <= {"location"}
        assert rates[0] <= 10
        assert rates[1] > 30
        assert rates[2] <= 12

    virtual_time.run(main)


def test_a_connection_is_made_anew_with_a_fresh_token_before_the_old_one_expires(
    qatar: Recording,
) -> None:
    async def main() -> None:
        start = qatar.session.first_lap_start - timedelta(minutes=10)
        world = World(qatar, start, speed=40.0, tier="sponsor")
        broker = InProcessBroker(world)
        async with broker.running(), world.poller() as poller:
            account = poller.source.account
            account.username, account.password = "me", "secret"
            push = broker.attach(poller)
            await world.until(2 * 3600 + 60)
            assert push.connected
            assert push.reconnect_count == 2
            assert push.connected_seconds is not None
            assert push.connected_seconds * world.speed < 3600
        assert len(set(broker.tokens)) == 3
        assert world.simulator.counts.logins <= 4

    virtual_time.run(main)


def test_a_refused_token_is_replaced_and_what_is_not_let_in_knocks_gently(
    qatar: Recording,
) -> None:
    async def main() -> None:
        start = qatar.session.first_lap_start + timedelta(minutes=5)
        world = World(qatar, start, speed=20.0, tier="sponsor")
        broker = InProcessBroker(world)
        broker.refuses = True
        async with broker.running(), world.poller() as poller:
            account = poller.source.account
            account.username, account.password = "me", "secret"
            push = broker.attach(poller)
            await world.until(600)
            assert not push.connected
            assert push.connected_seconds is None
            assert "refused" in push.last_failure
            assert 10 <= len(broker.tokens) <= 40
            assert len(set(broker.tokens)) > 2
            # Requests go on.
            assert len((await world.state(KEY)).positions) == 20
            broker.refuses = False
            await world.until(660)
            assert push.connected

    virtual_time.run(main)


def test_rows_of_another_session_make_the_poller_look_for_it(qatar: Recording) -> None:
    async def main() -> None:
        start = qatar.session.first_lap_start + timedelta(minutes=5)
        world = World(qatar, start, speed=20.0, tier="sponsor")
        broker = InProcessBroker(world)
        async with broker.running(), world.poller() as poller:
            broker.attach(poller)
            await world.until(60)
            assert poller.following is not None
            fetcher, _ = poller.following
            before = fetcher.stats["sessions"].requests
            assert fetcher.reception is not None
            body = b'{"session_key":9999,"driver_number":1,"lap_number":1,"_id":1}'
            fetcher.reception.on_messages([("laps", body)])
            await world.until(64)
            assert fetcher.stats["sessions"].requests == before + 1

    virtual_time.run(main)


@pytest.mark.parametrize("tier", ["free", "sponsor"])
def test_no_second_and_no_minute_sees_more_requests_than_the_tier_grants(
    recordings: Path, tier: str
) -> None:
    async def main() -> None:
        archive = _load(recordings / "2025-australia-race")
        world = World(archive, archive.session.first_lap_start - timedelta(minutes=8), 20.0, tier)
        async with world.poller():
            await world.until(45 * 60)
        counts = world.simulator.counts
        limit = TIERS[tier]
        assert counts.violations == 0
        assert counts.statuses[429] == 0
        assert counts.second.most <= limit.per_second
        assert 0.8 * limit.per_minute < counts.minute.most <= limit.per_minute

    virtual_time.run(main)
