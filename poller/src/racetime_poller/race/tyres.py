"""Tyres: the runs on one set each that cars really made.

The feed's stints hold phantoms: corrections on the grid, passages through the pit lane behind the
safety car, stints of no length. A set can only be changed where a car came out of the pits, so a
stint that begins on a lap that did not is none: when a stop follows, the newest such stint tells
what was fitted then; when none does, it never was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from racetime_poller.race.memo import remembered
from racetime_poller.race.pit_visits import Visits, visits
from racetime_poller.race.rows import LapRow, StintRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarTyres, Evidence, Stint, TyreCompound

_COMPOUNDS = {
    name: TyreCompound[name] for name in ("SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET")
}
# The feed's first lap of a stint may be the lap before or after the one that left the pits.
_SLACK_LAPS = 1


def compound(name: str | None) -> TyreCompound:
    """Read OpenF1's name of a compound; UNKNOWN and the like are not known."""
    return _COMPOUNDS.get((name or "").upper(), TyreCompound.UNSPECIFIED)


@dataclass(frozen=True, slots=True)
class Run:
    """A run on one set of tyres; `age` is how many laps the set had run before."""

    compound: TyreCompound
    first_lap: int | None
    last_lap: int | None
    age: int | None
    # Unspecified when a stint of the feed tells it all.
    evidence: Evidence = Evidence.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class _Told:
    """A stint of the feed and the lap on which it says that it begins."""

    begin: int | None
    stint: StintRow

    def is_by(self, lap: int) -> bool:
        return self.begin is None or self.begin <= lap

    def is_near(self, lap: int) -> bool:
        return self.begin is not None and abs(self.begin - lap) <= _SLACK_LAPS


_NONE_TOLD: Mapping[int, StintRow] = {}
_NO_LAPS: Mapping[int, LapRow] = {}


def runs_of(race: Race, number: int) -> Sequence[Run]:
    """Return the real runs of a car in their order."""
    stints = race.stints.get(number, _NONE_TOLD)
    return runs(stints, race.laps.get(number, _NO_LAPS), visits(race, number))


@remembered(96)
def runs(
    stints: Mapping[int, StintRow], laps: Mapping[int, LapRow], visits: Visits
) -> Sequence[Run]:
    """Return the real runs of a car in their order."""
    told = _told(stints)
    if not told:
        return ()
    first = told[0].begin
    opening = [one for one in told if one.is_by(first or 1)]
    rest = told[len(opening) :]
    found = [_opening(opening, first)]
    changes = _changes(rest, laps, visits)
    for lap, following in zip(changes, [*changes, None][1:], strict=True):
        taken = _taken(rest, lap, following)
        rest = rest[len(taken) :]
        run = _changed(taken, lap, found[-1]) if taken else None
        found[-1] = _with_phantoms(found[-1], taken[:-1] if run else taken)
        if run is not None:
            _end(found, lap)
            found.append(run)
    found[-1] = _with_phantoms(found[-1], rest)
    newest = max((one.stint.lap_end or 0 for one in told), default=0)
    if found[-1].first_lap is None or newest >= found[-1].first_lap:
        found[-1] = replace(found[-1], last_lap=newest or None)
    return tuple(found)


def _told(stints: Mapping[int, StintRow]) -> list[_Told]:
    """Return the feed's stints in their order; none begins before the one before it."""
    told: list[_Told] = []
    for number in sorted(stints):
        stint = stints[number]
        begin = stint.lap_start
        if told:
            before = told[-1]
            least = before.begin
            if begin is None:
                end = before.stint.lap_end
                begin = least if end is None else end + 1
            begin = max(filter(None, (begin, least)), default=None)
        told.append(_Told(None if begin is None else max(1, begin), stint))
    return told


def _opening(opening: Sequence[_Told], first: int | None) -> Run:
    """Return the first run: of the corrections before its first lap the last that tells holds."""
    known = [one.stint for one in opening if compound(one.stint.compound)]
    stint = known[-1] if known else opening[-1].stint
    return Run(compound(stint.compound), first, None, stint.tyre_age_at_start)


def _changes(rest: Sequence[_Told], laps: Mapping[int, LapRow], visits: Visits) -> Sequence[int]:
    """Return the laps that were begun on other tyres, as far as can be told: those that came out of
    the pits, and where the laps do not tell, those on which the feed begins a stint."""
    trusted = {
        one.begin
        for one in rest
        if one.begin is not None
        and not any(one.is_near(out) for out in visits.outs)
        and (one.begin not in laps or laps[one.begin].is_pit_out_lap is None)
    }
    return sorted(trusted | visits.outs)


def _taken(rest: Sequence[_Told], lap: int, following: int | None) -> Sequence[_Told]:
    """Return the stints that begin by a change of tyres, but those of the next change."""
    near = [one for one in rest if one.is_near(lap)]
    before = [one for one in rest if one.is_by(lap) and one not in near]
    if following is not None and following - lap <= 2 * _SLACK_LAPS:
        near = near[:1]
    return [*before, *near]


def _changed(taken: Sequence[_Told], lap: int, current: Run) -> Run | None:
    """Return the run that a change began; None when nothing was changed."""
    newest = taken[-1]
    fitted = compound(newest.stint.compound)
    if newest.is_near(lap):
        return Run(fitted, lap, None, newest.stint.tyre_age_at_start)
    if fitted in (current.compound, TyreCompound.UNSPECIFIED):
        return None
    return Run(fitted, lap, None, None, Evidence.PIT)


def _end(found: list[Run], lap: int) -> None:
    last = max(lap - 1, found[-1].first_lap or 0)
    found[-1] = replace(found[-1], last_lap=last)


def _with_phantoms(run: Run, phantoms: Sequence[_Told]) -> Run:
    """Take from stints that are none what the run itself does not tell."""
    for one in phantoms:
        told = compound(one.stint.compound)
        if run.compound is TyreCompound.UNSPECIFIED:
            run = replace(run, compound=told)
        age, begin = one.stint.tyre_age_at_start, one.begin
        if run.age is None and age is not None and begin is not None and run.first_lap is not None:
            before = age - (begin - run.first_lap)
            run = replace(run, age=before) if before >= 0 and told is run.compound else run
    return replace(run, evidence=Evidence.LAPS) if phantoms and not run.evidence else run


def fitted(found: Sequence[Run], laps_completed: int) -> CarTyres:
    """Derive the tyres now fitted: those of the newest run.

    The age is what the set had run before, and the laps completed since the run began.
    """
    run = found[-1]
    age = None
    if run.age is not None and run.first_lap is not None:
        age = run.age + max(0, laps_completed - run.first_lap + 1)
    return CarTyres(
        compound=run.compound,
        age_laps=age,
        stint=len(found),
        fitted_new=None if run.age is None else run.age == 0,
        evidence=run.evidence,
    )


@remembered(96)
def history(number: int, found: Sequence[Run]) -> Mapping[int, Stint]:
    """Return a car's runs as the history keeps them, by number from 1."""
    return {
        count: Stint(number, count, run.compound, run.first_lap, run.last_lap, run.age)
        for count, run in enumerate(found, start=1)
    }
