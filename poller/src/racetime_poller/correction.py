"""What of an update corrects the log of a session that is over, and what shows that its rows were
repaired."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from racetime.v1.history_pb2 import SessionResult
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord

# What stewards and officials change afterwards, and what rests on it.
_OFFICIAL = ("positions", "race_control", "steward_matters")
_WITH_IT = ("clock", "progress")
# What is told of the session itself: a viewer who goes back in time is to see it right there.
_COURSE = ("laps", "stints", "pit_stops")


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be written of a session that is over."""

    # None where nothing changed that an update can tell.
    update: UpdateRecord | None = None
    # Names of what was repaired in the course of the session.
    repaired: Sequence[str] = ()


def correction_of(update: UpdateRecord | None, told: RaceState) -> Correction:
    """Choose what corrects a log that has told a state, of an update of all that is known now."""
    if update is None:
        return Correction()
    state = RaceState.FromString(update.timing + update.history)
    flag_at = told.clock.finished_race_offset_millis or told.clock.started_race_offset_millis
    repaired = [name for name in _COURSE if len(getattr(state, name))]
    if any(one.race_offset_millis < flag_at for one in state.race_control):
        repaired.append("race_control")
    if not any(len(getattr(state, name)) for name in (*_OFFICIAL, "results")):
        return Correction(repaired=repaired)
    timing, history = _official(state, told), RaceState(results=state.results)
    record = UpdateRecord(timing=timing.SerializeToString(), history=history.SerializeToString())
    return Correction(record, repaired)


def _official(state: RaceState, told: RaceState) -> RaceState:
    """Return what is told of cars and race control, without what others know better: nothing was
    seen of the cars."""
    found = RaceState()
    for name in _OFFICIAL:
        getattr(found, name).MergeFrom(getattr(state, name))
    for name in _WITH_IT:
        if state.HasField(cast(Any, name)):
            getattr(found, name).CopyFrom(getattr(state, name))
    for number, result in state.results.items():
        is_other = _flags(told.results.get(number)) != _flags(result)
        if is_other and number in state.statuses:
            found.statuses[number].CopyFrom(state.statuses[number])
    return found


def _flags(result: SessionResult | None) -> tuple[bool, bool, bool] | None:
    return (result.dnf, result.dns, result.dsq) if result is not None else None
