"""Where each car of a race started from."""

from collections.abc import Mapping

from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import LapRow, PositionRow, StartingGridRow
from racetime_poller.race.state import Race

_PIT_LANE = 16
# Penalties move cars between the grid as published and the one that is lined up; a grid that is
# so many places off on average is that of another session.
_MAX_SHIFT = 3.5
# Grid and places cannot be compared by fewer cars.
_MIN_COMPARED = 8

Places = Mapping[int, int]


def starting_grid(race: Race) -> Places:
    """Return the starting place of each car of a race; empty outside races.

    Rows of the grid carry the key of a qualifying, of which a sprint weekend has two: the one that
    agrees with the places before the start is this race's, else by its turn. Where there is none,
    the places before the start themselves tell. Who starts from the pit lane has no place.
    """
    if not race.is_race:
        return {}
    is_sprint = race.session.session_name == "Sprint"
    return _starting_grid(race.grid, race.first_positions, race.laps, is_sprint)


@remembered(4)
def _starting_grid(
    grid: Mapping[tuple[int, int], StartingGridRow],
    first_positions: Mapping[int, PositionRow],
    tables: Mapping[int, Mapping[int, LapRow]],
    is_sprint: bool,
) -> Places:
    starts = [lap.date_start for laps in tables.values() if (lap := laps.get(1))]
    lights_out = min((int(at) for at in starts if at is not None), default=None)
    lined_up = {
        number: row.position
        for number, row in first_positions.items()
        if lights_out is None or row.date <= lights_out
    }
    places = _published(grid, lined_up, is_sprint) or lined_up
    return {n: place for n, place in places.items() if not _from_pit_lane(tables.get(n, {}))}


def _published(
    grid: Mapping[tuple[int, int], StartingGridRow], lined_up: Places, is_sprint: bool
) -> Places | None:
    by_key: dict[int, dict[int, int]] = {}
    for (key, number), row in grid.items():
        if row.position:
            by_key.setdefault(key, {})[number] = row.position
    # The sprint's qualifying comes first.
    keys = sorted(by_key, reverse=not is_sprint)
    shifts = {key: _shift(by_key[key], lined_up) for key in keys}
    compared = [key for key in keys if shifts[key] is not None]
    if compared:
        best = min(compared, key=lambda key: shifts[key] or 0.0)
        return by_key[best] if (shifts[best] or 0.0) <= _MAX_SHIFT else None
    return by_key[keys[0]] if keys else None


def _shift(places: Places, lined_up: Places) -> float | None:
    """Return by how many places a grid differs from the cars as they lined up, on average."""
    both = places.keys() & lined_up.keys()
    if len(both) < _MIN_COMPARED:
        return None
    return sum(abs(places[n] - lined_up[n]) for n in both) / len(both)


def _from_pit_lane(laps: Mapping[int, LapRow]) -> bool:
    lap = laps.get(1)
    if lap is None:
        return False
    codes = [code for code in lap.segments_sector_1 or () if code is not None]
    return bool(lap.is_pit_out_lap) or bool(codes and codes[0] & _PIT_LANE)
