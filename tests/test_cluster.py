"""A Redis Cluster keeps the race: its slots move and its primaries die while viewers watch."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chain import StartChain
from failover import assert_all_equal, until_gone_on, watched
from slots import Slots

from racetime import keys

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]


@pytest.fixture
def slots(tmp_path: Path) -> Iterator[Slots]:
    started = Slots(tmp_path / "cluster")
    with started.running():
        yield started


def test_viewers_go_on_without_a_gap_when_slots_move_and_primaries_die(
    start_chain: StartChain, slots: Slots
) -> None:
    chain = start_chain(redis_url=slots.url, simulator={"RACETIME_SIMULATOR_START": "60"})
    session_key = int(chain.until_on_screen()["session"]["sessionKey"])
    log = keys.log(session_key)
    with watched(chain) as witnesses:
        for name, other in ((log, None), (keys.LEASE, log)):
            slots.move(name, apart_from=other)
            until_gone_on(chain, slots.url, witnesses)
        # Who has the log, then who has the lease and the index.
        for name in (log, keys.LEASE):
            primary, killed_at = slots.owner(name), time.monotonic()
            slots.kill(primary)
            chain.until("a replica leads", lambda p=primary, n=name: slots.owner(n) not in (0, p))
            until_gone_on(chain, slots.url, witnesses)
            print(f"gone on after {time.monotonic() - killed_at:.1f} s")
        assert {w.cuts for w in witnesses} == {0}
        assert_all_equal(chain, slots.url, witnesses)
