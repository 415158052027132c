"""Draw the newest result of the load bench: `python -m benchmarks.fanout.plots`."""

from pathlib import Path
from typing import Any

import matplotlib

from benchmarks.fanout.measure import NAMES, mean
from benchmarks.report import newest

matplotlib.use("svg")
from matplotlib import pyplot

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "performance"
COLOURS = {"floor": "#8a8f98", "racetime": "#0a7d4f", "sse": "#c4661f", "polling": "#7a4fb0"}
GROUPS = {"api": "#0a7d4f", "gateway": "#4a7fb5", "redis": "#c4661f"}
# Text stays text, and the same figures give the same file.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "racetime", "font.size": 9}

Loads = list[dict[str, Any]]


def draw(details: dict[str, Any], folder: Path = FOLDER) -> list[Path]:
    """Draw all plots; answer their files."""
    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        return [
            _cost(details["loads"], folder / "cost.svg"),
            _latency(details["loads"], folder / "latency.svg"),
        ]


def groups(loads: Loads) -> dict[tuple[str, int], Loads]:
    """Answer the loads by kind and crowd, the smaller crowds first, in the order of the names."""
    keys = {(load["kind"], load["viewers"]) for load in loads}
    order = list(NAMES)
    return {
        key: [load for load in loads if (load["kind"], load["viewers"]) == key]
        for key in sorted(keys, key=lambda key: (order.index(key[0]), key[1]))
    }


def _cost(loads: Loads, path: Path) -> Path:
    """Draw the CPU of an update of a viewer, by what spends it."""
    by_group = groups(loads)
    labels = [f"{NAMES[kind]}, {viewers:,}" for kind, viewers in by_group]
    figure, axes = pyplot.subplots(figsize=(7, 0.45 * len(labels) + 1), layout="constrained")
    left = [0.0] * len(labels)
    for name, colour in GROUPS.items():
        values = [mean(own, "cpu_micros", name) for own in by_group.values()]
        axes.barh(labels, values, left=left, color=colour, label=name)
        left = [one + more for one, more in zip(left, values, strict=True)]
    for at, total in enumerate(left):
        axes.annotate(f" {total:.0f}", (total, at), va="center")
    axes.invert_yaxis()
    axes.set_xlabel("microseconds of CPU for one update of one viewer")
    axes.legend(frameon=False)
    return _save(figure, path)


def _latency(loads: Loads, path: Path) -> Path:
    """Draw how old updates are when they come, by share of them."""
    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    for (kind, viewers), own in groups(loads).items():
        if not mean(own, "latency_count"):
            continue
        shares = list(own[0]["latency_millis"])
        ages = [mean(own, "latency_millis", share) for share in shares]
        style = (
            "-" if viewers == min(load["viewers"] for load in loads if _is_timed(load)) else "--"
        )
        label = f"{NAMES[kind]}, {viewers:,}"
        axes.plot(ages, [float(s) * 100 for s in shares], style, color=COLOURS[kind], label=label)
    axes.set_xlabel("milliseconds from publishing to receiving")
    axes.set_ylabel("% of updates")
    axes.set_xlim(left=0)
    axes.legend(frameon=False)
    return _save(figure, path)


def _is_timed(load: dict[str, Any]) -> bool:
    return bool(load["latency_count"])


def _save(figure: Any, path: Path) -> Path:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path


if __name__ == "__main__":
    print(*draw(newest()["fanout"]["details"]), sep="\n")
