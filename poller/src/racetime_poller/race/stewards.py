"""Matters before the stewards, read from the messages of race control."""

from collections.abc import Mapping

from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import RaceControlRow
from racetime_poller.race.views import StewardMatter


@remembered(4)
def matters(messages: tuple[RaceControlRow, ...]) -> Mapping[str, StewardMatter]:
    """Read all matters by identity, from the first note to the newest word."""
    return {}
