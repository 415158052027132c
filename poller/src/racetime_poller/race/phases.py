"""The phase of qualifying that a lap belongs to."""

from racetime_poller.race.control import Control, Part
from racetime_poller.race.rows import LapRow
from racetime_poller.race.state import Race

# The start of a lap is known to within some tenths of a second.
_SLACK_MILLIS = 1_000


def phase_of_lap(race: Race, control: Control, lap: LapRow) -> int | None:
    """Return the phase in which a lap was begun; None for one begun between phases or unknown.

    Only a lap begun before the chequered flag of a phase counts in it.
    """
    at = _begun_at(race, lap)
    if at is None:
        return None
    part = part_at(control, at)
    return part.number if part else None


def part_at(control: Control, at: int) -> Part | None:
    """Return the part of a session that was on at an instant."""
    for part in reversed(control.parts):
        if at >= part.started_at - _SLACK_MILLIS:
            over = part.finished_at is not None and at > part.finished_at + _SLACK_MILLIS
            return None if over else part
    return None


def _begun_at(race: Race, lap: LapRow) -> int | None:
    """Return when a lap was begun, by its own start, else by its neighbours."""
    if lap.date_start is not None:
        return int(lap.date_start)
    table = race.laps.get(lap.driver_number, {})
    after = table.get(lap.lap_number + 1)
    if after is not None and after.date_start is not None and lap.lap_duration is not None:
        return int(after.date_start) - round(lap.lap_duration * 1000)
    before = table.get(lap.lap_number - 1)
    if before is None or before.date_start is None:
        return None
    return int(before.date_start) + round((before.lap_duration or 0) * 1000)
