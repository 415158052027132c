"""The best of the session and of each car: times, and speed at the speed trap."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from racetime_poller.race.control import Control
from racetime_poller.race.laps import SECTORS
from racetime_poller.race.memo import remembered
from racetime_poller.race.parts import QUALIFYING as KINDS
from racetime_poller.race.phases import phase_of_lap
from racetime_poller.race.records import LapBook, LapKeys, credible, deleted_of
from racetime_poller.race.rows import LapRow
from racetime_poller.race.session import kind
from racetime_poller.race.state import Race
from racetime_poller.race.views import CarBests, SessionBests

_PHASES = (1, 2, 3)


@remembered(96)
def _speed(laps: Mapping[int, LapRow]) -> tuple[int, int] | None:
    """Return a driver's highest speed at the trap and, negative, the lap that had it first."""
    speeds = [(lap.st_speed, -lap.lap_number) for lap in laps.values() if lap.st_speed]
    return max(speeds, default=None)


@remembered(4)
def session_bests(tables: Mapping[int, Mapping[int, LapRow]], book: LapBook) -> SessionBests:
    """Derive the best times of the session."""
    lap, *by_sector = (records.best for records in book.overall)
    speeds = [(*top, -number) for number, laps in tables.items() if (top := _speed(laps))]
    speed = max(speeds, default=None)
    values: dict[str, int] = {}
    for sector, best in zip(SECTORS, by_sector, strict=True):
        if best:
            values[f"sector_{sector}_millis"] = best.value
            values[f"sector_{sector}_driver_number"] = best.driver_number
    return SessionBests(
        lap_millis=lap.value if lap else None,
        lap_driver_number=lap.driver_number if lap else None,
        lap=lap.lap if lap else None,
        speed_trap_kph=speed[0] if speed else None,
        speed_trap_driver_number=-speed[2] if speed else None,
        **values,
    )


def car_bests(race: Race, control: Control, deleted: LapKeys) -> Mapping[int, CarBests]:
    """Derive each car's best sectors, speed, and laps of the phases of qualifying."""
    if kind(race.session) not in KINDS:
        return _of_all(race.laps, deleted)
    return {
        n: _in_phases(race, control, laps, deleted_of(n, deleted)) for n, laps in race.laps.items()
    }


@remembered(2)
def _of_all(tables: Mapping[int, Mapping[int, LapRow]], deleted: LapKeys) -> Mapping[int, CarBests]:
    return {n: _own(laps, deleted_of(n, deleted)) for n, laps in tables.items()}


@remembered(96)
def _own(laps: Mapping[int, LapRow], deleted: AbstractSet[int]) -> CarBests:
    _, *by_sector = credible(laps, deleted)
    values = {
        f"sector_{sector}_millis": times[0].value
        for sector, times in zip(SECTORS, by_sector, strict=True)
        if times
    }
    speed = _speed(laps)
    return CarBests(speed_trap_kph=speed[0] if speed else None, **values)


def _in_phases(
    race: Race, control: Control, laps: Mapping[int, LapRow], deleted: AbstractSet[int]
) -> CarBests:
    values: dict[str, int] = {}
    # The best comes first, so that it is the last to be put down.
    for one in reversed(credible(laps, deleted)[0]):
        if (phase := phase_of_lap(race, control, laps[one.lap])) in _PHASES:
            values[f"phase_{phase}_lap_millis"] = one.value
    return replace(_own(laps, deleted), **values)
