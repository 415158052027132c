"""Events of a race that the rows themselves name: overtakes, pit stops, flags."""

from collections.abc import Mapping

from racetime_poller.race.state import Race
from racetime_poller.race.tyres import pit_stop
from racetime_poller.race.views import RaceEvent, RaceEventKind

_EVENT_FLAGS = frozenset({"RED", "CHEQUERED"})


def events(race: Race) -> Mapping[str, RaceEvent]:
    """Derive all events by identity; the same rows always give the same identities."""
    return {**_overtakes(race), **_stops(race), **_flags(race)}


def _overtakes(race: Race) -> Mapping[str, RaceEvent]:
    return {
        f"overtake/{at}/{by}/{over}": RaceEvent(
            RaceEventKind.OVERTAKE, at, by, over, position=row.position
        )
        for (at, by, over), row in race.overtakes.items()
    }


def _stops(race: Race) -> Mapping[str, RaceEvent]:
    result = {}
    for number, stops in race.pits.items():
        for lap, row in stops.items():
            if row.date is not None:
                result[f"pit_stop/{number}/{lap}"] = RaceEvent(
                    RaceEventKind.PIT_STOP,
                    int(row.date),
                    number,
                    lap=lap,
                    duration_millis=pit_stop(row).lane_millis,
                )
    return result


def _flags(race: Race) -> Mapping[str, RaceEvent]:
    return {
        f"flag/{row.date}/{row.message}": RaceEvent(
            RaceEventKind.FLAG, int(row.date), lap=row.lap_number, message=row.message
        )
        for row in race.race_control
        if row.category == "SafetyCar"
        or (row.category == "Flag" and row.scope == "Track" and row.flag in _EVENT_FLAGS)
    }
