"""Faults are drawn by a seed, viewers are judged rightly, and a short run survives its faults."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.chaos.faults import KINDS, draw_faults
from benchmarks.chaos.held import Held, longest_gap
from benchmarks.chaos.outcome import line, lines, report, with_figures
from benchmarks.chaos.run import Outcome, Run, run_chaos
from benchmarks.chaos.truth import Truth
from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.update_record_pb2 import UpdateRecord

FAULTS = sum(len(kinds) for kinds in KINDS.values())
SESSION = 7


def test_a_seed_draws_the_same_faults_and_another_seed_others():
    assert draw_faults(3, 50) == draw_faults(3, 50)
    assert draw_faults(3, 50) != draw_faults(4, 50)


@pytest.mark.parametrize("seed", range(20))
def test_a_full_run_does_every_kind_to_every_part(seed: int):
    faults = draw_faults(seed, 50)
    assert len(faults) == 50
    every = {(role, kind) for role, kinds in KINDS.items() for kind in kinds}
    assert {(one.role, one.kind) for one in faults} == every
    for fault in faults:
        assert fault.role != "two" or len(set(fault.parts)) == 2
        assert (fault.lasting_seconds > 0) == (fault.kind not in ("kill", "restart"))


@pytest.mark.parametrize(
    ("since", "until", "longest"),
    [(1.5, 1.8, 1), (2.5, 9, 4), (0, 3, 1), (8, 9, 2), (10, 12, 2), (12, 13, 3)],
)
def test_the_longest_gap_counts_what_began_before_and_what_has_not_ended(since, until, longest):
    assert longest_gap([1, 2, 3, 7, 8, 10], since, until) == longest


def state(laps: int) -> RaceState:
    found = RaceState(session=Session(session_key=SESSION))
    found.timings[4].laps_completed = laps
    return found


def append(redis, sequence: int, samples: int = 0) -> None:
    motion = RaceState()
    motion.motion.add(x_curve_decimeters=[1] * samples)
    record = UpdateRecord(
        sequence=sequence,
        timing=state(sequence).SerializeToString(),
        motion=motion.SerializeToString(),
    )
    redis.xadd(keys.log(SESSION), {keys.RECORD_FIELD: record.SerializeToString()})


@pytest.fixture
def truth(valkey_client, valkey_url: str) -> Truth:
    valkey_client.set(keys.LIVE, SESSION)
    valkey_client.hset(keys.meta(SESSION), keys.META_LOG_REVISION, 5)
    for sequence in (1, 2, 3):
        append(valkey_client, sequence, samples=sequence)
    return Truth(valkey_url.replace("valkey://", "redis://"))


def holds(sequence: int, *, laps: int, samples: int = 5, revision: int = 5) -> Held:
    return Held("grpc-web", revision, sequence, state(laps), (1, samples))


def test_who_holds_what_the_log_says_passes_each_at_its_own_sequence(truth, valkey_client):
    assert truth.check([holds(2, laps=2, samples=2), holds(3, laps=3)]) == []
    append(valkey_client, 4, samples=4)
    assert truth.check([holds(3, laps=3), holds(4, laps=4, samples=9)]) == []


@pytest.mark.parametrize(
    ("held", "wrong"),
    [
        (holds(3, laps=2), "another state"),
        (holds(3, laps=3, samples=4), "4 samples of 5"),
        (holds(9, laps=3), "no log"),
        (holds(3, laps=3, revision=4), "revision 4, not 5"),
    ],
)
def test_who_holds_something_else_is_found_out(truth, held, wrong):
    (found,) = truth.check([held])
    assert wrong in found


def test_who_stays_behind_and_a_hole_in_the_log_are_found_out(truth, valkey_client):
    assert truth.check([]) == []
    (found,) = truth.check([holds(2, laps=2, samples=2)])
    assert "stays at 2" in found
    append(valkey_client, 5)
    (found,) = truth.check([])
    assert "3 is followed by 5" in found


def test_a_log_of_another_revision_is_read_anew(truth, valkey_client):
    assert truth.check([holds(3, laps=3)]) == []
    valkey_client.hset(keys.meta(SESSION), keys.META_LOG_REVISION, 6)
    assert truth.check([holds(3, laps=3, revision=6)]) == []
    assert truth.revisions == 2


def test_a_missed_target_or_anything_wrong_fails_a_run():
    fault = next(one for one in draw_faults(1, FAULTS) if one.kind == "kill")
    good = Outcome(fault, fault.parts, 0.5, "grpc-web", 0.5, 1.0, 3, 0, [])
    late = replace(good, silence_seconds=fault.most_seconds + 0.1)
    wrong = replace(good, wrong=["1 was followed by 3"])
    assert Run(1, 10, [good]).passes
    for bad in (late, wrong):
        run = Run(1, 10, [good, bad])
        assert not run.passes
        assert "MISSED" in line(bad)
        assert any("targets missed: 1" in text for text in lines(run))
        told = with_figures("a <!-- chaos: begin -->b<!-- chaos: end --> c", run, "a machine.")
        assert told.startswith("a <!-- chaos: begin -->\nSeed 1: 2 faults, 10 viewers")
        assert told.endswith("<!-- chaos: end --> c")
        assert report(run).details["passes"] is False
    assert not Run(1, 10, [good], ["another state"]).passes


@pytest.mark.chain
@pytest.mark.timeout(180)
def test_a_hundred_viewers_survive_the_faults_of_a_short_run(tmp_path: Path):
    run = run_chaos(tmp_path, seed=7, faults=5, viewers=100, tell=lambda one: print(line(one)))
    assert {(one.fault.role, one.fault.kind) for one in run.outcomes} == {
        ("api", "kill"),
        ("poller", "kill"),
        ("redis", "kill"),
        ("gateway", "kill"),
        ("api", "black hole"),
    }
    assert [text for one in run.outcomes for text in one.wrong] + run.wrong_at_end == []
    assert run.updates > 0
