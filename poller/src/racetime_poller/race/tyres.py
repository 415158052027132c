"""Tyres from the table of stints."""

from collections.abc import Mapping

from racetime_poller.race.laps import millis
from racetime_poller.race.rows import PitRow, StintRow
from racetime_poller.race.views import CarTyres, PitStop, Stint, TyreCompound

_COMPOUNDS = {
    name: TyreCompound[name] for name in ("SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET")
}


def compound(name: str | None) -> TyreCompound:
    """Read OpenF1's name of a compound; UNKNOWN and the like are not known."""
    return _COMPOUNDS.get((name or "").upper(), TyreCompound.UNSPECIFIED)


def fitted(stints: Mapping[int, StintRow], laps_completed: int) -> CarTyres:
    """Derive the tyres now fitted: those of the newest stint.

    The age is what the set had run before, and the laps completed since the stint began.
    """
    stint = stints[max(stints)]
    age = None
    if stint.tyre_age_at_start is not None and stint.lap_start is not None:
        age = stint.tyre_age_at_start + max(0, laps_completed - stint.lap_start + 1)
    return CarTyres(
        compound=compound(stint.compound),
        age_laps=age,
        stint=stint.stint_number,
        fitted_new=None if stint.tyre_age_at_start is None else stint.tyre_age_at_start == 0,
    )


def history(stint: StintRow) -> Stint:
    """Return a stint as the history keeps it."""
    return Stint(
        driver_number=stint.driver_number,
        stint_number=stint.stint_number,
        compound=compound(stint.compound),
        first_lap=stint.lap_start,
        last_lap=stint.lap_end,
        age_at_start_laps=stint.tyre_age_at_start,
    )


def pit_stop(row: PitRow) -> PitStop:
    """Return a stop as the history keeps it; pit_duration is the old name of lane_duration."""
    lane = row.lane_duration if row.lane_duration is not None else row.pit_duration
    return PitStop(
        driver_number=row.driver_number,
        lap_number=row.lap_number,
        at=row.date,
        lane_millis=millis(lane),
        stop_millis=millis(row.stop_duration),
    )
