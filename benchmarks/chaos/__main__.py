"""Break RaceTime while hundreds watch: `python -m benchmarks.chaos [--seed 1] [--faults 50]`.

It ends with 1 when a viewer had a gap, another state than the log's, or was left without news for
longer than is promised. The same seed does the same faults in the same order.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.chaos.outcome import DOCS, line, lines, report, with_figures
from benchmarks.chaos.run import run_chaos
from benchmarks.report import RESULTS, machine, machine_line, update_readme, write

FEWEST_TO_KEEP = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; answers the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--out", type=Path, default=None, help="folder of the result")
    given = parser.parse_args(arguments)
    computer = machine()
    print(", ".join(f"{name} {value}" for name, value in computer.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="racetime-chaos-") as folder:
        run = run_chaos(
            Path(folder),
            given.seed,
            given.faults,
            given.viewers,
            lambda outcome: print(line(outcome), flush=True),
        )
    result = report(run)
    print(*lines(run), sep="\n")
    if given.out or given.faults >= FEWEST_TO_KEEP:
        print(f"written to {write(result, computer, given.out or RESULTS)}")
    if given.faults >= FEWEST_TO_KEEP and not given.out:
        update_readme()
        DOCS.write_text(with_figures(DOCS.read_text(), run, machine_line(computer)))
    return 0 if run.passes else 1


if __name__ == "__main__":
    sys.exit(main())
