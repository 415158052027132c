"""Who takes part: the drivers that are listed, and cars that the list forgot."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import TypeVar

from racetime_poller.race.rows import DriverRow
from racetime_poller.race.state import Race

V = TypeVar("V")

# A car that is not listed is there when so many tables speak of it: one may be a fault.
_WITNESSES = 2
# Listed drivers of whom nothing is told are no cars, when they are fewer than this share.
_SILENT_SHARE = 0.25


def numbers(race: Race) -> Set[int]:
    """Return the numbers of all cars; without a list of drivers, of all that are spoken of."""
    tables = (race.positions, race.gaps, race.laps, race.stints, race.results)
    witnesses = Counter(number for table in tables for number in table)
    if not race.drivers:
        return witnesses.keys()
    listed = race.drivers.keys()
    silent = listed - witnesses.keys()
    if len(silent) >= _SILENT_SHARE * len(listed):
        silent = set()
    seen = {number for number, count in witnesses.items() if count >= _WITNESSES}
    return (listed - silent) | seen


def entered(race: Race) -> Race:
    """Return a race with its own cars only, each with a driver, were he not known."""
    own = set(numbers(race))
    drivers = _kept(race.drivers, own)
    if missing := own - drivers.keys():
        key = race.session.session_key
        unknown = {number: DriverRow(key, number) for number in missing}
        drivers = {**drivers, **unknown} if race.drivers else drivers
    return replace(
        race,
        drivers=drivers,
        first_positions=_kept(race.first_positions, own),
        positions=_kept(race.positions, own),
        gaps=_kept(race.gaps, own),
        laps=_kept(race.laps, own),
        stints=_kept(race.stints, own),
        pits=_kept(race.pits, own),
        results=_kept(race.results, own),
        championship_drivers=_kept(race.championship_drivers, own),
        overtakes={key: row for key, row in race.overtakes.items() if own.issuperset(key[1:])},
        team_radio={key: row for key, row in race.team_radio.items() if key[0] in own},
    )


def _kept(table: Mapping[int, V], own: Set[int]) -> Mapping[int, V]:
    if table.keys() <= own:
        return table
    return {number: value for number, value in table.items() if number in own}
