"""Bytes that a viewer receives in a second of a race, by lane.

The race is played through the poller's own intake and broadcast at a cadence of its schedule
(`local`: positions and telemetry each second, intervals each two; `sponsor`: positions each 2.5 s,
intervals each 6 s, no telemetry), and the messages are built as the api builds them.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import structlog

from benchmarks.play import Play
from benchmarks.races import MADE_UP, Race, names, open_race
from benchmarks.report import Report, percentile
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
    UpdateRecord,
)
from racetime_api.encoding import update_message
from racetime_api.record import Record, Selection, from_message
from racetime_poller.sources.schedule import PERIODS

# The cadence at which whole races are played, and the one at which one is begun.
WHOLE, CUT = "local", "sponsor"
CUT_SECONDS = 1_800.0
PAGE = "timing+motion"
ALL = "timing+motion+history"
_LANES = (LANE_TIMING, LANE_MOTION, LANE_HISTORY)
SELECTIONS: Mapping[str, Selection] = {
    "timing": Selection.of([LANE_TIMING]),
    "motion": Selection.of([LANE_MOTION]),
    "history": Selection.of([LANE_HISTORY]),
    PAGE: Selection.of([LANE_TIMING, LANE_MOTION]),
    ALL: Selection.of(_LANES),
    "telemetry of all": Selection.of([LANE_TELEMETRY]),
}
SLOW = "timing at 1 Hz"
SLOW_MILLIS = 1_000
PAIR = "telemetry of two more"
# At most so much is wanted of each, in bytes a second.
TARGETS: Mapping[str, float] = {ALL: 400, SLOW: 80, PAIR: 80}
_LENGTH_DELIMITED = 2


@dataclass
class Viewer:
    """Counts the bytes of a watch."""

    selection: Selection
    min_interval_millis: int = 0
    by_second: Counter[int] = field(default_factory=Counter)
    message_count: int = 0
    _waiting: list[Record] = field(default_factory=list)
    _told_at: int = 0
    # The newest update that was told.
    _after: int | None = None

    def see(self, now: int, record: Record) -> None:
        """Receive an update, or let it wait to be joined with the next."""
        if self._after is None:
            self._after = record.sequence - 1
        if self.selection.parts([record]):
            self._waiting.append(record)
        if not self._waiting or now - self._told_at < self.min_interval_millis:
            return
        message = update_message(self._waiting, self._after, self.selection)
        self.by_second[now // 1000] += len(message or b"")
        self.message_count += 1
        self._told_at, self._after = now, self._waiting[-1].sequence
        self._waiting = []


@dataclass
class Count:
    """Counts all viewers of a play, the fields, and the snapshots."""

    started_at: int
    viewers: dict[str, Viewer]
    drivers: dict[int, Viewer] = field(default_factory=dict)
    # Viewers of all lanes and two drivers' telemetry.
    pairs: list[Viewer] = field(default_factory=list)
    field_bytes: Counter[str] = field(default_factory=Counter)
    field_entries: Counter[str] = field(default_factory=Counter)
    snapshots: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def take(self, now: int, update: UpdateRecord, keyframe: UpdateRecord | None) -> None:
        """Count a publish, once the race is on."""
        if now < self.started_at:
            return
        record = from_message(update)
        if not self.pairs:
            self.pairs = self._pairs(sorted(record.telemetry))
        for viewer in (*self.viewers.values(), *self.pairs):
            viewer.see(now, record)
        for number in record.telemetry:
            chosen = Selection.of([LANE_TELEMETRY], [number])
            self.drivers.setdefault(number, Viewer(chosen)).see(now, record)
        for lane in (record.timing, record.motion, record.history, *record.telemetry.values()):
            for name, size in field_sizes(lane):
                self.field_bytes[name] += size
                self.field_entries[name] += 1
        if keyframe is not None:
            whole = from_message(keyframe)
            for name, selection in SELECTIONS.items():
                self.snapshots[name].append(sum(map(len, selection.parts([whole]))))

    def _pairs(self, numbers: Sequence[int]) -> list[Viewer]:
        """Answer viewers of two drivers each, who saw what a viewer of all lanes has seen."""
        seen = self.viewers[ALL].by_second
        lanes = (*_LANES, LANE_TELEMETRY)
        pairs = zip(numbers[::2], numbers[1::2], strict=False)
        chosen = [Selection.of(lanes, pair) for pair in pairs]
        return [Viewer(one, by_second=seen.copy()) for one in chosen]


FIELD_NAMES = {one.number: one.name for one in RaceState.DESCRIPTOR.fields}


def field_sizes(lane: bytes) -> Iterator[tuple[str, int]]:
    """Answer the name and the size on the wire of each field of a partial state."""
    at = 0
    while at < len(lane):
        begun = at
        tag, at = _varint(lane, at)
        if tag & 7 != _LENGTH_DELIMITED:
            raise ValueError(f"field {tag >> 3} of RaceState is no message")
        size, at = _varint(lane, at)
        at += size
        yield FIELD_NAMES[tag >> 3], at - begun


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def count(race: Race, cadence: str, seconds: float | None = None) -> dict[str, Any]:
    """Play a race and answer what its viewers received."""
    viewers = {name: Viewer(selection) for name, selection in SELECTIONS.items()}
    viewers[SLOW] = Viewer(Selection.of([LANE_TIMING], stamped=False), SLOW_MILLIS)
    counted = Count(race.started_at, viewers)
    played = Play(race, PERIODS[cadence], counted.take).run(seconds)
    return {
        "race": race.name,
        "cadence": cadence,
        "seconds": played,
        "cut": seconds is not None,
        "lanes": {name: _rates(viewer, played) for name, viewer in counted.viewers.items()},
        "telemetry of one": _mean_rates(counted.drivers.values(), played),
        PAIR: _added(counted, played),
        "snapshots": {
            name: {"median": percentile(sizes, 0.5), "largest": max(sizes)}
            for name, sizes in counted.snapshots.items()
        },
        "fields": {
            name: {
                "bytes_per_second": size / played,
                "entries_per_second": counted.field_entries[name] / played,
                "bytes_per_entry": size / counted.field_entries[name],
            }
            for name, size in counted.field_bytes.most_common()
        },
    }


def _added(counted: Count, seconds: float) -> dict[str, float]:
    """Answer what two drivers' telemetry adds to all else: of the mean pair, and the dearest."""
    if not counted.pairs:
        return {}
    base = sum(counted.viewers[ALL].by_second.values())
    rates = [(sum(one.by_second.values()) - base) / seconds for one in counted.pairs]
    return {"mean": mean(rates), "dearest": max(rates)}


