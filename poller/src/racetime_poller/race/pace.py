"""How long cars take from line to line: their own usual times, and how much slower it goes now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from racetime_poller.race.memo import remembered
from racetime_poller.race.passages import LINES, Passages
from racetime_poller.race.views import TrackFlag, TrackPeriod

# How many of a car's newest times in a sector tell its usual one: the best but one of them.
_NEWEST = 8
# What the others did in a sector tells of it for so long.
_FRESH_MILLIS = 60_000
_OTHERS = 4
_WITNESSES = 2
# What it costs to stop, while no car of the session has.
_STOP_MILLIS = 18_000
# Slower by so much under a flag of which no car has told yet.
_SLOWER: Mapping[TrackFlag, float] = {
    TrackFlag.SAFETY_CAR: 1.35,
    TrackFlag.SAFETY_CAR_ENDING: 1.35,
    TrackFlag.VIRTUAL_SAFETY_CAR: 1.35,
    TrackFlag.VIRTUAL_SAFETY_CAR_ENDING: 1.35,
    TrackFlag.RED: 1.8,
}
_SLOWEST, _FASTEST = 3.0, 0.9
# Most laps outside races begin so much slower than the best.
_PUSHED = 1.03
# The first lap is slower than what a circuit's bends allow.
_FIRST_RATIO = 1.05

# A span of time under a flag that slows all down: begin, end (None while it lasts), flag.
Spell = tuple[int, int | None, TrackFlag]


@remembered(4)
def spells(periods: Mapping[int, TrackPeriod]) -> tuple[Spell, ...]:
    """Return the spans under flags that slow all cars down, in order."""
    slow = (one for _, one in sorted(periods.items()) if one.flag in _SLOWER)
    return tuple((one.start_at, one.end_at, one.flag) for one in slow)


@dataclass(frozen=True, slots=True)
class Timed:
    """A sector that was driven under one flag from end to end: how much slower than usual."""

    ended_at: int
    sector: int
    # The begin of the spell; 0 under green.
    spell: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Pace:
    """A car's pace: usual times of its sectors, and how it drove of late, the newest last."""

    usual: tuple[int | None, int | None, int | None] = (None, None, None)
    timed: tuple[Timed, ...] = ()
    # What its stops cost, as far as the sector behind the line tells; with the spell.
    stops: tuple[tuple[int, int], ...] = ()
    # Outside races: what it takes from the pits to the end of the first sector.
    outs: tuple[int, ...] = ()


def _is_pit_sector(passed: Passages, line: int) -> bool:
    """Tell whether the sector that ended at a line leads through the pits."""
    lap, sector = divmod(line - 1, LINES)
    return (sector == 0 and lap in passed.out_laps) or (
        sector == LINES - 1 and lap + 1 in passed.out_laps
    )


@remembered(96)
def pace(passed: Passages, under: tuple[Spell, ...]) -> Pace:
    """Read a car's pace from its passages."""
    spans = passed.spans or {}
    ends = dict(zip(passed.lines, passed.instants, strict=True))
    free: list[list[int]] = [[], [], []]
    for line in sorted(spans.keys() & ends.keys()):
        green = spell_of(under, ends[line] - spans[line], ends[line]) == 0
        if green and line > LINES + 1 and not _is_pit_sector(passed, line):
            free[(line - 1) % LINES].append(spans[line])
    usual = tuple(_usual(times) for times in free)
    timed, stops = [], []
    for line in sorted(spans)[-2 * _NEWEST :]:
        reference, span, end = usual[(line - 1) % LINES], spans[line], ends.get(line)
        if reference is None:
            continue
        # When a sector of a lap out of the pits ended is not known yet: under green, most likely.
        spell = 0 if end is None else spell_of(under, end - span, end)
        if _is_pit_sector(passed, line):
            if (line - 1) % LINES == 0 and spell is not None:
                stops.append((spell, max(0, span - reference)))
        elif spell is not None:
            ratio = min(max(span / reference, _FASTEST), _SLOWEST)
            timed.append(Timed(end or 0, (line - 1) % LINES, spell, ratio))
    return Pace((usual[0], usual[1], usual[2]), tuple(timed), tuple(stops), passed.out_millis)


