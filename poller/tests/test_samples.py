"""Positions and telemetry under faults: what is told was measured, whatever the source does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from math import hypot
from pathlib import Path

import msgspec
import pytest
import virtual_time
from sessions import part
from world import World, differences, settled

from racetime.samples import places, readings
from racetime.v1.motion_pb2 import (
    MOTION_BASIS_ESTIMATED,
    MOTION_BASIS_UNSPECIFIED,
    MotionBasis,
    MotionBatch,
    TelemetryBatch,
)
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.encode import from_timestamp
from racetime_simulator.archive import FixedArchive, Selectable, SessionTables
from racetime_simulator.faults import Faults, Window
from racetime_simulator.instants import ALWAYS, to_micros
from racetime_simulator.push import loaded
from racetime_simulator.recording import load_recording
from racetime_simulator.table import Table

RECORDED = ("2025-australia-race", "2025-china-race", "2025-australia-practice-1")
# After these the same samples are told, every one.
HARMLESS = (
    ("duplicate", "garbage_rows", "reorder"),
    ("html", "truncated"),
    ("outage",),
    ("too_much",),
)
SPOILT = ("garbage_location", "frozen_location", "zero_location")
# Nothing more comes to be seen after so long; then all that was struck becomes well again.
_SECONDS = 200
_AFTER_SECONDS = 80
# Faults that last; cars drive by then.
_FROM, _UNTIL = 90, 150
# Faster than a car, in decimetres a millisecond, and by how much the feed's clock jitters.
_FASTEST, _JITTER = 1.1, 260.0

# By car and instant, in epoch milliseconds.
Places = dict[tuple[int, int], tuple[int, int]]
Readings = dict[tuple[int, int], tuple[int | None, ...]]


@dataclass
class Told:
    """What a run told."""

    state: RaceState
    struck: dict[str, int]
    measured: Places = field(default_factory=dict)
    estimated: Places = field(default_factory=dict)
    readings: Readings = field(default_factory=dict)


@cache
def _load(folder: Path) -> FixedArchive:
    """Load the first minutes of a recording."""
    session = load_recording(folder).session
    last = to_micros(session.first_lap_start + timedelta(seconds=_SECONDS))
    tables = {name: part(_table(one), ALWAYS, last) for name, one in session.tables.items()}
    return FixedArchive(replace(session, tables=tables))


def _table(selectable: Selectable) -> Table:
    [table] = loaded(selectable)
    return table


def _session(folder: Path) -> SessionTables:
    return _load(folder).sessions_at(0)[0]


def _window(start: datetime, name: str) -> Window:
    span = (_FROM, _UNTIL if name != "outage" else _FROM + 30)
    return Window.between(*(start + timedelta(seconds=second) for second in span))


@cache
def play(folder: Path, names: Sequence[str] = (), seed: int = 1) -> Told:
    """Play the first minutes with faults; return what was told of cars."""
    start, key = _session(folder).first_lap_start, _session(folder).session_key
    windows = {name: _window(start, name) for name in names}
    faults = Faults(frozenset(names), rate=0.2, seed=seed, windows=windows)

    async def main() -> Told:
        world = World(_load(folder), start, faults=faults)
        async with world.poller():
            await world.until(_SECONDS + _AFTER_SECONDS)
        told = Told(settled(await world.state(key)), faults.injected)
        origin = from_timestamp(told.state.session.origin_time)
        for record in await world.log(key):
            _read(told, record, origin)
        return told

    return virtual_time.run(main)


def _read(told: Told, record: UpdateRecord, origin: int) -> None:
    for batch in RaceState.FromString(record.motion).motion:
        told.measured |= _places(batch, origin, MOTION_BASIS_UNSPECIFIED)
        told.estimated |= _places(batch, origin, MOTION_BASIS_ESTIMATED)
    for lane in record.telemetry.values():
        for one in RaceState.FromString(lane).telemetry:
            told.readings |= _readings(one, origin)


def _places(batch: MotionBatch, origin: int, basis: MotionBasis.ValueType) -> Places:
    if batch.basis != basis:
        return {}
    return {
        (one.driver_number, origin + one.race_offset_millis): (one.x, one.y)
        for one in places(batch)
    }


def _readings(batch: TelemetryBatch, origin: int) -> Readings:
    return {
        (batch.driver_number, origin + one.race_offset_millis): (one.speed_kph, one.gear)
        for one in readings(batch)
    }


@cache
def _rows(folder: Path, endpoint: str) -> list[dict[str, int]]:
    """Return the samples as they are recorded, from the start on."""
    table = _table(_session(folder).tables[endpoint])
    dates = table.columns["date"]
    first = int(dates.searchsorted(to_micros(_session(folder).first_lap_start)))
    rows = map(msgspec.json.decode, table.source.slice(first, len(dates)))
    millis = (dates[first:] // 1000).tolist()
    return [{**row, "at": at} for row, at in zip(rows, millis, strict=True)]


def _true_places(folder: Path) -> Places:
    rows = _rows(folder, "location")
    return {(r["driver_number"], r["at"]): (r["x"], r["y"]) for r in rows if r["x"] or r["y"]}


def _true_readings(folder: Path) -> Readings:
    rows = _rows(folder, "car_data")
    return {(r["driver_number"], r["at"]): (r["speed"], r["n_gear"]) for r in rows}


def _is_during_fault(sample: tuple[int, int], folder: Path) -> bool:
    start = int(_session(folder).first_lap_start.timestamp() * 1000)
    return start + _FROM * 1000 <= sample[1] < start + _UNTIL * 1000


def _jumps(told: Places, folder: Path) -> set[tuple[int, int]]:
    """Return samples, during a fault, that no car can have reached from the one before."""
    pairs = pairwise(sorted(told.items()))
    return {
        there
        for (here, (x, y)), (there, (to_x, to_y)) in pairs
        if here[0] == there[0]
        and hypot(to_x - x, to_y - y) > _FASTEST * (there[1] - here[1]) + _JITTER
        and _is_during_fault(there, folder)
    }


def _untrue(told: Told, folder: Path) -> list[tuple[int, int]]:
    """Return samples that are not what was measured."""
    truth = play(folder).measured | _true_places(folder)
    return [one for one, place in told.measured.items() if truth.get(one) != place]


@pytest.fixture(params=RECORDED)
def folder(request: pytest.FixtureRequest, recordings: Path) -> Path:
    found: Path = recordings / request.param
    return found


def test_without_faults_nearly_all_that_was_measured_is_told(folder: Path) -> None:
    told = play(folder)
    true_places, true_readings = _true_places(folder), _true_readings(folder)
    assert len(true_places.keys() & told.measured.keys()) > 0.98 * len(true_places)
    # The first window does not reach back to the start.
    assert len(true_readings.keys() & told.readings.keys()) > 0.95 * len(true_readings)
    assert all(place == told.measured.get(one, place) for one, place in true_places.items())
    assert all(read == told.readings.get(one, read) for one, read in true_readings.items())


@pytest.mark.parametrize("faults", HARMLESS, ids="+".join)
def test_what_loses_nothing_leaves_every_sample(folder: Path, faults: tuple[str, ...]) -> None:
    clean, told = play(folder), play(folder, faults)
    assert all(told.struck[fault] > 0 for fault in faults)
    assert told.measured == clean.measured
    assert told.readings == clean.readings
    # How often the circuit was learned hangs on when its laps came.
    found = [one for one in differences(told.state, clean.state) if not one.startswith("circuit:")]
    assert found == []


def _shown_estimated(told: Told) -> dict[int, tuple[int, int]]:
    """Return between which instants each car was estimated."""
    spans: dict[int, tuple[int, int]] = {}
    for number, at in told.estimated:
        first, last = spans.get(number, (at, at))
        spans[number] = (min(first, at), max(last, at))
    return spans


@pytest.mark.parametrize("seed", [3, 11, 20])
def test_positions_that_come_after_estimates_are_left_out_beside_those_alone(
    folder: Path, seed: int
) -> None:
    clean, told = play(folder), play(folder, ("html", "truncated"), seed)
    estimated = _shown_estimated(told)
    lost = clean.measured.keys() - told.measured.keys()
    spans = [(at, *estimated.get(number, (at + 1, at - 1))) for number, at in lost]
    assert [at for at, first, last in spans if not first - 1_000 <= at <= last] == []
    assert told.readings == clean.readings


def test_samples_that_come_late_are_told_as_they_were_measured_or_not_at_all(
    folder: Path,
) -> None:
    clean, told = play(folder), play(folder, ("late",))
    assert _untrue(told, folder) == []
    assert told.readings.items() <= clean.readings.items()
    assert len(told.measured) > 0.9 * len(clean.measured)
    assert len(told.readings) > 0.9 * len(clean.readings)


@pytest.mark.parametrize("fault", SPOILT)
def test_no_car_jumps_where_positions_are_garbage(folder: Path, fault: str) -> None:
    clean, told = play(folder), play(folder, (fault,))
    assert told.struck[fault] > 0
    # Where practice begins, the recorded feed itself jumps.
    assert _jumps(told.measured, folder) <= _jumps(clean.measured, folder)
    assert told.readings == clean.readings
    untrue = _untrue(told, folder)
    # That a car which is slow or stands is frozen cannot be seen; one that drives soon is.
    few = 0.01 if fault == "garbage_location" else 0.3 if "practice" in folder.name else 0.06
    struck = sum(_is_during_fault(one, folder) for one in clean.measured)
    assert len(untrue) <= (0 if fault == "zero_location" else few * struck)
    for name in ("laps", "gaps", "positions", "race_control", "stints", "pit_stops"):
        assert getattr(told.state, name) == getattr(clean.state, name)