def _rates(viewer: Viewer, seconds: float) -> dict[str, float]:
    sizes = list(viewer.by_second.values())
    quiet = [0] * max(0, int(seconds) - len(sizes))
    return {
        "bytes_per_second": sum(sizes) / seconds,
        "messages_per_second": viewer.message_count / seconds,
        "p99_second": percentile(sizes + quiet, 0.99),
        "peak_second": max(sizes, default=0),
    }


def _mean_rates(viewers: Any, seconds: float) -> dict[str, float]:
    every = [_rates(viewer, seconds) for viewer in viewers]
    return {name: mean(one[name] for one in every) for name in (every[0] if every else ())}


def _job(arguments: tuple[str, str, float | None]) -> dict[str, Any]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    name, cadence, seconds = arguments
    return count(open_race(name), cadence, seconds)


def measure() -> Report:
    """Count the bytes over whole races, and over the beginning of one at the lower cadence."""
    jobs = [(name, WHOLE, None) for name in names()] + [(names()[-1], CUT, CUT_SECONDS)]
    with ProcessPoolExecutor(max_workers=2, max_tasks_per_child=1) as pool:
        return report(list(pool.map(_job, jobs)))


def _with_target(name: str) -> str:
    return f"{name} (at most {TARGETS[name]:g})" if name in TARGETS else name


def report(counts: Sequence[dict[str, Any]]) -> Report:
    """Put the counts into a report."""
    result = Report("bytes", details={"counts": list(counts)})
    for one in counts:
        label = f"{one['race']}, {one['cadence']}"
        if one["cut"]:
            label += f", first {one['seconds'] / 60:g} min"
        for lane, rates in one["lanes"].items():
            if rates["bytes_per_second"]:
                name = f"{label}: {_with_target(lane)}"
                result.add(name, rates["bytes_per_second"], "B/s", key=True)
        if one["telemetry of one"]:
            rate = one["telemetry of one"]["bytes_per_second"]
            result.add(f"{label}: telemetry of one", rate, "B/s", key=True)
        if one[PAIR]:
            result.add(f"{label}: {PAIR}, mean pair", one[PAIR]["mean"], "B/s")
            result.add(f"{label}: {_with_target(PAIR)}", one[PAIR]["dearest"], "B/s", key=True)
        page = one["lanes"][PAGE]
        result.add(f"{label}: {PAGE}, 99 % of seconds below", page["p99_second"], "B")
        result.add(f"{label}: {PAGE}, highest second", page["peak_second"], "B")
        result.add(f"{label}: snapshot {PAGE}, largest", one["snapshots"][PAGE]["largest"], "B")
        for name, costs in list(one["fields"].items())[:8]:
            result.add(f"{label}: of which {name}", costs["bytes_per_second"], "B/s")
    result.notes.append(
        "bytes of WatchRaceResponse messages, uncompressed; gRPC adds 5 bytes a message. "
        "Mean from lights out to the last flag, updates only. Of the pairs of drivers that add "
        "their telemetry to all other lanes the dearest counts"
    )
    if {one["race"] for one in counts} == {MADE_UP}:
        result.notes.append("no recordings (RACETIME_RECORDINGS): only the made-up race")
    return result
