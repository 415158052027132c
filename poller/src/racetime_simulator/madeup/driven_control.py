"""What race control says in a simulated qualifying or practice."""

from dataclasses import dataclass, field
from typing import Any

from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.runs import Part, RedFlag, lap_millis
from racetime_simulator.madeup.story import print_lap
from racetime_simulator.madeup.trace import MARSHAL_SECTORS
from racetime_simulator.table import Row

STATUS_LAG_MILLIS = 60
_PHASED = frozenset({"Flag", "CarEvent", "SafetyCar", "SessionStatus"})


@dataclass
class _Teller:
    story: DrivenStory
    rows: list[tuple[int, Row]] = field(default_factory=list)
    part: int = 1

    @property
    def phase(self) -> int | None:
        return None if self.story.kind == "practice" else self.part

    @property
    def name(self) -> str:
        if self.phase is None:
            return "SESSION"
        return f"{'SQ' if self.story.kind == 'sprint_qualifying' else 'Q'}{self.phase}"

    def say(self, millis: int, message: str, category: str = "Other", **values: Any) -> None:
        story = self.story
        is_status = category == "SessionStatus"
        row = story.row(
            date=story.date(millis) if is_status else story.whole_second(millis),
            driver_number=values.get("driver_number"),
            lap_number=None,
            category=category,
            flag=values.get("flag"),
            scope=values.get("scope"),
            sector=values.get("sector"),
            qualifying_phase=self.phase if category in _PHASED else None,
            message=message,
        )
        self.rows.append((millis, row))

    def track(self, millis: int, message: str, flag: str) -> None:
        self.say(millis, message, "Flag", flag=flag, scope="Track")

    def sector(self, millis: int, sector: int, flag: str) -> None:
        message = f"{flag} IN TRACK SECTOR {sector}"
        self.say(millis, message, "Flag", flag=flag, scope="Sector", sector=sector)

    def status(self, millis: int, message: str) -> None:
        self.say(millis + STATUS_LAG_MILLIS, message, "SessionStatus")


def driven_control_rows(story: DrivenStory) -> list[Row]:
    """Return race control's messages."""
    teller = _Teller(story)
    for part in story.driven.parts:
        teller.part = part.number
        _tell_part(teller, part)
    for one in story.driven.deletions:
        end = round((one.lap.end or 0.0) * 1000)
        teller.say(
            round(one.at * 1000),
            f"{story.called(one.car)} TIME {print_lap(lap_millis(one.lap))} DELETED - "
            f"TRACK LIMITS AT TURN {one.corner} LAP {one.lap.number} {story.clock(end)}",
        )
    _tell_stewards(teller)
    return [row for _, row in sorted(teller.rows, key=lambda item: item[0])]


def _tell_part(teller: _Teller, part: Part) -> None:
    start, flag = round(part.start * 1000), round(part.flag * 1000)
    if part.number > 1:
        clock = teller.story.clock(start)[:5]
        teller.say(start - 300_000, f"{teller.name} WILL START AT {clock}")
    teller.track(start, "GREEN LIGHT - PIT EXIT OPEN", "GREEN")
    teller.status(start, "SESSION STARTED")
    if part.red is not None:
        _tell_red_flag(teller, part, part.red)
    teller.track(flag, "CHEQUERED FLAG", "CHEQUERED")
    teller.status(flag, "SESSION FINISHED")


def _tell_red_flag(teller: _Teller, part: Part, red: RedFlag) -> None:
    story = teller.story
    circuit = story.circuit
    place = story.driven.drives[red.car].progress[-1] % circuit.lap_seconds
    sector = int(circuit.place_of(place)[0] / circuit.length * MARSHAL_SECTORS) + 1
    crashed, at, resumed = (round(s * 1000) for s in (red.crashed, red.at, red.resumed))
    called = story.called(red.car)
    number = story.number(red.car)
    teller.sector(crashed + 3_000, sector, "YELLOW")
    teller.sector(crashed + 7_000, sector, "DOUBLE YELLOW")
    teller.say(crashed + 10_000, f"{called} STOPPED ON TRACK", "CarEvent", driver_number=number)
    teller.status(at - STATUS_LAG_MILLIS, "SESSION ABORTED")
    teller.track(at, "RED FLAG", "RED")
    teller.sector(at, sector, "CLEAR")
    clock = story.clock(resumed)[:5]
    teller.say(resumed - 120_000, f"{teller.name} WILL RESUME AT {clock}")
    teller.track(resumed - 100_000, "TRACK CLEAR", "CLEAR")
    teller.track(resumed, "GREEN LIGHT - PIT EXIT OPEN", "GREEN")
    teller.status(resumed, "SESSION STARTED")


def _tell_stewards(teller: _Teller) -> None:
    """Let somebody impede somebody, now and then."""
    story = teller.story
    random = story.random(3)
    for part in story.driven.parts:
        teller.part = part.number
        if random.random() > 0.4:
            continue
        one, other = (story.called(int(car))[4:] for car in random.choice(part.cars, 2, False))
        turn = int(random.integers(1, len(story.circuit.corner_meters) + 1))
        matter = f"{teller.name} TURN {turn} INCIDENT INVOLVING CARS {one} AND {other}"
        at = round(part.flag * 1000)
        teller.say(at + 30_000, f"{matter} NOTED - IMPEDING")
        after = f"FIA STEWARDS: {matter} WILL BE INVESTIGATED AFTER THE SESSION - IMPEDING"
        teller.say(at + 90_000, after)
