"""Run the load bench and put its figures into a report."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from benchmarks.fanout.plan import FanoutPlan
from benchmarks.fanout.run import Measured, run
from benchmarks.fanout.scenes import Scene
from benchmarks.report import RESULTS, Report, percentile

NAMES = {
    "floor": "bare floor",
    "racetime": "RaceTime",
    "sse": "SSE baseline",
    "polling": "polling baseline",
}
_MILLION = 1e6
Loads = list[dict[str, Any]]


def measure() -> Report:
    """Play the scenes that the environment asks for. What it leaves out stays as it was measured
    earlier that day."""
    plan = FanoutPlan.from_env(os.environ)
    details = joined(_earlier(), shown(run(plan), plan))
    return report(details)


def _earlier() -> dict[str, Any]:
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-fanout.json"
    if not path.is_file():
        return {}
    details: dict[str, Any] = json.loads(path.read_text())["details"]
    return details


def shown(measured: Measured, plan: FanoutPlan) -> dict[str, Any]:
    """Answer what is kept of a run."""
    return {
        "replicas": plan.replicas,
        "lane_bytes": measured.update_bytes,
        "loads": [load.shown() for load in measured.loads],
        "scenes": {scene.name: _scene(scene) for scene in measured.scenes},
    }


def _scene(scene: Scene) -> dict[str, Any]:
    """Answer a scene with the lists of its times cut down to what they tell."""
    kept: dict[str, Any] = {}
    for name, value in scene.figures.items():
        if name.endswith("_millis") and isinstance(value, list):
            kept[name] = {
                f"{share:g}": round(percentile(value, share), 1) for share in (0.5, 0.99, 1.0)
            }
        else:
            kept[name] = value
    return kept


def joined(earlier: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Put a run in the place of what it measured anew."""
    anew = {(load["kind"], load["viewers"]) for load in now["loads"]}
    kept = [
        load for load in earlier.get("loads", ()) if (load["kind"], load["viewers"]) not in anew
    ]
    scenes = {**earlier.get("scenes", {}), **now["scenes"]}
    return {**now, "loads": [*kept, *now["loads"]], "scenes": scenes}


def report(details: dict[str, Any]) -> Report:
    """Work the figures out."""
    result = Report("fanout", details=details)
    loads: Loads = details["loads"]
    for viewers in sorted({load["viewers"] for load in loads}):
        here = [load for load in loads if load["viewers"] == viewers]
        for kind in NAMES:
            if own := [load for load in here if load["kind"] == kind]:
                _add_load(result, f"{viewers:,} viewers, {NAMES[kind]}", own)
        _add_ratios(result, f"{viewers:,} viewers, RaceTime to the floor", here)
    _add_scenes(result, details["scenes"])
    result.notes.append(
        f"full lanes at 1 Hz, {details['lane_bytes']} B an update, {details['replicas']} replicas, "
        "one gateway; each viewer on a connection of its own; load generator on the same cores"
    )
    return result


def mean(loads: Loads, *path: str) -> float:
    """Answer the mean of a value over the rounds."""
    values = []
    for load in loads:
        value: Any = load
        for name in path:
            value = value.get(name, 0.0)
        values.append(float(value))
    return sum(values) / len(values)


def _add_load(result: Report, label: str, own: Loads) -> None:
    for group in ("api", "gateway"):
        value = mean(own, "cpu_micros", group)
        result.add(f"{label}: {group}", value, "us/update", key=True)
    path = mean(own, "path_micros")
    result.add(f"{label}: path", path, "us/update")
    result.add(f"{label}: viewers per core", _MILLION / path, "", key=True)
    result.add(f"{label}: bytes", mean(own, "update_bytes"), "B/update", key=True)
    if mean(own, "latency_count"):
        result.add(f"{label}: p50", mean(own, "latency_millis", "0.5"), "ms", key=True)
        result.add(f"{label}: p99", mean(own, "latency_millis", "0.99"), "ms", key=True)
    for group in ("api", "gateway"):
        result.add(f"{label}: {group} memory", mean(own, "memory_kib", group), "KiB/viewer")
    result.add(f"{label}: mismatches", sum(load["fault_count"] for load in own), "", key=True)


def _add_ratios(result: Report, label: str, here: Loads) -> None:
    by_kind = {kind: [load for load in here if load["kind"] == kind] for kind in NAMES}
    floor, own = by_kind["floor"], by_kind["racetime"]
    if not floor or not own:
        return
    for name, path in (("api CPU", ("cpu_micros", "api")), ("p99", ("latency_millis", "0.99"))):
        result.add(f"{label}: {name}", mean(own, *path) / mean(floor, *path), "times", key=True)


def _add_scenes(result: Report, scenes: dict[str, Any]) -> None:
    if storm := scenes.get("storm"):
        label = f"{storm['joins']:,} join"
        result.add(f"{label}: answered", storm["answered"], "", key=True)
        result.add(f"{label}: all within", storm["all_joined_seconds"], "s", key=True)
        _add_millis(result, f"{label}: first state", storm["waits_millis"], ("0.5", "0.99"))
        result.add(f"{label}: mismatches", len(storm["mismatches"]), "", key=True)
    if slow := scenes.get("slow"):
        label = f"{slow['readers']} stop reading for {slow['seconds']} s"
        grown = sum(slow["memory_kib"].values())
        result.add(f"{label}: memory", grown / slow["readers"], "KiB/reader", key=True)
        result.add(f"{label}: p99 of others", slow["others_p99_millis"], "ms", key=True)
        result.add(f"{label}: mismatches", len(slow["mismatches"]), "", key=True)
    if kill := scenes.get("kill"):
        label = f"a replica killed, {kill['crowd_cut']:,} cut"
        _add_millis(result, f"{label}: next update", kill["back_millis"], ("0.5", "1"))
        result.add(f"{label}: whole states sent", kill["snapshots"], "", key=True)
        result.add(f"{label}: mismatches", len(kill["mismatches"]), "", key=True)


def _add_millis(
    result: Report, label: str, values: dict[str, float], shares: Iterable[str]
) -> None:
    names = {"0.5": "p50", "0.99": "p99", "1": "slowest"}
    for share in shares:
        result.add(f"{label} {names[share]}", values[share], "ms", key=True)
