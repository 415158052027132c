"""Visits to the pit lane: which of them were stops.

A row of the feed is a visit, told when the car is out again. Two rows may tell of the same one. The
safety car may lead the whole field through the pit lane, and under a red flag all wait there:
neither is a stop.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from racetime_poller.race.laps import millis
from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import Instant, LapRow, PitRow, RaceControlRow
from racetime_poller.race.state import Race, merged
from racetime_poller.race.steward_words import Word, word
from racetime_poller.race.views import PenaltyKind, PitStop, StewardMatterState

# Rows of one driver that are closer, and on the same lap or the next, tell of one visit.
_SAME_VISIT_MILLIS = 90_000
# Cars that follow the safety car leave the pit lane some time after the last word of it.
_FOLLOWING_MILLIS = 60_000
# After a red flag cars leave the pits one by one.
_RESUMING_MILLIS = 120_000
_LED = re.compile(r"SAFETY CAR.*(THROUGH|USE).*PIT ?LANE")
_NO_LONGER_LED = re.compile(r"START/FINISH STRAIGHT|IN THIS LAP")
# A drive-through is served within some laps.
_SERVED_WITHIN_LAPS = 4
_THROUGH = PenaltyKind.DRIVE_THROUGH


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to another; open when it is not over."""

    begin: int
    end: int | None = None

    def holds(self, at: int) -> bool:
        """Tell whether an instant lies inside."""
        return self.begin <= at and (self.end is None or at <= self.end)


@dataclass(frozen=True, slots=True)
class Visits:
    """A car's visits to the pit lane, each by the lap on which it came in."""

    rows: Mapping[int, PitRow]
    # Laps at whose end it stopped, be it that only its next lap tells.
    stops: AbstractSet[int]
    # Laps before which tyres may have been changed: it came out of the pits, and was not led.
    outs: AbstractSet[int]


@remembered(96)
def merged_rows(rows: Mapping[int, PitRow]) -> Mapping[int, PitRow]:
    """Return the visits of a driver by lap: rows of one visit become one, on the earlier lap."""
    visits: dict[int, PitRow] = {}
    newest: PitRow | None = None
    for lap in sorted(rows):
        row = rows[lap]
        if newest is not None and _same_visit(newest, row):
            # The earlier row rules what both know, but for the instant, which is moved on.
            later = max(newest.date or row.date or 0, row.date or 0)
            both = replace(merged(row, newest), date=Instant(later))
            visits[both.lap_number] = newest = both
        else:
            visits[lap] = newest = row
    return visits


def _same_visit(one: PitRow, other: PitRow) -> bool:
    if one.date is None or other.date is None or other.lap_number - one.lap_number > 1:
        return False
    return abs(other.date - one.date) < _SAME_VISIT_MILLIS


@remembered(4)
def led_spans(messages: Sequence[RaceControlRow]) -> Sequence[Span]:
    """Return when the safety car led the field through the pit lane."""
    return _spans(messages, _is_led, _is_no_longer_led, _FOLLOWING_MILLIS)


@remembered(4)
def red_spans(messages: Sequence[RaceControlRow]) -> Sequence[Span]:
    """Return when a session stood under a red flag, with the time to leave the pits after it."""
    return _spans(messages, _is_red, _is_resumed, _RESUMING_MILLIS)


def _spans(
    messages: Sequence[RaceControlRow],
    begins: Callable[[RaceControlRow], bool],
    ends: Callable[[RaceControlRow], bool],
    slack: int,
) -> Sequence[Span]:
    spans: list[Span] = []
    begin: int | None = None
    for row in messages:
        if begin is None and begins(row):
            begin = int(row.date)
        elif begin is not None and ends(row):
            spans.append(Span(begin, int(row.date) + slack))
            begin = None
    return [*spans, *([Span(begin)] if begin is not None else [])]


def _is_led(row: RaceControlRow) -> bool:
    return _LED.search(row.message.upper()) is not None


def _is_no_longer_led(row: RaceControlRow) -> bool:
    return _NO_LONGER_LED.search(row.message.upper()) is not None or _is_red(row)


