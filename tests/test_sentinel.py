"""The primary of Redis is killed while a race runs: Sentinels name another, and viewers go on."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from chain import Chain, StartChain
from sentinels import Sentinels
from witness import Witness, canonical, read_head

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


def kill_primary(chain: Chain, sentinels: Sentinels, witnesses: list[Witness]) -> int:
    """Kill who leads and wait until all viewers have news of the log that goes on."""
    primary, promoted = sentinels.primary, sentinels.replica
    killed_at = time.monotonic()
    sentinels.kill(primary)
    chain.until("another leads", lambda: sentinels.primary == promoted, 20)
    before = sequence_at(sentinels, promoted)
    chain.until("the log goes on", lambda: sequence_at(sentinels, promoted) > before + 2, 20)
    after = sequence_at(sentinels, promoted)
    chain.until("all go on", lambda: all(w.sequence > after for w in witnesses), 20)
    print(f"gone on after {time.monotonic() - killed_at:.1f} s")
    return promoted


def assert_all_equal(chain: Chain, url: str, witnesses: list[Witness]) -> None:
    chain.terminate("poller")
    sequence, head = read_head(url)
    chain.until("all are at the end", lambda: all(w.sequence == sequence for w in witnesses))
    assert {w.seen() for w in witnesses} == {(sequence, canonical(head))}
    assert [w.faults for w in witnesses if w.faults] == []


def test_viewers_go_on_without_a_gap_when_the_primary_is_killed(
    start_chain: StartChain, sentinels: Sentinels
) -> None:
    chain = start_chain(redis_url=sentinels.url, simulator={"RACETIME_SIMULATOR_START": "60"})
    chain.until_on_screen()
    with ExitStack() as stack:
        targets = [chain.target, chain.target, *chain.api_targets]
        witnesses = [stack.enter_context(Witness(target)) for target in targets]
        chain.until("all watch", lambda: all(w.updates > 2 for w in witnesses))
        promoted = kill_primary(chain, sentinels, witnesses)
        assert {w.cuts for w in witnesses} == {0}
        assert_all_equal(chain, sentinels.url_of(promoted), witnesses)


def test_what_the_killed_primary_took_along_is_told_anew_under_another_revision(
    start_chain: StartChain, sentinels: Sentinels
) -> None:
    chain = start_chain(redis_url=sentinels.url, simulator={"RACETIME_SIMULATOR_START": "60"})
    chain.until_on_screen()
    with ExitStack() as stack:
        targets = [chain.target, chain.target, *chain.api_targets]
        witnesses = [stack.enter_context(Witness(target)) for target in targets]
        chain.until("all watch", lambda: all(w.updates > 2 for w in witnesses))
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
        assert_all_equal(chain, sentinels.url_of(promoted), witnesses)
