"""Telemetry: from rows of samples to batches, one driver each. Samples are no state: each is told
once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from racetime_poller.race.rows import CarDataRow

# F1 sends 104 for a pedal that it does not know.
_INVALID_PEDAL = 104
_date = attrgetter("date")
_DRS_OPEN = frozenset({10, 12, 14})


@dataclass(frozen=True, slots=True)
class TelemetryBatch:
    """Samples of one driver; a list is None when a sample of it is not known."""

    driver_number: int
    instants: tuple[int, ...]
    speeds: tuple[int, ...] | None
    gears: tuple[int, ...] | None
    throttles: tuple[int, ...] | None
    brakes: tuple[bool, ...] | None
    revolutions: tuple[int, ...] | None
    aids: tuple[bool, ...] | None


@dataclass(slots=True)
class TelemetryTracker:
    """Takes in samples in the order in which they come; each instant of a car is taken once."""

    _newest: dict[int, int] = field(default_factory=dict)
    _pending: dict[int, list[CarDataRow]] = field(default_factory=lambda: defaultdict(list))

    def skip_until(self, instants: Mapping[int, int]) -> None:
        """Pass over samples up to an instant of each car: they were told by a poller that ended."""
        for number, at in instants.items():
            self._newest[number] = max(at, self._newest.get(number, 0))

    def add(self, rows: Iterable[CarDataRow]) -> int:
        """Take in rows; return how many brought something new."""
        taken = 0
        for row in sorted(rows, key=_date):
            if row.date > self._newest.get(row.driver_number, 0):
                self._newest[row.driver_number] = row.date
                self._pending[row.driver_number].append(row)
                taken += 1
        return taken

    def flush(self) -> Sequence[TelemetryBatch]:
        """Return all samples taken since the last call."""
        batches = [_batch(number, rows) for number, rows in sorted(self._pending.items())]
        self._pending.clear()
        return batches


def _known(values: Iterable[int | None]) -> tuple[int, ...] | None:
    listed = tuple(values)
    return None if None in listed else listed  # type: ignore[return-value]


def _batch(number: int, rows: Sequence[CarDataRow]) -> TelemetryBatch:
    pedals = _known([None if row.throttle == _INVALID_PEDAL else row.throttle for row in rows])
    brakes = _known([None if row.brake == _INVALID_PEDAL else row.brake for row in rows])
    drs = _known([row.drs for row in rows])
    return TelemetryBatch(
        driver_number=number,
        instants=tuple([int(row.date) for row in rows]),
        speeds=_known([row.speed for row in rows]),
        gears=_known([row.n_gear for row in rows]),
        throttles=pedals,
        brakes=None if brakes is None else tuple([value > 0 for value in brakes]),
        revolutions=_known([row.rpm for row in rows]),
        aids=None if drs is None else tuple([code in _DRS_OPEN for code in drs]),
    )
