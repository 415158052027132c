"""Any replica may be killed under load: hundreds go on at another, at once and without a gap."""

import json
import random
import time

import pytest
from chain import Chain, StartChain
from crowd import Crowd, Viewer
from witness import canonical, read_head

from racetime_embedded.ready import ask

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]

CROWD = {"grpc": 140, "grpc-web": 140, "client": 40}
# A promise of the product: so long a viewer waits for news at most, whatever was killed.
MOST_SECONDS = 2.0
SEED = 7


def healthy_replicas(chain: Chain) -> int:
    """Tell how many replicas the gateway sends watches to."""
    stats = ask(chain.ports.gateway_admin, "/stats?format=json&filter=cluster.api.membership_h")
    return int(json.loads(stats.body)["stats"][0]["value"])


def slowest_return(chain: Chain, crowd: Crowd, killed_at: float) -> tuple[float, str]:
    """Wait until every viewer has news from after an instant; answer who waited longest."""

    def all_told() -> list[tuple[float, str]]:
        told = [(viewer.news_after(killed_at), viewer.way) for viewer in crowd.viewers]
        return [(seconds, way) for seconds, way in told if seconds is not None]

    everyone = len(crowd.viewers)
    chain.until("all have news", lambda: len(all_told()) == everyone, 15)
    return max(all_told())


def assert_all_at_the_head(chain: Chain, viewers: list[Viewer]) -> None:
    """The log is at its end: all must have all of it, and nothing else."""
    sequence, head = read_head(chain.redis_url)
    chain.until("all are at the end", lambda: all(v.sequence == sequence for v in viewers))
    assert {viewer.seen() for viewer in viewers} == {(sequence, canonical(head))}


def test_hundreds_go_on_within_two_seconds_whichever_replica_is_killed(
    start_chain: StartChain,
) -> None:
    chain = start_chain(simulator={"RACETIME_SIMULATOR_START": "60"})
    chain.until_on_screen()
    chance = random.Random(SEED)
    with Crowd(chain.target, CROWD) as crowd:
        chain.until("all watch", lambda: all(len(v.news_at) > 1 for v in crowd.viewers))
        for name in chance.sample(["api-1", "api-2", "api-3"], 3):
            chain.until("three replicas", lambda: healthy_replicas(chain) == 3)
            kill_at = time.monotonic() + chance.random()
            chain.until("the instant", lambda kill_at=kill_at: time.monotonic() >= kill_at)
            killed_at = time.monotonic()
            chain.kill(name)
            seconds, way = slowest_return(chain, crowd, killed_at)
            cuts = sum(viewer.cuts for viewer in crowd.viewers)
            message = f"{name}: a viewer by {way} had news after {seconds:.2f} s ({cuts=})"
            print(message)
            assert seconds <= MOST_SECONDS, message
            chain.start(name)
        chain.terminate("poller")
        assert_all_at_the_head(chain, crowd.viewers)
        assert [viewer.faults for viewer in crowd.viewers if viewer.faults] == []
        own = [viewer for viewer in crowd.viewers if viewer.way != "client"]
        assert {viewer.snapshots for viewer in own} == {1}
        assert sum(viewer.cuts for viewer in own) >= len(own) / 2
