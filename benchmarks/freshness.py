"""How old the newest row of each endpoint is, by requests at each tier and by push.

A whole poller against the simulator in virtual time, so that nothing but the plan of requests
and OpenF1's own delays count.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.report import Report, percentile
from racetime_poller.door import Door
from racetime_poller.sources.decode import Decoded
from racetime_simulator.archive import Archive
from racetime_simulator.madeup.season import Season

sys.path.append(str(Path(__file__).resolve().parents[1] / "poller" / "tests"))
import virtual_time
from pushing import InProcessBroker
from world import World

MINUTES = 20
START_SECONDS = 300
# No faster: what the wall clock bears would be less than the tier grants.
SPEED = 5.0
# Of these rows come all the time, so the age of the newest one is told.
_STEADY = ("location", "intervals")
# Of these each row tells when it happened; how long it took to come is told.
_EVENTS = ("position", "race_control", "pit", "laps")
Ages = Mapping[str, Sequence[float]]


@dataclass
class _Arrivals:
    """Notes how old each row of an event is when it first comes."""

    ages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # What had happened before is none of it.
    since: int | None = None
    _known: set[object] = field(default_factory=set)

    def note(self, endpoint: str, rows: Sequence[Any], now: int) -> None:
        """Note the rows that are new."""
        if endpoint not in _EVENTS or self.since is None:
            return
        for row in rows:
            at = row.date_start if endpoint == "laps" else row.date
            key = (endpoint, at, row.driver_number)
            if at is None or at <= self.since or key in self._known:
                continue
            self._known.add(key)
            self.ages[endpoint].append((now - at) / 1000)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stand beside the door."""
        take_in = Door._take_in

        def noted(door: Door, endpoint: str, decoded: Decoded) -> bool:
            self.note(endpoint, decoded.rows, door.clock.now())
            return take_in(door, endpoint, decoded)

        with patch.object(Door, "_take_in", noted):
            yield


async def _watch(archive: Archive, start: datetime, tier: str, *, pushed: bool) -> Ages:
    world = World(archive, start, speed=SPEED, tier=tier)
    broker = InProcessBroker(world)
    ages: dict[str, list[float]] = defaultdict(list)
    arrivals = _Arrivals()
    with arrivals.listening():
        async with broker.running(), world.poller() as poller:
            if pushed:
                broker.attach(poller)
            await world.until(60)
            assert poller.following is not None
            fetcher, _ = poller.following
            arrivals.since = poller.clock.now()
            for second in range(60, 60 + MINUTES * 60):
                await world.until(second + 1)
                now = poller.clock.now()
                for endpoint in _STEADY:
                    newest = fetcher.intake.freshness.newest.get(endpoint)
                    if newest is not None:
                        ages[endpoint].append((now - newest) / 1000)
            requests = world.simulator.counts
            ages["requests"] = [requests.minute.most, requests.second.most, requests.violations]
    return {**ages, **arrivals.ages}


def measure() -> Report:
    """Follow a while of a made-up race in each way."""
    season = Season(1, datetime(2026, 3, 8, 15, tzinfo=UTC))
    start = season.first.first_lap_start + timedelta(seconds=START_SECONDS)
    found = {}
    for way, tier, pushed in (
        ("free", "free", False),
        ("sponsor", "sponsor", False),
        ("push", "sponsor", True),
    ):
        found[way] = virtual_time.run(
            lambda tier=tier, pushed=pushed: _watch(season, start, tier, pushed=pushed)
        )
    return report(found)


def report(found: Mapping[str, Ages]) -> Report:
    """Put the ages into a report."""
    result = Report("freshness")
    for way, ages in found.items():
        for endpoint in (*_STEADY, *_EVENTS):
            values = ages.get(endpoint)
            if not values:
                continue
            is_key = endpoint in ("location", "intervals", "race_control", "laps")
            for name, share in (("median", 0.5), ("p95", 0.95)):
                value = percentile(values, share)
                result.add(f"{way}: {endpoint} {name}", value, "s", key=is_key)
        minute, second, violations = ages["requests"]
        result.add(f"{way}: most requests in a minute", minute, "")
        result.add(f"{way}: most requests in a second", second, "")
        result.add(f"{way}: requests beyond the limit", violations, "")
    result.notes.append(
        f"{MINUTES} min of the made-up race in virtual time; location, intervals: age of the "
        "newest row, each second; the others: from what happened to its first row"
    )
    return result
