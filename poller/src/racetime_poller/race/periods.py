"""Spans under a yellow, a safety car or a red flag, with the laps of the leader."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from racetime_poller.race import leader, session
from racetime_poller.race.control import Change
from racetime_poller.race.leader import LapStarts
from racetime_poller.race.memo import remembered
from racetime_poller.race.state import Race
from racetime_poller.race.views import TrackFlag, TrackPeriod

_FIRST_LAP = 1
_KINDS = {
    TrackFlag.YELLOW: TrackFlag.YELLOW,
    TrackFlag.SAFETY_CAR: TrackFlag.SAFETY_CAR,
    TrackFlag.SAFETY_CAR_ENDING: TrackFlag.SAFETY_CAR,
    TrackFlag.VIRTUAL_SAFETY_CAR: TrackFlag.VIRTUAL_SAFETY_CAR,
    TrackFlag.VIRTUAL_SAFETY_CAR_ENDING: TrackFlag.VIRTUAL_SAFETY_CAR,
    TrackFlag.RED: TrackFlag.RED,
}


def track_periods(race: Race, now: int | None = None) -> Mapping[int, TrackPeriod]:
    """Return all spans since the start by the instant at which they began, in epoch milliseconds.

    Yellows on the way to the grid are left out. What ends by itself ends at an instant `now`.
    """
    control = session.control(race, now)
    if not control.parts:
        return {}
    starts = leader.lap_starts(race.laps) if race.is_race else ()
    return _periods(control.changes, control.parts[0].started_at, starts)


class _Span(NamedTuple):
    """Changes between which one kind of flag ruled; None for the others."""

    flag: TrackFlag | None
    start: Change
    end: Change | None = None


@remembered(8)
def _periods(
    changes: tuple[Change, ...], started_at: int, starts: LapStarts
) -> Mapping[int, TrackPeriod]:
    spans = (_since_start(span, started_at) for span in _spans(changes) if span.flag)
    return {
        span.start.at: TrackPeriod(
            span.flag or TrackFlag.UNSPECIFIED,
            span.start.at,
            span.end.at if span.end else None,
            _lap(span.start, starts),
            _last_lap(span.end, starts) if span.end else None,
        )
        for span in spans
        if span is not None
    }


def _since_start(span: _Span, started_at: int) -> _Span | None:
    """Return what of a span lies behind the start: a safety car may lead the field from it."""
    if span.start.at >= started_at:
        return span
    if span.end is not None and span.end.at <= started_at:
        return None
    return span._replace(start=span.start._replace(at=started_at, lap=_FIRST_LAP))


def _spans(changes: tuple[Change, ...]) -> Iterator[_Span]:
    """Yield the spans that lasted; of flags of one instant the last one stands."""
    span: _Span | None = None
    for change in changes:
        flag = _KINDS.get(change.flag)
        if span is not None and flag is span.flag:
            continue
        if span is not None and change.at > span.start.at:
            yield span._replace(end=change)
        span = _Span(flag, change)
    if span is not None:
        yield span


def _lap(change: Change, starts: LapStarts) -> int | None:
    """Return the leader's lap at a change: by its laps, else as race control named it."""
    return leader.lap_at(starts, change.at) or change.lap


def _last_lap(change: Change, starts: LapStarts) -> int | None:
    """Return the last lap of what ended at a change: one that ends on the line holds no part of
    the lap that begins there."""
    return leader.lap_at(starts, change.at - 1) or change.lap
