"""The primary of Redis is killed while a race runs: Sentinels name another, and viewers go on."""

import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from chain import Chain, StartChain
from failover import assert_all_equal, until_gone_on, watched
from sentinels import Sentinels
from witness import Witness, read_head

from racetime.v1.race_service_pb2 import WatchRaceRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]


@pytest.fixture
def sentinels(tmp_path: Path) -> Iterator[Sentinels]:
    started = Sentinels(tmp_path / "sentinels")
    with started.running():
        yield started


def sequence_at(sentinels: Sentinels, port: int) -> int:
    return read_head(sentinels.url_of(port))[0]


def kill_primary(chain: Chain, sentinels: Sentinels, witnesses: list[Witness]) -> str:
    """Kill who leads and wait until all viewers have news of the log that goes on; answer where."""
    primary, promoted = sentinels.primary, sentinels.replica
    killed_at = time.monotonic()
    sentinels.kill(primary)
    chain.until("another leads", lambda: sentinels.primary == promoted, 20)
    until_gone_on(chain, sentinels.url_of(promoted), witnesses)
    print(f"gone on after {time.monotonic() - killed_at:.1f} s")
    return sentinels.url_of(promoted)


def test_viewers_go_on_without_a_gap_when_the_primary_is_killed(
    start_chain: StartChain, sentinels: Sentinels
) -> None:
    chain = start_chain(redis_url=sentinels.url, simulator={"RACETIME_SIMULATOR_START": "60"})
    chain.until_on_screen()
    with watched(chain) as witnesses:
        promoted = kill_primary(chain, sentinels, witnesses)
        assert {w.cuts for w in witnesses} == {0}
        assert_all_equal(chain, promoted, witnesses)


def test_what_the_killed_primary_took_along_is_told_anew_under_another_revision(
    start_chain: StartChain, sentinels: Sentinels
) -> None:
    chain = start_chain(redis_url=sentinels.url, simulator={"RACETIME_SIMULATOR_START": "60"})
    chain.until_on_screen()
    with watched(chain) as witnesses:
        sentinels.part_from_primary(sentinels.replica)
        parted = sequence_at(sentinels, sentinels.replica)
        chain.until("all know more", lambda: all(w.sequence > parted + 3 for w in witnesses))
        before = witnesses[0].resume_point()
        promoted = kill_primary(chain, sentinels, witnesses)
        assert all(w.log_revision > before.log_revision for w in witnesses)
        # Who was away knows what is not in the log any more: it is no part of what comes after.
        chain.until("past it", lambda: all(w.sequence > before.sequence for w in witnesses))
        with grpc.insecure_channel(chain.target) as channel:
            request = WatchRaceRequest(after=before)
            told = next(RaceServiceStub(channel).WatchRace(request, timeout=5))
            assert told.WhichOneof("body") == "snapshot"
        assert_all_equal(chain, promoted, witnesses)
