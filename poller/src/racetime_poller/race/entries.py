"""Who takes part: the drivers that are listed, and cars that the list forgot."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from typing import Any, TypeVar

from racetime_poller.race.memo import remembered, same
from racetime_poller.race.rows import DriverRow
from racetime_poller.race.state import Race

V = TypeVar("V")

# A car that is not listed is there when so many tables speak of it: one may be a fault.
_WITNESSES = 2
_BY_DRIVER = (
    "drivers",
    "first_positions",
    "positions",
    "gaps",
    "laps",
    "stints",
    "pits",
    "results",
    "championship_drivers",
)
# Tables by several things, and where in their keys the drivers are.
_BY_KEY = {"overtakes": slice(1, 3), "team_radio": slice(0, 1), "placings": slice(1, 2)}
# Listed drivers of whom nothing is told are no cars, when they are fewer than this share.
_SILENT_SHARE = 0.25


@remembered(2)
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


@remembered(2)
def entered(race: Race) -> Race:
    """Return a race with its own cars only, each with a driver, were he not known.

    What it has no foreign cars in stays the same object, and so does what it is stripped to.
    """
    own = same(frozenset(numbers(race)))
    tables: dict[str, Any] = {name: _kept(getattr(race, name), own) for name in _BY_DRIVER}
    for name, drivers_of in _BY_KEY.items():
        tables[name] = _kept_keys(getattr(race, name), own, drivers_of)
    if race.drivers and (missing := own - tables["drivers"].keys()):
        tables["drivers"] = _with_unknown(tables["drivers"], missing, race.session.session_key)
    changed = {name: table for name, table in tables.items() if table is not getattr(race, name)}
    return replace(race, **changed) if changed else race


def _with_unknown(
    drivers: Mapping[int, DriverRow], missing: Iterable[int], session_key: int
) -> Mapping[int, DriverRow]:
    return {**drivers, **{number: DriverRow(session_key, number) for number in missing}}


@remembered(32)
def _kept(table: Mapping[int, V], own: Set[int]) -> Mapping[int, V]:
    if table.keys() <= own:
        return table
    return {number: value for number, value in table.items() if number in own}


@remembered(16)
def _kept_keys(
    table: Mapping[tuple[int, ...], V], own: frozenset[int], drivers_of: slice
) -> Mapping[tuple[int, ...], V]:
    if all(own.issuperset(key[drivers_of]) for key in table):
        return table
    return {key: row for key, row in table.items() if own.issuperset(key[drivers_of])}
