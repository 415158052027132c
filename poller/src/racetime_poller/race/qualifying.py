"""Phases of a qualifying: which is on, who goes on, who is out."""

from collections.abc import Mapping, Set

from racetime_poller.race.control import Control, Part
from racetime_poller.race.memo import remembered
from racetime_poller.race.parts import QUALIFYING as KINDS
from racetime_poller.race.phases import phase_of_lap
from racetime_poller.race.rows import DriverRow, PositionRow
from racetime_poller.race.session import cut_positions, kind
from racetime_poller.race.state import Race
from racetime_poller.race.views import Qualifying

__all__ = ["KINDS", "knocked_out", "phase_of_lap", "qualifying"]

# Laps begun before the chequered flag are over by then, and places settled.
_SETTLED_MILLIS = 150_000


def qualifying(race: Race, control: Control) -> Qualifying | None:
    """Derive phase and cut lines; None outside qualifying."""
    if kind(race.session) not in KINDS:
        return None
    phase = control.qualifying_phase
    cuts = cut_positions(race.session, len(race.drivers))
    return Qualifying(phase, cuts, control.evidence if phase else None)


def knocked_out(race: Race, control: Control) -> Set[int]:
    """Return the numbers of the cars that were eliminated in a phase that is over.

    A phase is over when the next one has begun, or when rows of any kind tell of an instant so
    long after its chequered flag that laps begun before it are run. Then those placed below its
    cut are out: they keep these places to the end, while those who go on are placed anew among
    themselves. A time that is deleted later changes places, and so who is out.
    """
    if kind(race.session) not in KINDS:
        return frozenset()
    cuts = cut_positions(race.session, len(race.drivers))
    known_at = _known_at(race)
    cut = min(
        (cuts[part.number] for part in control.parts if _is_over(part, control, cuts, known_at)),
        default=None,
    )
    return frozenset() if cut is None else _below(cut, race.positions, race.drivers)


def _is_over(part: Part, control: Control, cuts: Mapping[int, int], known_at: int) -> bool:
    if part.number not in cuts:
        return False
    if part is not control.parts[-1]:
        return True
    return part.finished_at is not None and known_at >= part.finished_at + _SETTLED_MILLIS


def _known_at(race: Race) -> int:
    """Return the newest instant that rows tell of: a clock that is a part of the state."""
    placed = max((int(row.date) for row in race.positions.values()), default=0)
    told = race.race_control[-1].date if race.race_control else 0
    return max(placed, int(told), max(race.weathers, default=0))


@remembered(8)
def _below(
    cut: int, positions: Mapping[int, PositionRow], drivers: Mapping[int, DriverRow]
) -> Set[int]:
    """Return the cars placed below a cut. Where some have no row yet, they fill what is left: a
    car that never changed its place may have none."""
    places = {number: positions[number].position for number in drivers if number in positions}
    free = sorted(set(range(1, len(drivers) + 1)) - set(places.values()))
    unknown = sorted(drivers.keys() - places.keys())
    if len(unknown) == 1 and len(free) == 1:
        places[unknown[0]] = free[0]
    return frozenset(number for number, place in places.items() if place > cut)
