"""Overtakes: as the feed tells them, else from the rows of places."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from racetime_poller.race.crossings import LINES, crossings
from racetime_poller.race.memo import remembered
from racetime_poller.race.pit_visits import visits
from racetime_poller.race.rows import OvertakeRow, PositionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import RaceEvent, RaceEventKind

# Says of an overtake that the feed did not tell it.
FROM_PLACES = "from places"
# Places go to and fro for so long before and after a visit to the pits.
_PIT_SLACK_MILLIS = 15_000
# Where the row of a visit does not say how long it took.
_LANE_MILLIS = 40_000
_SECOND_LAP = 2 * LINES

Events = Mapping[str, RaceEvent]


def overtakes(race: Race) -> Events:
    """Return all overtakes by identity."""
    if race.overtakes or not race.is_race:
        return _told(race.overtakes)
    return _from_places(race)


@remembered(4)
def _told(rows: Mapping[tuple[int, int, int], OvertakeRow]) -> Events:
    return {
        f"overtake/{at}/{by}/{over}": RaceEvent(
            RaceEventKind.OVERTAKE, at, by, over, position=row.position
        )
        for (at, by, over), row in rows.items()
    }


def _from_places(race: Race) -> Events:
    """Return what changes of place tell of overtakes on track: after the first lap, of cars that
    went on, away from the pits."""
    result = {}
    for at, by, over, place in _changes(race.placings):
        if _raced(race, by, at) and _raced(race, over, at):
            result[f"overtake/{at}/{by}/{over}"] = RaceEvent(
                RaceEventKind.OVERTAKE, at, by, over, position=place, message=FROM_PLACES
            )
    return result


def _raced(race: Race, number: int, at: int) -> bool:
    """Tell whether a car was racing at an instant: over the first lap, not out, not in the pits."""
    passed = crossings(race.laps.get(number, {}))
    began_at = passed.get(_SECOND_LAP)
    if began_at is None or at < began_at or at > next(reversed(passed.values())):
        return False
    for row in visits(race, number).rows.values():
        if row.date is None:
            continue
        seconds = row.lane_duration or row.pit_duration
        lane = _LANE_MILLIS if seconds is None else round(seconds * 1000)
        if row.date - lane - _PIT_SLACK_MILLIS <= at <= row.date + _PIT_SLACK_MILLIS:
            return False
    return True


@remembered(4)
def _changes(
    placings: Mapping[tuple[int, int], PositionRow],
) -> Sequence[tuple[int, int, int, int]]:
    """Return instant, overtaker, overtaken and new place of each change of two cars' order."""
    found: list[tuple[int, int, int, int]] = []
    before: dict[int, int] = {}
    for at, after in _orders(placings):
        gained = [n for n, place in after.items() if place < before.get(n, 0)]
        found += [
            (at, by, over, after[by])
            for by in gained
            for over, place in before.items()
            if place < before[by] and after.get(over, 0) > after[by]
        ]
        before = after
    return tuple(found)


def _orders(
    placings: Mapping[tuple[int, int], PositionRow],
) -> Iterator[tuple[int, dict[int, int]]]:
    """Yield the places of all cars at each instant at which no two are told to be in one place."""
    places: dict[int, int] = {}
    for at, keys in groupby(sorted(placings), key=lambda key: key[0]):
        places.update((key[1], placings[key].position) for key in keys)
        if len(set(places.values())) == len(places):
            yield at, dict(places)
