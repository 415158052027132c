"""Which made-up sessions follow one another: all of one kind, whole weekends, or a season."""

from dataclasses import dataclass
from typing import Literal

from racetime_simulator.madeup.story import KINDS, Kind

Course = Literal["season", "weekend"] | Kind
"""A season begins with a race, so that there is one at once; weekends follow."""
COURSES: tuple[Course, ...] = ("season", "weekend", *KINDS)

WEEKEND: tuple[Kind, ...] = ("practice", "qualifying", "race")
SPRINT_WEEKEND: tuple[Kind, ...] = (
    "practice",
    "sprint_qualifying",
    "sprint",
    "qualifying",
    "race",
)
_SPRINT_EVERY = 3


@dataclass(frozen=True)
class Slot:
    """A session in its course."""

    kind: Kind
    seed: int
    meeting: int
    """Counts from 0."""
    weekend: tuple[Kind, ...] = ()
    """The sessions of its weekend; none where each has a weekend of its own."""

    @property
    def opens(self) -> bool:
        """Tell whether it is the first of its weekend."""
        return not self.weekend or self.weekend[0] == self.kind


def slot_at(course: Course, seed: int, number: int) -> Slot:
    """Return the session that comes as so many-th, from 0."""
    if course == "weekend":
        return _in_weekends(seed, 0, number)
    if course == "season":
        return _in_weekends(seed, 1, number - 1) if number else Slot("race", seed, 0)
    return Slot(course, seed + number, number)


def _in_weekends(seed: int, meeting: int, number: int) -> Slot:
    kinds = _weekend(seed + meeting)
    while number >= len(kinds):
        number -= len(kinds)
        meeting += 1
        kinds = _weekend(seed + meeting)
    return Slot(kinds[number], seed + meeting, meeting, kinds)


def _weekend(seed: int) -> tuple[Kind, ...]:
    return SPRINT_WEEKEND if seed % _SPRINT_EVERY == 0 else WEEKEND
