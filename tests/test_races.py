"""Whole races through the whole chain: what viewers end with is what the rows say."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from chain import Chain, StartChain
from truth import Truth, read_state, read_truth, rows
from witness import Witness, canonical, read_head, samples_in_log

from racetime.v1.update_record_pb2 import LANE_HISTORY, LANE_TIMING

pytestmark = [pytest.mark.chain, pytest.mark.timeout(300)]

# Fast enough for the whole set to be played in some minutes on two cores, samples included.
SPEED = 100
RACES = ["2025-australia-race", "2025-china-race", "2024-singapore-race", "2025-qatar-sprint"]
SHORT_RACE = "2025-qatar-sprint"


def _race_seconds(folder: Path) -> float:
    """Tell how long a recording lasts at SPEED, start-up and results included."""
    dates = [row["date_start"] for row in rows(folder, "laps") if row["date_start"]]
    first, last = (datetime.fromisoformat(date) for date in (min(dates), max(dates)))
    return ((last - first).total_seconds() + 900) / SPEED + 40


def _has_ended(chain: Chain, truth: Truth) -> bool:
    _, head = read_head(chain.redis_url)
    return bool(head.results) and read_state(head) == truth


def _play_to_the_end(chain: Chain, folder: Path) -> Truth:
    truth = read_truth(folder)
    try:
        chain.until(
            "the race has ended as its rows say",
            lambda: _has_ended(chain, truth),
            _race_seconds(folder),
        )
    except AssertionError:
        # Say which facts differ rather than that time ran out.
        assert read_state(read_head(chain.redis_url)[1]) == truth
        raise
    return truth


def _until_past(chain: Chain, witnesses: list[Witness], sequence: int) -> None:
    chain.until(
        f"viewers are past {sequence}", lambda: all(w.sequence > sequence for w in witnesses), 10
    )


def _assert_all_equal(chain: Chain, witnesses: list[Witness]) -> None:
    def settled() -> bool:
        sequence, head = read_head(chain.redis_url)
        return all(w.seen() == (sequence, canonical(head, w.lanes)) for w in witnesses)

    chain.until("every viewer's state equals the head", settled, 20)
    for witness in witnesses:
        assert witness.faults == []
        assert witness.updates > 0


def _assert_all_motion(chain: Chain, witness: Witness) -> None:
    logged = samples_in_log(
        chain.redis_url, witness.session_key, witness.joined_at, witness.sequence
    )
    assert witness.samples == logged


@pytest.mark.parametrize("name", RACES)
def test_a_race_ends_as_its_rows_say_for_every_viewer(
    name: str, recordings: Path, start_chain: StartChain
) -> None:
    folder = recordings / name
    chain = start_chain(recording=folder, speed=SPEED)
    chain.until_on_screen()
    with ExitStack() as stack:
        targets = [chain.target, chain.target, *chain.api_targets]
        witnesses = [stack.enter_context(Witness(target)) for target in targets]
        some = [Witness(chain.target, lanes) for lanes in ((LANE_TIMING,), (LANE_HISTORY,))]
        witnesses += [stack.enter_context(witness) for witness in some]
        _play_to_the_end(chain, folder)
        _assert_all_equal(chain, witnesses)
        for witness in witnesses[: len(targets)]:
            assert witness.cuts == 0
            # Measured or, where the recording has no positions, estimated.
            assert witness.samples > 0
            _assert_all_motion(chain, witness)


def test_viewers_lose_nothing_when_a_replica_is_killed(
    recordings: Path, start_chain: StartChain
) -> None:
    folder = recordings / SHORT_RACE
    chain = start_chain(recording=folder, speed=SPEED)
    chain.until_on_screen()
    with ExitStack() as stack:
        targets = [chain.target] * 6 + chain.api_targets
        witnesses = [stack.enter_context(Witness(target)) for target in targets]
        chain.until("all watch", lambda: all(w.updates > 1 for w in witnesses))
        for name in ("api-1", "api-2"):
            chain.kill(name)
            _until_past(chain, witnesses[:6], read_head(chain.redis_url)[0])
            chain.start(name)
            chain.until_up(name)
        _play_to_the_end(chain, folder)
        _assert_all_equal(chain, witnesses)
        assert sum(witness.cuts for witness in witnesses[:6]) > 0


def test_a_poller_that_is_killed_goes_on_where_it_was(
    recordings: Path, start_chain: StartChain
) -> None:
    folder = recordings / SHORT_RACE
    chain = start_chain(recording=folder, speed=SPEED)
    chain.until_on_screen()
    with Witness(chain.target) as witness, Witness(chain.api_targets[0]) as other:
        for _ in range(2):
            before = witness.sequence
            chain.until("the race goes on", lambda before=before: witness.sequence > before + 3)
            chain.kill("poller")
            killed_at = read_head(chain.redis_url)[0]
            chain.start("poller")
            chain.until(
                "the log goes on",
                lambda killed_at=killed_at: read_head(chain.redis_url)[0] > killed_at,
            )
        _play_to_the_end(chain, folder)
        _assert_all_equal(chain, [witness, other])
        assert witness.snapshots == 1
        assert witness.cuts == 0


def test_an_outage_of_the_source_changes_nothing_in_the_end(
    recordings: Path, start_chain: StartChain
) -> None:
    folder = recordings / SHORT_RACE
    chain = start_chain(recording=folder, speed=SPEED)
    chain.until_on_screen()
    with Witness(chain.target) as witness:
        chain.until("the race goes on", lambda: witness.updates > 3)
        # Requests hang until they time out after 5 s: some 8 minutes of the race.
        chain.pause("simulator")
        chain.until("requests fail", lambda: "request_failed" in chain.log("poller"))
        chain.resume("simulator")
        _play_to_the_end(chain, folder)
        _assert_all_equal(chain, [witness])


def test_viewers_follow_to_the_next_session(start_chain: StartChain) -> None:
    near_the_end = {"RACETIME_SIMULATOR_START": "4400"}
    chain = start_chain(speed=SPEED, simulator=near_the_end)
    first = chain.until_on_screen()["session"]["sessionKey"]
    with Witness(chain.target) as witness:
        chain.until("the next race", lambda: witness.session_changes, 60)
        chain.until("its state", lambda: witness.state.session.session_key != first, 30)
        assert witness.session_changes[0][0] == first
        assert witness.state.session.session_key == witness.session_changes[0][1]
        chain.until("its cars have places", lambda: len(witness.state.positions) == 22, 20)
        assert witness.faults == []
