"""The sizing page says what the newest results and the manifests say."""

from dataclasses import replace

import pytest

from benchmarks.report import newest
from benchmarks.sizing import page
from benchmarks.sizing.costs import Assumed, Bounds, Measured
from benchmarks.sizing.demand import Costs, demand, limits

MEASURED = Measured("2026-01-01", "2026-01-01", "made up", (1000,), 50, 25, 500, 32, 64, 400, 1000)
ASSUMED = Assumed(
    updates_per_second=2,
    busy_share=0.5,
    wire_bytes_per_update=50,
    ingress_micros=100,
    ingress_kib=64,
    ingress_cores=4,
    link_gbit=1,
    idle_mib=128,
)
BOUNDS = Bounds(3, 20, 3000, 6000, 2, 20, 1 << 30)
COSTS = Costs(MEASURED, ASSUMED, BOUNDS)


def test_a_crowd_needs_pods_cores_memory_and_network():
    # An api pod: 3,000 by its target, below the 0.5 / 100 us = 5,000 of its core. A gateway: 8,192
    # by half of its heap, below the 0.5 / 50 us = 10,000 of its core.
    needed = demand(COSTS, 100_000)
    assert needed.api_pods == 34 + 1
    assert needed.gateway_pods == 13 + 1
    assert needed.api_cores == pytest.approx(100_000 * 2 * 50e-6)
    assert needed.gateway_cores == pytest.approx(100_000 * 2 * 25e-6)
    assert needed.api_gib == pytest.approx((100_000 * 32 + 35 * 128 * 1024) / 2**20)
    assert needed.redis_cores == pytest.approx(35 * 2 * 500e-6)
    assert needed.ingress_cores == pytest.approx(100_000 * 2 * 100e-6 / 0.5)
    assert needed.gbit == pytest.approx(100_000 * (400 + 2 * 50) * 8 / 1e9)
    assert needed.full_gbit == pytest.approx(100_000 * (1000 + 50) * 2 * 8 / 1e9)


def test_a_small_crowd_has_the_least_that_the_manifests_run():
    needed = demand(COSTS, 1)
    assert (needed.api_pods, needed.gateway_pods) == (3, 2)


def test_a_dear_update_makes_the_core_the_bound_of_a_pod():
    dear = replace(COSTS, measured=replace(MEASURED, api_micros=500.0))
    assert dear.api_pod == pytest.approx(0.5 / (2 * 500e-6))


def test_what_gives_out_is_told_from_the_first_on():
    found = limits(COSTS)
    assert [limit.viewers for limit in found] == sorted(limit.viewers for limit in found)
    by_name = {limit.what: limit.viewers for limit in found}
    assert by_name["ingress"] == pytest.approx(4 * 0.5 / (2 * 100e-6))
    assert by_name["api: `maxReplicas`"] == pytest.approx(19 * 3000)
    assert by_name["Redis: CPU of one primary"] == pytest.approx(0.5 / (2 * 500e-6) * 3000)
    assert by_name["network out"] == pytest.approx(1e9 * 0.5 / (500 * 8))


def test_the_dearest_crowd_and_the_richest_race_count():
    def load(viewers: int, api: float) -> dict:
        cpu = {"api": api, "gateway": 20.0, "redis": 1.5}
        memory = {"api": 30.0, "gateway": 50.0}
        crowd = {"kind": "racetime", "viewers": viewers, "update_bytes": 900 + viewers}
        return {**crowd, "cpu_micros": cpu, "memory_kib": memory}

    loads = [load(100, 30.0), load(100, 40.0), load(200, 20.0), {"kind": "floor"}]
    figures = [
        {"name": f"{race}: timing+motion+history (at most 400)", "value": value}
        for race, value in (("one", 300.0), ("another", 350.0))
    ]
    machine = {"processor": "some", "cores": 2}
    details = {"replicas": 3, "loads": loads}
    results = {
        "fanout": {"date": "2026-01-02", "machine": machine, "details": details},
        "bytes": {"date": "2026-01-01", "figures": figures},
    }
    measured = Measured.of(results)
    assert measured.crowds == (100, 200)
    assert measured.api_micros == 35.0
    assert measured.redis_micros == 1.5 * 200 / 3
    assert measured.page_bytes_per_second == 350.0
    assert measured.full_bytes_per_update == 1100


def test_the_page_is_as_the_newest_results_and_the_manifests_say(tmp_path):
    copy = tmp_path / "sizing.md"
    copy.write_text(page.PAGE.read_text())
    page.update(copy)
    assert copy.read_text() == page.PAGE.read_text(), "run `python -m benchmarks sizing`"
    assert newest()["fanout"]["date"] in copy.read_text()
