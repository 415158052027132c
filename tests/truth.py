"""What a recording says of a race, read from its raw rows, apart from the poller's code."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racetime.v1.race_state_pb2 import RaceState

Row = dict[str, Any]
KEY_BASE = 1000
_DELETED = re.compile(r"CAR (\d+) \(\w+\) TIME (\d+):([\d.]+) DELETED")


def rows(folder: Path, endpoint: str) -> list[Row]:
    """Read an endpoint's rows; none when the recording lacks it."""
    path = folder / f"{endpoint}.json.gz"
    if not path.is_file():
        return []
    with gzip.open(path) as file:
        listed: list[Row] = json.load(file)
        return listed


def _millis(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


@dataclass(frozen=True)
class Truth:
    """Final facts of a race, as its raw rows say them.

    Stints are none of them: the feed's hold phantoms, which the poller's own tests know.
    """

    order: list[int]
    laps_completed: dict[int, int]
    best_laps: dict[int, int]
    stops: dict[int, int | None]


def read_truth(folder: Path) -> Truth:
    """Work out the final facts of a recorded race."""
    places: dict[int, tuple[str, int]] = {}
    for row in rows(folder, "position"):
        newest = places.get(row["driver_number"])
        if newest is None or row["date"] >= newest[0]:
            places[row["driver_number"]] = (row["date"], row["position"])
    laps: dict[int, dict[int, Row]] = defaultdict(dict)
    for row in rows(folder, "laps"):
        laps[row["driver_number"]][row["lap_number"]] = row
    deleted = set(_deleted(folder))
    durations = {
        number: [
            duration
            for lap in table.values()
            if (duration := _millis(lap["lap_duration"])) and (number, duration) not in deleted
        ]
        for number, table in laps.items()
    }
    return Truth(
        order=sorted(places, key=lambda number: places[number][1]),
        laps_completed={number: _completed(table) for number, table in laps.items()},
        best_laps={number: min(all_) for number, all_ in durations.items() if all_},
        stops={
            row["driver_number"] * KEY_BASE + row["lap_number"]: _millis(
                row.get("lane_duration", row["pit_duration"])
            )
            for row in rows(folder, "pit")
        },
    )


def _deleted(folder: Path) -> Iterator[tuple[int, int]]:
    """Yield cars and their times that race control deleted."""
    for row in rows(folder, "race_control"):
        if found := _DELETED.match(row["message"]):
            yield int(found[1]), 60_000 * int(found[2]) + round(1000 * float(found[3]))


def _completed(table: dict[int, Row]) -> int:
    newest = max(table)
    return newest if table[newest]["lap_duration"] is not None else newest - 1


def read_state(state: RaceState) -> Truth:
    """Read the same facts from a merged state."""
    positions = state.positions
    return Truth(
        order=sorted(positions, key=lambda number: positions[number].position),
        laps_completed={n: timing.laps_completed for n, timing in state.timings.items()},
        best_laps={
            number: timing.best_lap_millis
            for number, timing in state.timings.items()
            if timing.HasField("best_lap_millis")
        },
        stops={
            key: stop.lane_millis if stop.HasField("lane_millis") else None
            for key, stop in state.pit_stops.items()
            if stop.driver_number
        },
    )
