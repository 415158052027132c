"""What race control says in a simulated race."""

import numpy as np

from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.stewards import tell_matter
from racetime_simulator.madeup.story import print_lap
from racetime_simulator.madeup.trace import Neutral, Stoppage
from racetime_simulator.table import Row

STATUS_LAG_MILLIS = 60
AID_MILLIS = 95_000
"""From a restart to the aid."""
_MINUTE = 60_000


class _Teller:
    """Says things; rows come in the order in which they were said at one instant."""

    def __init__(self, story: Story) -> None:
        timing = story.timing
        self.story, self.trace = story, timing.trace
        self.leader_ends = np.array(
            [
                min((int(p[n, -1]) for p in timing.passings if p[n, -1] > 0), default=timing.flag)
                for n in range(self.trace.laps)
            ]
        )
        self.rows: list[tuple[int, Row]] = []

    def say(
        self,
        millis: int,
        message: str,
        category: str = "Flag",
        flag: str | None = None,
        scope: str | None = None,
        sector: int | None = None,
        car: int | None = None,
    ) -> None:
        """Say something at an instant; what is no status is dated in whole seconds."""
        story = self.story
        lap = int(np.searchsorted(self.leader_ends, millis, side="right")) + 1
        is_status = category == "SessionStatus"
        row = story.row(
            date=story.date(millis) if is_status else story.whole_second(millis),
            driver_number=None if car is None else story.number(car),
            lap_number=min(lap, self.trace.laps),
            category=category,
            flag=flag,
            scope=scope,
            sector=sector,
            qualifying_phase=None,
            message=message,
        )
        self.rows.append((millis, row))

    def sector(self, millis: int, sector: int, flag: str) -> None:
        """Show a flag in a sector."""
        self.say(millis, f"{flag} IN TRACK SECTOR {sector}", "Flag", flag, "Sector", sector)

    def aid(self, millis: int) -> None:
        """Enable the aid, but where the field is held."""
        trace, now = self.trace, millis / 1000
        stops = trace.stoppage
        held = any(one.is_on(now) for one in trace.neutrals)
        if not held and not (stops and stops.crashed <= now < stops.left):
            self.say(millis, "OVERTAKE ENABLED", "Other")


def race_control_rows(story: Story) -> list[Row]:
    """Return race control's messages."""
    teller = _Teller(story)
    trace = story.timing.trace
    _tell_before(teller)
    teller.say(0, "SESSION STARTED", "SessionStatus")
    if "wet-start" not in trace.incidents:
        teller.say(int(teller.leader_ends[0]) + 2_000, "OVERTAKE ENABLED", "Other")
    for car in trace.retired:
        if trace.stoppage is None or car != trace.stoppage.car:
            _tell_retirement(teller, car)
    for neutral in trace.neutrals:
        _tell_neutral(teller, neutral)
    if trace.stoppage is not None:
        _tell_stoppage(teller, trace.stoppage)
    for spin in trace.spins:
        at = round(spin.at * 1000)
        teller.sector(at, spin.sector, "YELLOW")
        teller.sector(at + 3_000, spin.sector, "DOUBLE YELLOW")
        teller.sector(round(spin.clear * 1000), spin.sector, "CLEAR")
    _tell_rain(teller)
    _tell_deletions(teller)
    tell_matter(story, trace.matter, teller.say)
    _tell_blue_flags(teller)
    teller.say(story.timing.flag, "CHEQUERED FLAG", flag="CHEQUERED", scope="Track")
    last = max(end for _, end in story.timing.finishes)
    teller.say(last + 5_000, "SESSION FINISHED", "SessionStatus")
    return [row for _, row in sorted(teller.rows, key=lambda item: item[0])]


def _tell_before(teller: _Teller) -> None:
    story, incidents = teller.story, teller.trace.incidents
    wait = story.wait
    wet = "wet-start" in incidents
    risk = 90 if wet else 60 if "rain" in incidents else 20
    name = "SPRINT" if story.kind == "sprint" else "RACE"
    if wet:
        teller.say(-wait - 45 * _MINUTE, "LOW GRIP CONDITIONS", "Other")
    teller.say(-wait - 40 * _MINUTE, "GREEN LIGHT - PIT EXIT OPEN", flag="GREEN", scope="Track")
    teller.say(-wait - 30 * _MINUTE, "PIT EXIT CLOSED", "Other")
    teller.say(-wait - 20 * _MINUTE, f"RISK OF RAIN FOR F1 {name} IS {risk}%", "Other")
    if wet:
        told = "RACE WILL START BEHIND THE SAFETY CAR"
        teller.say(-wait - 6 * _MINUTE, told, "Other")


