"""What the page shows, read from it, and what a state asks for, written apart from its code."""

from typing import Any

ROWS = "[data-testid=leaderboard] tr[data-driver]"
READ_ROWS = """() => [...document.querySelectorAll('[data-testid=leaderboard] tr[data-driver]')]
  .map(row => ({
    driver: row.dataset.driver,
    position: row.dataset.position,
    cells: Object.fromEntries([...row.querySelectorAll('[data-cell]')]
      .map(cell => [cell.dataset.cell, cell.innerText.trim()])),
  }))"""


def seconds(millis: int) -> str:
    return f"{millis / 1000:.3f}"


def lap_time(millis: int) -> str:
    minutes, rest = divmod(millis, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"


def expected_rows(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the rows of the leaderboard that a state asks for."""
    rows = []
    for number, place in sorted(state["positions"].items(), key=lambda one: one[1]["position"]):
        gap = state.get("gaps", {}).get(number, {})
        timing = state.get("timings", {}).get(number, {})
        row = {
            "driver": number,
            "position": str(place["position"]),
            "code": state["drivers"][number]["nameAcronym"],
            "last": lap_time(timing["lastLapMillis"]) if "lastLapMillis" in timing else "–",
            "best": lap_time(timing["bestLapMillis"]) if "bestLapMillis" in timing else "–",
        }
        if place["position"] > 1 and "intervalMillis" in gap:
            row["interval"] = seconds(gap["intervalMillis"])
        if place["position"] > 1 and "gapToLeaderMillis" in gap:
            row["gap"] = seconds(gap["gapToLeaderMillis"])
        if number in state.get("statuses", {}):
            row["stops"] = str(state["statuses"][number].get("stops", "–"))
        if "ageLaps" in state.get("tyres", {}).get(number, {}):
            row["age"] = str(state["tyres"][number]["ageLaps"])
        rows.append(row)
    return rows


def shown_rows(page: Any) -> list[dict[str, Any]]:
    """Read the rows of the leaderboard."""
    return page.evaluate(READ_ROWS)


def differences(rows: list[dict[str, Any]], state: dict[str, Any]) -> list[str]:
    """Tell where rows and a state differ."""
    wanted = expected_rows(state)
    if [row["driver"] for row in rows] != [row["driver"] for row in wanted]:
        return [f"order {[row['driver'] for row in rows]}"]
    faults = []
    for row, want in zip(rows, wanted, strict=True):
        cells = row["cells"]
        if want["code"] not in cells["driver"] or row["position"] != want["position"]:
            faults.append(f"{want['driver']}: {cells['driver']}")
        if "age" in want and want["age"] not in cells["tyre"].split():
            faults.append(f"{want['driver']} tyre: {cells['tyre']!r}, not {want['age']!r}")
        faults += [
            f"{want['driver']} {name}: {cells[name]!r}, not {want[name]!r}"
            for name in ("last", "best", "interval", "gap", "stops")
            if name in want and cells[name] != want[name]
        ]
    return faults