def _is_red(row: RaceControlRow) -> bool:
    red = row.category == "Flag" and row.flag == "RED" and row.scope == "Track"
    return red or (row.category == "SessionStatus" and row.message.upper() == "SESSION ABORTED")


def _is_resumed(row: RaceControlRow) -> bool:
    words = row.message.upper()
    return row.category == "SessionStatus" and words in ("SESSION STARTED", "SESSION RESUMED")


@remembered(4)
def penalties(messages: Sequence[RaceControlRow]) -> Sequence[Word]:
    """Return the words by which penalties were given, in the order of messages."""
    said = (word(row) for row in messages)
    return [one for one in said if one and one.state is StewardMatterState.PENALISED]


@remembered(4)
def _drive_throughs(messages: Sequence[RaceControlRow]) -> Sequence[tuple[int, int]]:
    """Return who was given a drive-through, and when."""
    return [(said.cars[0], said.at) for said in penalties(messages) if said.penalty is _THROUGH]


def visits(race: Race, number: int) -> Visits:
    """Return what is known of a car's visits to the pit lane."""
    return _visits(
        race.laps.get(number, _NO_LAPS),
        race.pits.get(number, _NO_PITS),
        race.race_control,
        race.is_race,
        number,
    )


_NO_LAPS: Mapping[int, LapRow] = {}
_NO_PITS: Mapping[int, PitRow] = {}


@remembered(96)
def _visits(
    laps: Mapping[int, LapRow],
    pits: Mapping[int, PitRow],
    messages: Sequence[RaceControlRow],
    is_race: bool,
    number: int,
) -> Visits:
    rows = merged_rows(pits)
    outs = {lap for lap, row in laps.items() if row.is_pit_out_lap and lap > 1}
    # A row of the feed names the lap before or, by another of its sources, the out lap itself.
    ins = {lap - 1 for lap in outs if lap not in rows} | rows.keys()
    if not is_race:
        return Visits(rows, frozenset(ins), frozenset(lap + 1 for lap in ins))
    led, red = led_spans(messages), red_spans(messages)
    at = {lap: _out_at(lap, rows, laps) for lap in ins}
    own = ins - _within(at, led)
    stops = own - _within(at, red) - _penalties(number, rows, laps, messages)
    return Visits(rows, frozenset(stops), frozenset(lap + 1 for lap in own))


def _out_at(lap: int, rows: Mapping[int, PitRow], laps: Mapping[int, LapRow]) -> int | None:
    row, out = rows.get(lap), laps.get(lap + 1)
    if row is not None and row.date is not None:
        return int(row.date)
    return int(out.date_start) if out is not None and out.date_start is not None else None


def _within(at: Mapping[int, int | None], spans: Iterable[Span]) -> AbstractSet[int]:
    return {
        lap
        for lap, instant in at.items()
        if instant is not None and any(span.holds(instant) for span in spans)
    }


def _penalties(
    number: int,
    rows: Mapping[int, PitRow],
    laps: Mapping[int, LapRow],
    messages: Sequence[RaceControlRow],
) -> AbstractSet[int]:
    """Return the laps on which a car served a drive-through: it did not stand still."""
    served = set()
    for car, given_at in _drive_throughs(messages):
        if car != number:
            continue
        on = max((n for n, lap in laps.items() if (lap.date_start or 0) <= given_at), default=0)
        later = [
            lap
            for lap, row in rows.items()
            if on <= lap <= on + _SERVED_WITHIN_LAPS
            and row.stop_duration is None
            and (row.date or 0) > given_at
        ]
        served |= {min(later)} if later else set()
    return served


@remembered(96)
def history(rows: Mapping[int, PitRow]) -> Mapping[int, PitStop]:
    """Return a car's visits as the history keeps them, by lap."""
    return {lap: pit_stop(row) for lap, row in merged_rows(rows).items()}


def pit_stop(row: PitRow) -> PitStop:
    """Return a visit as the history keeps it; pit_duration is the old name of lane_duration."""
    lane = row.lane_duration if row.lane_duration is not None else row.pit_duration
    return PitStop(
        driver_number=row.driver_number,
        lap_number=row.lap_number,
        at=row.date,
        lane_millis=millis(lane),
        stop_millis=millis(row.stop_duration),
    )
