"""Move cars on from the lines of the timing that they passed last, at their pace.

A car passes no line of which nothing was heard, though it would have been.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from racetime_poller.race.pace import Field
from racetime_poller.race.passages import LINES, Passages
from racetime_poller.race.views import TrackFlag

# A lap's instants are known to some tenths of a second.
_SLACK_MILLIS = 700
# A line that is known of fewer laps than this tells nothing by its silence.
_KNOWN_SHARE = 0.5
# While none of so many cars that run is heard of for so long, silence tells nothing.
_RUNNING_MILLIS = 150_000
_MANY_CARS = 5
_DEAF_MILLIS = 20_000
# What standing on the grid costs.
_START_MILLIS = 4_000
_LAST_LINE = LINES * 400
# Tyres are warmed slowly on the way out of the pits.
_OUT_RATIO = 1.5
# Mini-sectors are not equally long: they tell where a car is to such a share of the sector.
_SEGMENT_SLACK = 0.12


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard of passages, and how late."""

    # When the laps were read last, and how long after the passage they tell of it.
    at: int
    lag_millis: int = 1_000
    # When lines were first heard of, by car: of passages that no time tells of.
    lines: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a car is: the line that it passed last, and the share of the sector's time since."""

    line: int
    share: float
    # Share of the sector's time in a millisecond.
    rate: float
    # How long nothing was heard of it that should have been.
    silent_millis: int = 0
    # The share of the pit lane behind the line that it has driven; None outside.
    lane_share: float | None = None


def silent_before(tables: Mapping[int, Passages], field: Field, now: int, heard: Heard) -> int:
    """Return the instant before which a passage would have been heard of.

    In a race that goes on some car passes a line all the time, else the laps are missing.
    """
    newest = [one.instants[-1] for one in tables.values() if one.instants]
    running = [at for at in newest if at > now - _RUNNING_MILLIS]
    racing = field.is_race and not any(
        flag is TrackFlag.RED and (end is None or end > now - _RUNNING_MILLIS)
        for _, end, flag in field.under
    )
    if racing and len(running) >= _MANY_CARS and max(running) < now - _DEAF_MILLIS:
        return 0
    return heard.at - heard.lag_millis - _SLACK_MILLIS


def reliable(tables: Mapping[int, Passages]) -> tuple[bool, ...]:
    """Tell of which lines the passages are told at all."""
    over = sum(one.laps_over for one in tables.values())
    known = [sum(one.known[k] for one in tables.values()) for k in range(LINES)]
    return tuple(not over or count >= _KNOWN_SHARE * over for count in known)


@dataclass(frozen=True, slots=True)
class Walker:
    """Moves cars on from the lines that they passed last."""

    field: Field
    now: int
    silent_before: int
    heard: Heard
    reliable: tuple[bool, ...]
    # The share of the first sector's time that is over where the pits are left.
    pit_exit_share: float

    def walk(self, number: int, passed: Passages) -> Walk | None:
        """Move a car on to now."""
        places = reversed(range(len(passed.lines)))
        place = next((n for n in places if passed.instants[n] <= self.now), None)
        if place is None:
            return None
        line, at = passed.lines[place], passed.instants[place]
        heard_at = self.heard.lines.get((number, passed.last_line))
        if passed.last_line > line and heard_at:
            line, at = passed.last_line, max(at, heard_at - self.heard.lag_millis)
        elif line % LINES == 0 and line // LINES in passed.out_laps:
            return self._leave_pits(number, line, at, passed)
        if line == LINES and self.field.is_race:
            at += _START_MILLIS
        return self._run(number, line, at, 0.0, passed)

    def _leave_pits(self, number: int, line: int, at: int, passed: Passages) -> Walk:
        """Move a car on that is on its lap out of the pits."""
        begun = self.pit_exit_share
        usual = self.field.usual_millis(number, 0)
        if not self.field.is_race:
            # Such a lap begins where the car leaves its box, beside the line.
            out = self.field.out_millis or usual * _OUT_RATIO
            if self.now < at + out:
                return Walk(line, (self.now - at) / out, 1 / out)
            return self._run(number, line + 1, at + round(out), 0.0, passed)
        lane = self.field.stop_millis + round(usual * begun)
        if self.now < at + lane:
            share = (self.now - at) / lane
            return Walk(line, share * begun, begun / lane, lane_share=share)
        return self._run(number, line, at + lane, begun, passed)

    def _run(self, number: int, line: int, at: int, share: float, passed: Passages) -> Walk:
        """Move a car on from a share of the sector behind a line, where it was at an instant."""
        silent, rate, ratio, last_line = 0, 0.0, 1.0, passed.last_line
        while line < _LAST_LINE:
            usual = self.field.usual_millis(number, line % LINES)
            ended_at, share, ratio = self._drive(number, line % LINES, at, share, usual)
            rate = 1 / (usual * ratio)
            if ended_at is None:
                break
            line, share = line + 1, 0.0
            held = 0
            if line > last_line and self.reliable[line % LINES]:
                held = self.silent_before - ended_at
            silent = max(silent, min(held, self.now - ended_at))
            at = max(ended_at, min(ended_at + held, self.now))
            if at >= self.now:
                break
        least = passed.driven_share - _SEGMENT_SLACK
        if line < last_line or (line == last_line and share < least):
            line, share = last_line, max(least, 0.0)
        return Walk(line, share, rate, silent)

    def _drive(
        self, number: int, sector: int, at: int, share: float, usual: int
    ) -> tuple[int | None, float, float]:
        """Drive on in a sector; return when it ended, else the share of it and the ratio now."""
        ratio = 1.0
        for end, ratio in self._paces(number, sector, at):
            until = self.now if end is None else min(end, self.now)
            driven = share + (until - at) / (usual * ratio)
            if driven >= 1.0:
                return at + round((1.0 - share) * usual * ratio), 1.0, ratio
            share, at = driven, until
            if at >= self.now:
                break
        return None, share, ratio

    def _paces(self, number: int, sector: int, at: int) -> list[tuple[int | None, float]]:
        """Return until when a car drives how slowly, from an instant on."""
        found: list[tuple[int | None, float]] = []
        for begin, end, flag in self.field.under:
            if end is not None and end <= at:
                continue
            if begin > at:
                found.append((begin, self.field.ratio(number, sector, 0, None)))
            found.append((end, self.field.ratio(number, sector, begin, flag)))
            at = end if end is not None else self.now
        if not found or found[-1][0] is not None:
            found.append((None, self.field.ratio(number, sector, 0, None)))
        return found