def _usual(times: Sequence[int]) -> int | None:
    best = sorted(times[-_NEWEST:])
    return best[min(1, len(best) - 1)] if best else None


def spell_of(under: Sequence[Spell], begin: int, end: int) -> int | None:
    """Return the begin of the spell that holds a time; 0 under green, None where it is mixed."""
    for start, stop, _ in under:
        if start <= begin and (stop is None or end <= stop):
            return start
        if start < end and (stop is None or begin < stop):
            return None
    return 0


@dataclass(frozen=True, slots=True)
class Field:
    """How the whole field drives at an instant."""

    paces: Mapping[int, Pace]
    under: tuple[Spell, ...]
    is_race: bool
    now: int
    usual: tuple[int, ...]
    stop_millis: int = _STOP_MILLIS
    # From the pits to the end of the first sector, outside races; None while no car has told.
    out_millis: int | None = None
    # Ratios of late, the newest last, by sector and spell.
    ratios: Mapping[tuple[int, int], Sequence[float]] | None = None

    @staticmethod
    def of(
        paces: Mapping[int, Pace],
        under: tuple[Spell, ...],
        is_race: bool,
        now: int,
        expected: Sequence[float],
    ) -> "Field":
        """Put the paces of all cars together; what no car has told is as expected."""
        known = [_median([p.usual[s] for p in paces.values()]) for s in range(LINES)]
        usual = tuple(_filled(known, expected))
        spell = spell_of(under, now, now)
        stops = [cost for one in paces.values() for when, cost in one.stops if when == spell]
        late: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for one in paces.values():
            for timed in one.timed[-LINES:]:
                if timed.ended_at > now - _FRESH_MILLIS or timed.spell:
                    key = (timed.sector, timed.spell)
                    late.setdefault(key, []).append((timed.ended_at, timed.ratio))
        ratios = {key: [r for _, r in sorted(found)[-_OTHERS:]] for key, found in late.items()}
        cost = round(median(stops)) if stops else _STOP_MILLIS
        out = _median([out for one in paces.values() for out in one.outs])
        return Field(paces, under, is_race, now, usual, cost, out, ratios)

    def usual_millis(self, number: int, sector: int) -> int:
        """Return a car's usual time in a sector, else the field's."""
        own = self.paces[number].usual[sector] if number in self.paces else None
        return own if own is not None else self.usual[sector]

    def ratio(self, number: int, sector: int, spell: int, flag: TrackFlag | None) -> float:
        """Return how much slower than usual a car drives a sector in a spell."""
        timed = self.paces[number].timed if number in self.paces else ()
        own = [one for one in timed if one.spell == spell]
        before = [one.ratio for one in own if one.sector == sector][-1:]
        newest = [one.ratio for one in own[-1:]]
        others = (self.ratios or {}).get((sector, spell), ())
        field = [median(others)] if len(others) >= _WITNESSES else []
        if not self.is_race:
            # A lap to push, or one to cool down: as it begins it goes on.
            return newest[0] if sector > 0 and newest else _PUSHED
        if spell and before:
            return before[0]
        told = [*before, *newest, *field]
        if told:
            return fmean(told)
        return _SLOWER.get(flag, 1.0) if flag is not None else 1.0


def _filled(known: Sequence[int | None], expected: Sequence[float]) -> list[int]:
    """Return the usual times; those that are not known after the measure of those that are."""
    pairs = [(one, other) for one, other in zip(known, expected, strict=True) if one is not None]
    told, others = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    scale = told / others if pairs else _FIRST_RATIO
    return [
        one if one is not None else round(scale * other)
        for one, other in zip(known, expected, strict=True)
    ]


def _median(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(median(known)) if known else None
