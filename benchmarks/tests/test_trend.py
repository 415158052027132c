"""A trend tells what has become dearer, and only that."""

import json
from pathlib import Path

import pytest

from benchmarks import trend

API = "3,000 viewers, RaceTime: api"
GAPS = "3,000 viewers, RaceTime: mismatches"


def run(api: float, gaps: float = 0, cores: int = 4) -> dict:
    return {
        "date": "2026-11-28",
        "machine": {"cores": cores},
        "figures": [
            {"name": API, "value": api, "unit": "us/update", "key": True},
            {"name": GAPS, "value": gaps, "unit": "", "key": True},
        ],
    }


def worse(verdicts: list[trend.Verdict]) -> list[str]:
    return [one.name for one in verdicts if one.is_worse]


def test_what_is_within_what_machines_differ_by_is_not_worse() -> None:
    assert worse(trend.judge(run(36), [run(28), run(30), run(26)])) == []


def test_what_is_dearer_than_the_median_is_worse() -> None:
    assert worse(trend.judge(run(45), [run(28), run(30), run(90)])) == [API]


def test_from_two_runs_nothing_follows_yet() -> None:
    assert worse(trend.judge(run(100), [run(28), run(30)])) == []


def test_other_machines_are_not_compared_with() -> None:
    assert worse(trend.judge(run(100), [run(28, cores=2)] * 5)) == []


def test_a_mismatch_is_never_usual() -> None:
    assert worse(trend.judge(run(28, gaps=1), [run(28, gaps=1)] * 5)) == [GAPS]


def test_a_run_is_added_to_the_trend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "RESULTS", tmp_path)
    (tmp_path / "2026-11-28-fanout.json").write_text(json.dumps(run(28) | {"notes": []}))
    file = tmp_path / "trend" / "fanout.jsonl"
    assert [trend.main([str(file)]), trend.main([str(file)])] == [0, 0]
    assert [one["date"] for one in trend.read(file)] == ["2026-11-28"] * 2


def test_names_of_figures_are_those_of_the_bench() -> None:
    kept = trend.newest(trend.RESULTS)
    names = [figure["name"] for figure in kept["figures"]]
    assert len(names) == len(set(names))
    assert any(name.endswith("mismatches") for name in names)
    assert {"us/update", "ms"} <= {figure["unit"] for figure in kept["figures"]}
