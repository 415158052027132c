"""The ends of recorded sessions, played through a whole poller against a source that misbehaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import virtual_time
from world import World, settled

from racetime.v1.race_state_pb2 import RaceState
from racetime_simulator.faults import FAULTS, RECOVERABLE, Faults, Window
from racetime_simulator.recording import Recording, load_recording

# Before the last lap's end: some laps. After the last row of all: a resync.
_BEFORE, _AFTER = timedelta(seconds=560), timedelta(seconds=240)
# Faults that last are on for a while: all must be well again at the end.
_LASTING_SECONDS = (60, 360)
# Of the places and stops of a few laps there are not many.
_ROWS_RATE = 0.7
# All faults after which everything is well again, of answers and of rows. Of a stop that is told
# twice nobody knows the instant.
STRIKING = tuple(
    name
    for name in RECOVERABLE
    if FAULTS[name].kind in ("answers", "rows") and name != "duplicate_pit"
)


@dataclass(frozen=True)
class Ended:
    """The state at the end, and how often each fault struck."""

    state: RaceState
    injected: dict[str, int]


def _needs_end(name: str) -> bool:
    fault = FAULTS[name]
    return name not in ("outage", "late", "duplicate_pit") and (fault.lasts or fault.kind == "rows")


@cache
def load(folder: Path) -> Recording:
    """Load a recording without its samples: what they tell depends on when it was seen."""
    archive = load_recording(folder)
    for name in ("location", "car_data"):
        archive.session.tables.pop(name, None)
    return archive


def _last_seen(archive: Recording, *names: str) -> datetime:
    """Return when the last row of some tables comes to be seen."""
    tables = [archive.session.tables[name] for name in names]
    newest = max(int(table.visible.max()) for table in tables)  # type: ignore[attr-defined]
    return datetime.fromtimestamp(newest / 1e6, archive.session.end.tzinfo)


def play(folder: Path, names: Sequence[str] = (), *, seed: int = 1, rate: float = 0.15) -> Ended:
    """Play the end of a session with faults; return how it ended."""
    archive = load(folder)
    start = _last_seen(archive, "laps") - _BEFORE
    end = _last_seen(archive, *archive.session.tables) + _AFTER
    lasting = Window.between(*(start + timedelta(seconds=s) for s in _LASTING_SECONDS))
    faults = Faults(
        frozenset(names),
        rate=rate,
        seed=seed,
        outage_start=start + timedelta(seconds=200),
        windows={name: lasting for name in names if _needs_end(name)},
        rates={name: _ROWS_RATE for name in names if FAULTS[name].kind == "rows"},
    )

    async def main() -> Ended:
        world = World(archive, start, faults=faults)
        async with world.poller():
            await world.until((end - start).total_seconds())
        state = await world.state(archive.session.session_key)
        return Ended(settled(state), faults.injected)

    return virtual_time.run(main)
