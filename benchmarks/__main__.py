"""Measure RaceTime: `python -m benchmarks [bytes|estimate|failover|freshness|latency|...]`."""

import argparse
import importlib
import logging
import sys
import time
from collections.abc import Mapping, Sequence

import structlog

from benchmarks.report import machine, update_readme, write
from benchmarks.sizing import page as sizing

# In this order: what is counted first, then what is timed, on a machine that is quiet again.
BENCHMARKS: Mapping[str, str] = {
    "reducer": "benchmarks.reducer",
    "estimate": "benchmarks.estimate",
    "startup": "benchmarks.startup",
    "latency": "benchmarks.latency",
    "seek": "benchmarks.seek",
    "push": "benchmarks.push",
    "failover": "benchmarks.failover",
    "freshness": "benchmarks.freshness",
    "bytes": "benchmarks.viewer_bytes",
    "page": "benchmarks.page.measure",
    "fanout": "benchmarks.fanout.measure",
}
# Only when named: they take minutes, and programs that are not ours.
APART = ("page", "fanout")
# Measures nothing: it is worked out after every run.
SIZING = "sizing"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that are named; answers the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=[[], *BENCHMARKS, SIZING],
        help="all but page and fanout when none is named",
    )
    wanted = parser.parse_args(arguments).what or [name for name in BENCHMARKS if name not in APART]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    computer = machine()
    print(", ".join(f"{name} {value}" for name, value in computer.items()))
    for what in wanted:
        if what == SIZING:
            continue
        began = time.monotonic()
        report = importlib.import_module(BENCHMARKS[what]).measure()
        path = write(report, computer)
        print(*report.lines(), sep="\n")
        print(f"  {time.monotonic() - began:.0f} s; written to {path}", flush=True)
    update_readme()
    print(f"sizing: written to {sizing.update()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
