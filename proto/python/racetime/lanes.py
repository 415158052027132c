"""Tell which lane each field of RaceState belongs to."""

from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
    Lane,
)

MOTION_FIELDS = frozenset({"motion"})
TELEMETRY_FIELDS = frozenset({"telemetry", "telemetry_groups"})
HISTORY_FIELDS = frozenset(
    {
        "laps",
        "stints",
        "pit_stops",
        "events",
        "team_radio",
        "driver_championship",
        "team_championship",
        "results",
        "car_bests",
        "track_periods",
    }
)
TIMING_FIELDS = (
    frozenset(field.name for field in RaceState.DESCRIPTOR.fields)
    - MOTION_FIELDS
    - TELEMETRY_FIELDS
    - HISTORY_FIELDS
)

FIELDS: dict[Lane.ValueType, frozenset[str]] = {
    LANE_TIMING: TIMING_FIELDS,
    LANE_MOTION: MOTION_FIELDS,
    LANE_HISTORY: HISTORY_FIELDS,
    LANE_TELEMETRY: TELEMETRY_FIELDS,
}
