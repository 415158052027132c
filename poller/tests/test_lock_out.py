"""A live session is closed to whom OpenF1 does not know; the poller gets in, and stays in."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import virtual_time
from world import World

from racetime_poller.sources.account import Account, AccountState
from racetime_simulator.faults import Faults, Window
from racetime_simulator.openf1 import Counts
from racetime_simulator.recording import Recording, load_recording

KEY = 9845
MINUTES = 30


@cache
def _load(folder: Path) -> Recording:
    return load_recording(folder)


@pytest.fixture
def qatar(recordings: Path) -> Recording:
    return _load(recordings / "2025-qatar-sprint")


@dataclass(frozen=True)
class Ended:
    """How the poller stood at the end, and what it had asked."""

    account: Account
    counts: Counts
    cars: int


def play(archive: Recording, *, account: bool = True, **faults: tuple[float, float]) -> Ended:
    """Follow a live session; faults are on from one minute to another."""
    start = archive.session.first_lap_start - timedelta(minutes=5)
    windows = {
        name: Window.between(*(start + timedelta(minutes=minute) for minute in span))
        for name, span in faults.items()
    }

    async def main() -> Ended:
        world = World(
            archive,
            start,
            speed=20.0,
            tier="sponsor",
            faults=Faults(frozenset(windows), windows=windows),
        )
        world.simulator.require_token = True
        async with world.poller() as poller:
            own = poller.source.account
            if account:
                own.username, own.password = "me", "secret"
            await world.until(60 * MINUTES)
            cars = len((await world.state(KEY)).positions)
            return Ended(own, world.simulator.counts, cars)

    return virtual_time.run(main)


def test_with_an_account_nobody_is_locked_out(qatar: Recording) -> None:
    ended = play(qatar)
    assert ended.account.state is AccountState.ACTIVE
    assert (ended.counts.logins, ended.counts.locked_out, ended.cars) == (1, 0, 20)


def test_without_one_the_poller_knocks_gently(qatar: Recording) -> None:
    ended = play(qatar, account=False)
    assert ended.account.state is AccountState.LOCKED_OUT
    assert ended.cars == 0
    assert MINUTES / 2 < ended.counts.requests < 4 * MINUTES


def test_tokens_that_expire_early_cost_one_refusal_each(qatar: Recording) -> None:
    ended = play(qatar, early_expiry=(0, MINUTES))
    assert ended.account.state is AccountState.ACTIVE
    assert 2 <= ended.counts.logins <= 4
    # As many as there are requests under way at once.
    assert ended.counts.locked_out <= 3 * ended.counts.logins
    assert ended.cars == 20


@pytest.mark.parametrize("fault", ["bad_password", "token_down"])
def test_a_token_desk_that_is_closed_at_first_only_delays(qatar: Recording, fault: str) -> None:
    ended = play(qatar, **{fault: (0, 5)})
    assert ended.account.state is AccountState.ACTIVE
    assert ended.counts.logins <= 20
    assert ended.cars == 20


def test_a_lock_out_in_spite_of_the_account_ends_by_itself(qatar: Recording) -> None:
    ended = play(qatar, lock_out=(6, 16))
    assert ended.account.state is AccountState.ACTIVE
    assert ended.counts.logins <= 15
    assert ended.cars == 20
