"""Keep the fan-out's figures from run to run: `python -m benchmarks.trend fanout.jsonl`.

Adds the newest results to the trend (a line a run), prints a table in Markdown, and fails when a
figure is worse than usual: than the median of the runs before, by more than machines differ.
"""

import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
# Of so many runs before the median is taken; from so few nothing follows yet.
_USUAL_RUNS, _FEWEST_RUNS = 8, 3
# By unit, how much more is worse than what another machine of the same kind may give.
_TOLERANCES = {"us/update": 1.4, "ms": 2.0, "B/update": 1.1, "KiB/reader": 2.0}
# None of these may be.
_NEVER = ("mismatches", "whole states sent")


@dataclass(frozen=True)
class Verdict:
    """A figure of this run beside those before."""

    name: str
    value: float
    unit: str
    usual: float | None
    is_worse: bool


def newest(results: Path) -> dict[str, Any]:
    """Read the newest results of the fan-out; raises FileNotFoundError without any."""
    files = sorted(results.glob("*-fanout.json"))
    if not files:
        raise FileNotFoundError(f"no results of the fan-out in {results}: `make bench-fanout`")
    found: dict[str, Any] = json.loads(files[-1].read_text())
    return {"date": files[-1].name[:10], "machine": found["machine"], "figures": found["figures"]}


def read(trend: Path) -> list[dict[str, Any]]:
    """Read the runs before, oldest first."""
    lines = trend.read_text().splitlines() if trend.is_file() else []
    return [json.loads(line) for line in lines if line.strip()]


def judge(run: dict[str, Any], before: Sequence[dict[str, Any]]) -> list[Verdict]:
    """Hold each figure against what is usual on machines with as many cores."""
    cores = run["machine"]["cores"]
    alike = [one for one in before if one["machine"]["cores"] == cores][-_USUAL_RUNS:]
    return [_verdict(figure, _values(figure["name"], alike)) for figure in run["figures"]]


def _values(name: str, runs: Iterable[dict[str, Any]]) -> list[float]:
    return [figure["value"] for run in runs for figure in run["figures"] if figure["name"] == name]


def _verdict(figure: dict[str, Any], values: list[float]) -> Verdict:
    name, value, unit = figure["name"], float(figure["value"]), str(figure["unit"])
    usual = statistics.median(values) if len(values) >= _FEWEST_RUNS else None
    is_never = any(name.endswith(what) for what in _NEVER)
    limit = _TOLERANCES.get(unit)
    is_dearer = usual is not None and limit is not None and value > usual * limit
    return Verdict(name, value, unit, usual, value > 0 if is_never else is_dearer)


def table(verdicts: Sequence[Verdict]) -> str:
    """Write a table in Markdown."""
    rows = ["| figure | this run | usual | |", "| --- | --- | --- | --- |"]
    for one in verdicts:
        usual = "–" if one.usual is None else f"{one.usual:g}"
        sign = "**worse**" if one.is_worse else ""
        rows.append(f"| {one.name} | {one.value:g} {one.unit} | {usual} | {sign} |")
    return "\n".join(rows)


def main(arguments: Sequence[str]) -> int:
    """Add the newest results to a trend; answers 1 when something is worse than usual."""
    if len(arguments) != 1 or not arguments[0]:
        print(__doc__, file=sys.stderr)
        return 64
    trend = Path(arguments[0])
    before = read(trend)
    run = newest(RESULTS)
    trend.parent.mkdir(parents=True, exist_ok=True)
    with trend.open("a") as file:
        file.write(json.dumps(run) + "\n")
    verdicts = judge(run, before)
    print(table(verdicts))
    return int(any(one.is_worse for one in verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
