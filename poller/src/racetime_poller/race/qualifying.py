"""Phases of a qualifying: which is on, who goes on, who is out."""

from collections.abc import Set

from racetime_poller.race.flags import Control
from racetime_poller.race.session import cut_positions, kind
from racetime_poller.race.state import Race
from racetime_poller.race.views import Evidence, Qualifying, SessionKind

KINDS = frozenset({SessionKind.QUALIFYING, SessionKind.SPRINT_QUALIFYING})


def qualifying(race: Race, control: Control) -> Qualifying | None:
    """Derive phase and cut lines; None outside qualifying."""
    if kind(race.session) not in KINDS:
        return None
    phase = control.qualifying_phase
    cuts = cut_positions(race.session, len(race.drivers))
    return Qualifying(phase, cuts, Evidence.RACE_CONTROL if phase else None)


def knocked_out(race: Race, control: Control) -> Set[int]:
    """Return the numbers of the cars that were eliminated in a phase that is over."""
    return frozenset()
