"""What a benchmark found: figures with units, on paper, in a file and in the README's table."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results"
README = FOLDER / "README.md"
BEGIN, END = "<!-- results: written by `make bench` -->", "<!-- end of results -->"


@dataclass(frozen=True)
class Figure:
    """One number."""

    name: str
    value: float
    unit: str
    # Whether it is one of the few that the README shows.
    key: bool = False


@dataclass
class Report:
    """The figures of one benchmark, how they were come by, and what lies beneath them."""

    what: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str, *, key: bool = False) -> None:
        """Add a figure."""
        self.figures.append(Figure(name, value, unit, key))

    def lines(self) -> list[str]:
        """Answer the report as text."""
        width = max((len(figure.name) for figure in self.figures), default=0)
        rows = [f"  {f.name:<{width}}  {show(f.value):>10} {f.unit}" for f in self.figures]
        return [f"== {self.what} ==", *rows, *(f"  ({note})" for note in self.notes)]


def show(value: float) -> str:
    """Print a number with three digits that matter, and thousands set apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def machine() -> dict[str, Any]:
    """Tell what the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def write(report: Report, computer: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write a report to `<date>-<what>.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%d}-{report.what}.json"
    path.write_text(json.dumps({"machine": computer, **asdict(report)}, indent=1) + "\n")
    return path


def newest(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Answer the newest result of each benchmark, by its name, with its date."""
    found = {}
    for path in sorted(folder.glob("????-??-??-*.json")):
        result = json.loads(path.read_text())
        found[result["what"]] = {"date": path.name[:10], **result}
    return found


def table(results: dict[str, dict[str, Any]]) -> str:
    """Answer the key figures as a table of Markdown."""
    rows = ["| what | of | figures |", "| --- | --- | --- |"]
    for what, result in results.items():
        for group, figures in _grouped(result["figures"]).items():
            rows.append(f"| {what}, {result['date']} | {group} | {'; '.join(figures)} |")
    computers = {machine_line(result["machine"]) for result in results.values()}
    return "\n".join([*rows, "", *sorted(computers)])


def _grouped(figures: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Answer the key figures by what is before the colon of their names."""
    groups: dict[str, list[str]] = {}
    for figure in figures:
        if figure["key"]:
            group, _, name = figure["name"].rpartition(": ")
            groups.setdefault(group, []).append(f"{name} {show(figure['value'])} {figure['unit']}")
    return groups


def machine_line(computer: dict[str, Any]) -> str:
    """Tell in a line what figures were measured on."""
    return (
        f"{computer['processor']}, {computer['cores']} cores, {computer['memory_gib']} GiB, "
        f"Python {computer['python']}."
    )


def with_table(text: str, rows: str) -> str:
    """Put the table between the marks of a text."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rows}\n{END}{after}"


def update_readme(readme: Path = README, folder: Path = RESULTS) -> None:
    """Write the newest figures into the README."""
    readme.write_text(with_table(readme.read_text(), table(newest(folder))))


def percentile(values: Sequence[float], share: float) -> float:
    """Answer the value that a share of the values does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