def _tell_retirement(teller: _Teller, car: int) -> None:
    trace = teller.trace
    stopped = round(trace.retired[car] * 1000)
    sector = trace.sector_of(car)
    teller.sector(stopped + 4_000, sector, "YELLOW")
    teller.sector(stopped + 9_000, sector, "DOUBLE YELLOW")
    told = f"{teller.story.called(car)} STOPPED ON TRACK"
    teller.say(stopped + 14_000, told, "CarEvent", car=car)
    held = [one for one in trace.neutrals if one.kind == "safety_car" and np.isfinite(one.called)]
    cleared = round(held[0].called * 1000) if held else stopped + 150_000
    teller.sector(cleared - 60_000, sector, "CLEAR")


_DEPLOYED = {"safety_car": 0, "restart": 1_000, "start": -3 * _MINUTE}
"""When a safety car is told to be out; one that leads the start is so before it."""


def _tell_neutral(teller: _Teller, neutral: Neutral) -> None:
    at, virtual = round(neutral.at * 1000), neutral.kind == "virtual"
    if virtual:
        teller.say(at, "VSC DEPLOYED", "SafetyCar")
    else:
        told = at + _DEPLOYED[neutral.kind]
        teller.say(told, "SAFETY CAR DEPLOYED", "SafetyCar")
        teller.say(told + 1_000, "OVERTAKE DISABLED", "Other")
    if np.isfinite(neutral.called):
        called = "VSC ENDING" if virtual else "SAFETY CAR IN THIS LAP"
        teller.say(round(neutral.called * 1000), called, "SafetyCar")
    if np.isfinite(neutral.gone):
        gone = round(neutral.gone * 1000)
        teller.say(gone, "TRACK CLEAR", flag="CLEAR", scope="Track")
        if not virtual:
            teller.aid(gone + AID_MILLIS)


def _tell_stoppage(teller: _Teller, red: Stoppage) -> None:
    story, sector = teller.story, teller.trace.sector_of(red.car)
    crashed, at, resumed = (round(s * 1000) for s in (red.crashed, red.at, red.resumed))
    teller.sector(crashed + 3_000, sector, "YELLOW")
    teller.sector(crashed + 7_000, sector, "DOUBLE YELLOW")
    told = f"{story.called(red.car)} STOPPED ON TRACK"
    teller.say(crashed + 10_000, told, "CarEvent", car=red.car)
    teller.say(at, "RED FLAG", "Flag", "RED", "Track")
    teller.sector(at, sector, "CLEAR")
    teller.say(at + STATUS_LAG_MILLIS, "SESSION ABORTED", "SessionStatus")
    teller.say(at + 2_000, "PIT EXIT CLOSED", "Other")
    name = "SPRINT" if story.kind == "sprint" else "RACE"
    clock = story.clock(resumed)[:5]
    teller.say(resumed - 4 * _MINUTE, f"{name} WILL RESUME AT {clock}", "Other")
    teller.say(resumed - 2 * _MINUTE, "TRACK CLEAR", "Flag", "CLEAR", "Track")
    teller.say(resumed - STATUS_LAG_MILLIS, "SESSION STARTED", "SessionStatus")
    teller.say(resumed, "GREEN LIGHT - PIT EXIT OPEN", "Flag", "GREEN", "Track")


def _tell_rain(teller: _Teller) -> None:
    random = teller.story.random(12)
    for begin, _ in teller.trace.showers:
        if begin < 0:
            continue
        at = round(begin * 1000)
        sector = int(random.integers(1, 17))
        slippery = f"TRACK SURFACE SLIPPERY IN TRACK SECTOR {sector}"
        teller.say(at + 25_000, slippery, "Other")
        teller.say(at + 45_000, "LOW GRIP CONDITIONS", "Other")
        teller.sector(at + 70_000, sector, "CLEAR")


def _tell_blue_flags(teller: _Teller) -> None:
    for blue in teller.trace.blue_flags:
        at = round(blue.at * 1000)
        told = f"WAVED BLUE FLAG FOR {teller.story.called(blue.car)} TIMED AT "
        told += teller.story.clock(at)
        teller.say(at, told, "Flag", "BLUE", "Driver", car=blue.car)


def _tell_deletions(teller: _Teller) -> None:
    """Delete a few laps for track limits."""
    story = teller.story
    random, timing = story.random(3), story.timing
    for _ in range(9):
        car, lap = int(random.integers(timing.cars)), int(random.integers(2, timing.trace.laps - 1))
        passed = timing.passings[car]
        if timing.finishes[car][0] <= lap:
            continue
        start, end = int(passed[lap - 1, -1]), int(passed[lap, -1])
        corner = int(random.integers(1, len(timing.trace.circuit.corner_meters) + 1))
        if _stood(timing.trace.stoppage, start, end):
            continue
        teller.say(
            end + 9_000,
            f"{story.called(car)} TIME {print_lap(end - start)} DELETED - "
            f"TRACK LIMITS AT TURN {corner} LAP {lap + 1} {story.clock(end)}",
            "Other",
        )


def _stood(red: Stoppage | None, start: int, end: int) -> bool:
    return red is not None and start < red.resumed * 1000 and end > red.at * 1000
