"""A recording played through an intake, second by second, as a poller would be told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from racetime_poller.intake import Intake
from racetime_poller.race.batches import Batch
from racetime_poller.race.circuit import Circuit, Outline, learn
from racetime_poller.race.lessons import Lessons
from racetime_poller.race.rows import ENDPOINTS, LocationRow, SessionRow
from racetime_poller.sources.decode import Decoded, decode
from racetime_simulator.instants import to_micros
from racetime_simulator.query import Query
from racetime_simulator.recording import batch_visible, load_recording
from racetime_simulator.table import Table

# What a feed makes of a sample; None where it has none.
Feed = Callable[[LocationRow], LocationRow | None]
_UNUSED = frozenset({"car_data", "sessions", "session_result"})
_FOR_EVER = 1 << 62


@dataclass
class _Rows:
    """Rows of an endpoint, each given once when its time has come."""

    visible: Any
    rows: Sequence[Any]
    given: int = 0

    def until(self, now: int) -> Sequence[Any]:
        start = self.given
        self.given = max(start, int(np.searchsorted(self.visible, now * 1000, side="right")))
        return self.rows[start : self.given]


def _rows(endpoint: str, table: Any) -> _Rows:
    if isinstance(table, Table):
        bodies = table.source.slice(0, len(table.visible))
        return _Rows(table.visible, decode(endpoint, b"[" + b",".join(bodies) + b"]").rows)
    bodies = table.select(Query(()), _FOR_EVER)
    rows = decode(endpoint, b"[" + b",".join(bodies) + b"]").rows
    return _Rows(batch_visible(np.array([row.date for row in rows]) * 1000), rows)


@dataclass
class RecordedPlay:
    """A recorded session on its way through an intake."""

    folder: Path
    session: SessionRow
    feed: Feed
    # Given where the positions that it would be learned from are missing.
    circuit: Circuit | None = None
    intake: Intake = field(init=False)
    told: list[Batch] = field(default_factory=list)
    truth: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    started_at: int = field(init=False)
    _lessons: Lessons = field(default_factory=Lessons)

    def play(self, seconds: int) -> "RecordedPlay":
        """Play so long from the first lap's start."""
        loaded = load_recording(self.folder).session
        self.started_at = to_micros(loaded.first_lap_start) // 1000
        tables = {
            name: _rows(name, table)
            for name, table in loaded.tables.items()
            if name in ENDPOINTS and name not in _UNUSED
        }
        self.intake = Intake.of(self.session, loaded.total_laps)
        if self.circuit is not None:
            self.intake.use_circuit(self.circuit)
        for now in range(self.started_at - 30_000, self.started_at + seconds * 1000, 1_000):
            for endpoint, table in tables.items():
                self._apply(endpoint, table.until(now), now)
            if self._lessons.take(self.intake.race, self.intake.motion):
                self.intake.use_circuit(learn(tuple(self._lessons.learner.laps)))
            self.intake.picture(now)
            self.told += self.intake.motion.flush()
        return self

    def _apply(self, endpoint: str, rows: Sequence[Any], now: int) -> None:
        if endpoint == "location":
            for row in rows:
                own = self.truth.setdefault(row.driver_number, [])
                own.append((int(row.date), row.x or 0, row.y or 0))
            rows = [row for row in map(self.feed, rows) if row is not None]
        if rows:
            self.intake.apply(endpoint, Decoded(rows), now)

    @property
    def outline(self) -> Outline:
        """The line along which the cars were followed."""
        outline = self.intake.motion.outline
        assert outline is not None
        return outline

    def at(self, seconds: float) -> int:
        """An instant so long after the first lap's start."""
        return self.started_at + round(seconds * 1000)

    def trails(self) -> dict[int, Any]:
        """What is told of each car, in order: instant, x, y, whether it is estimated."""
        found: dict[int, list[tuple[int, int, int, bool]]] = {}
        for batch in self.told:
            for number, xs, ys in zip(batch.driver_numbers, batch.xs, batch.ys, strict=True):
                rows = zip(batch.instants, xs.tolist(), ys.tolist(), strict=True)
                found.setdefault(number, []).extend((*row, batch.estimated) for row in rows)
        return {number: np.array(sorted(rows), dtype=float) for number, rows in found.items()}

    def true_places(self, number: int, instants: Any) -> Any:
        """Where a car was along the line at some instants."""
        own = np.array(sorted(self.truth[number]), dtype=float)
        points = [np.interp(instants, own[:, 0], own[:, axis]) for axis in (1, 2)]
        return self.outline.locate(np.column_stack(points))[0]

    def places(self, trail: Any) -> Any:
        """Where a car is shown along the line."""
        return self.outline.locate(trail[:, 1:3])[0]

    def around(self, distance: Any) -> Any:
        """The shorter way round."""
        length = self.outline.length_dm
        return (distance + length / 2) % length - length / 2
