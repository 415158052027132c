"""How far estimated positions are from measured ones: hide location, estimate, compare.

The circuit and its pace are learned while location is there, as a poller would; then location is
hidden for the rest of the session. Rows come when a poller would have them: pushed as they are
published, or asked for at the periods of the sponsor's tier.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.races import Race, open_race, recordings
from benchmarks.report import Report
from racetime_poller.intake import Intake
from racetime_poller.race import periods
from racetime_poller.race.batches import Batch
from racetime_poller.race.circuit import learn
from racetime_poller.race.lessons import Lessons
from racetime_poller.race.outline import Outline
from racetime_poller.race.pace import spells
from racetime_poller.race.samples import Samples
from racetime_poller.sources.decode import Decoded
from racetime_poller.sources.schedule import PERIODS

# Sessions with location, and how long it is there, in seconds from the first lap's start: some
# laps at racing speed.
SESSIONS: Mapping[str, int] = {
    "2025-australia-race": 25 * 60,
    "2025-china-race": 15 * 60,
    "2025-australia-practice-1": 15 * 60,
}
PUSHED = ("location", "laps", "intervals", "race_control", "position", "pit", "stints")
STEP_MILLIS = 500
# Cars that drive through the pits: so long before they begin a lap out of them, and behind.
BEFORE_MILLIS, BEHIND_MILLIS = 25_000, 40_000
HOLE_MILLIS = 1_500
KINDS = ("green", "slow", "pit")

Table = NDArray[np.float64]


@dataclass
class Hiding:
    """A session whose location falls silent."""

    race: Race
    periods: Mapping[str, float]
    hidden_at: int
    intake: Intake = field(init=False)
    lessons: Lessons = field(default_factory=Lessons)
    measured: list[Samples] = field(default_factory=list)
    told: list[Batch] = field(default_factory=list)

    def play(self) -> None:
        """Play the whole session."""
        self.intake = Intake.of(self.race.session, self.race.total_laps)
        begin, end = self.race.started_at - 60_000, self.race.ended_at
        self._take(begin, frozenset(self.race.feeds) - {"location", "car_data"})
        due = {endpoint: begin + n * 100 for n, endpoint in enumerate(self.periods)}
        for now in range(begin, end, STEP_MILLIS):
            asked = {endpoint for endpoint, at in due.items() if at <= now}
            for endpoint in asked:
                due[endpoint] += int(self.periods[endpoint] * 1000)
            self._take(now, frozenset(asked))
            if self.lessons.take(self.intake.race, self.intake.motion):
                self.intake.use_circuit(learn(tuple(self.lessons.learner.laps)))
            self.intake.picture(now)
            self.told += [one for one in self.intake.motion.flush() if one.estimated]

    def _take(self, now: int, endpoints: frozenset[str]) -> None:
        for endpoint, decoded in self.race.rows(now, endpoints):
            if endpoint == "location":
                self.measured.append(Samples.of(decoded.rows))
                kept = [row for row in decoded.rows if row.date <= self.hidden_at]
                self.intake.apply(endpoint, Decoded(kept), now)
            else:
                self.intake.apply(endpoint, decoded, now)

    @property
    def outline(self) -> Outline:
        """The line that was learned."""
        outline = self.intake.motion.outline
        assert outline is not None
        return outline


def compare(play: Hiding) -> Table:
    """Answer of each estimated sample: instant, driver, metres ahead of the truth, speed to it."""
    measured = Samples.joined(play.measured)
    found = []
    for number, instants, points in _by_car(play.told):
        own = measured.only(measured.drivers == number)
        if len(own) < 2:
            continue
        place = np.clip(np.searchsorted(own.instants, instants), 1, len(own) - 1)
        before, after = own.instants[place - 1], own.instants[place]
        whole = (after - before <= HOLE_MILLIS) & (before <= instants) & (instants <= after)
        truth = np.column_stack(
            [np.interp(instants, own.instants, values) for values in (own.xs, own.ys)]
        )
        error = (play.outline.locate(points)[0] - play.outline.locate(truth)[0]) / 10
        length = play.outline.length_dm / 10
        error = (error + length / 2) % length - length / 2
        steps = np.linalg.norm(np.diff(points, axis=0, prepend=points[:1]), axis=1) / 10
        speed = steps / np.maximum(np.diff(instants, prepend=instants[0] - 1000), 1) * 1000
        table = np.column_stack((instants, np.full(len(instants), number), error, speed))
        found.append(table[whole])
    return np.vstack(found)


def _by_car(told: list[Batch]) -> Iterator[tuple[int, NDArray[np.int64], Table]]:
    trails: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for batch in told:
        for number, xs, ys in zip(batch.driver_numbers, batch.xs, batch.ys, strict=True):
            trails[number] += zip(batch.instants, xs.tolist(), ys.tolist(), strict=True)
    for number, trail in trails.items():
        columns = np.array(sorted(trail), dtype=np.int64).T
        yield number, columns[0], np.column_stack((columns[1], columns[2])).astype(np.float64)


def kinds(play: Hiding, table: Table) -> dict[str, NDArray[np.bool_]]:
    """Tell which samples are of cars in the pits, under slow flags, or under green."""
    instants, drivers = table[:, 0], table[:, 1]
    pit = np.zeros(len(table), dtype=np.bool_)
    for number, laps in play.intake.race.laps.items():
        for lap in laps.values():
            if lap.is_pit_out_lap and lap.date_start is not None and lap.lap_number > 1:
                begin, end = lap.date_start - BEFORE_MILLIS, lap.date_start + BEHIND_MILLIS
                pit |= (drivers == number) & (instants > begin) & (instants < end)
    slow = np.zeros(len(table), dtype=np.bool_)
    for begin, end, _ in spells(periods.track_periods(play.intake.race)):
        slow |= (instants > begin) & (instants < (end if end is not None else np.inf))
    return {"green": ~pit & ~slow, "slow": slow & ~pit, "pit": pit}


def measure() -> Report:
    """Measure all sessions that are there, at both cadences."""
    report = Report("estimate")
    report.notes.append(
        "metres along the circuit between estimated and measured positions: median, 95th percentile"
    )
    found = [name for name in SESSIONS if (recordings() / name).is_dir()]
    if not found:
        report.notes.append("no recordings (RACETIME_RECORDINGS): nothing was measured")
    pushed = dict.fromkeys(PUSHED, STEP_MILLIS / 1000)
    asked = {endpoint: PERIODS["sponsor"][endpoint] for endpoint in PUSHED}
    for name in found:
        race = open_race(name)
        for cadence, at in (("pushed", pushed), ("asked (sponsor)", asked)):
            for feed in race.feeds.values():
                feed.given = 0
            play = Hiding(race, at, race.started_at + SESSIONS[name] * 1000)
            play.play()
            _report(report, f"{name}, {cadence}", play)
    return report


def _report(report: Report, name: str, play: Hiding) -> None:
    table = compare(play)
    error = np.abs(table[:, 2])
    report.add(f"{name}: median", float(np.median(error)), "m", key=True)
    report.add(f"{name}: p95", float(np.percentile(error, 95)), "m", key=True)
    for kind, chosen in kinds(play, table).items():
        if chosen.any():
            report.add(f"{name}: {kind}, median", float(np.median(error[chosen])), "m")
            report.add(f"{name}: {kind}, p95", float(np.percentile(error[chosen], 95)), "m")
    report.add(f"{name}: samples", len(table), "")
    report.add(f"{name}: fastest step", float(table[:, 3].max()), "m/s")
