"""Times that race control deleted, such as for leaving the track."""

from collections.abc import Set

from racetime_poller.race.memo import remembered
from racetime_poller.race.state import Race

# A lap: driver number and lap number.
LapKey = tuple[int, int]


def deleted_laps(race: Race) -> Set[LapKey]:
    """Return the laps whose time does not count."""
    return _deleted(race.race_control, race.laps)


@remembered(4)
def _deleted(messages: object, laps: object) -> Set[LapKey]:
    return frozenset()
