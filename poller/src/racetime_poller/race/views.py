"""What RaceTime says of a race, derived from its state; one dataclass per message of the contract.

Fields have the names of the contract's, but an instant, `..._at` in epoch milliseconds, which the
encoder turns into an offset. None is not known. Enums have the contract's numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class SessionKind(IntEnum):
    UNSPECIFIED = 0
    PRACTICE = 1
    QUALIFYING = 2
    SPRINT_QUALIFYING = 3
    SPRINT = 4
    RACE = 5


class SessionPhase(IntEnum):
    UNSPECIFIED = 0
    UPCOMING = 1
    STARTED = 2
    SUSPENDED = 3
    FINISHED = 4
    ENDED = 5


class TotalLapsBasis(IntEnum):
    UNSPECIFIED = 0
    TABLE = 1
    RACE_CONTROL = 2
    RUN = 3
    DISTANCE = 4


class TrackFlag(IntEnum):
    UNSPECIFIED = 0
    GREEN = 1
    YELLOW = 2
    SAFETY_CAR = 3
    SAFETY_CAR_ENDING = 4
    VIRTUAL_SAFETY_CAR = 5
    VIRTUAL_SAFETY_CAR_ENDING = 6
    RED = 7
    CHEQUERED = 8


class SectorFlagKind(IntEnum):
    UNSPECIFIED = 0
    CLEAR = 1
    YELLOW = 2
    DOUBLE_YELLOW = 3


class OvertakingAidSystem(IntEnum):
    UNSPECIFIED = 0
    DRS = 1
    OVERTAKE_MODE = 2


class PositionBasis(IntEnum):
    UNSPECIFIED = 0
    POSITION = 1
    GAP = 2
    PROGRESS = 3
    GRID = 4
    DRIVER_NUMBER = 5
    BEST_LAP = 6


class TimeMark(IntEnum):
    UNSPECIFIED = 0
    SLOWER = 1
    PERSONAL_BEST = 2
    OVERALL_BEST = 3


class SegmentMark(IntEnum):
    UNSPECIFIED = 0
    NONE = 1
    SLOWER = 2
    PERSONAL_BEST = 3
    OVERALL_BEST = 4
    PIT_LANE = 5


class TyreCompound(IntEnum):
    UNSPECIFIED = 0
    SOFT = 1
    MEDIUM = 2
    HARD = 3
    INTERMEDIATE = 4
    WET = 5


class CarState(IntEnum):
    UNSPECIFIED = 0
    WAITING = 1
    ON_TRACK = 2
    IN_PIT = 3
    OUT_LAP = 4
    STOPPED = 5
    RETIRED = 6
    FINISHED = 7
    KNOCKED_OUT = 8


class SourceCondition(IntEnum):
    UNSPECIFIED = 0
    FRESH = 1
    LATE = 2
    LOST = 3


class RaceEventKind(IntEnum):
    UNSPECIFIED = 0
    OVERTAKE = 1
    PIT_STOP = 2
    FASTEST_LAP = 3
    FLAG = 4
    RETIREMENT = 5
    PENALTY = 6
    BATTLE = 7


class Evidence(IntEnum):
    UNSPECIFIED = 0
    RACE_CONTROL = 1
    LAPS = 2
    LOCATION = 3
    PIT = 4
    RESULT = 5
    SCHEDULE = 6
    ESTIMATE = 7
    SILENCE = 8


class StewardMatterState(IntEnum):
    UNSPECIFIED = 0
    NOTED = 1
    INVESTIGATED = 2
    DEFERRED = 3
    CLOSED = 4
    PENALISED = 5
    SERVED = 6


class PenaltyKind(IntEnum):
    UNSPECIFIED = 0
    TIME = 1
    DRIVE_THROUGH = 2
    STOP_AND_GO = 3
    GRID_PLACES = 4
    REPRIMAND = 5
    WARNING = 6
    DISQUALIFICATION = 7


@dataclass(frozen=True, slots=True)
class SessionClock:
    phase: SessionPhase
    started_at: int | None = None
    finished_at: int | None = None
    remaining_millis: int | None = None
    as_of_at: int | None = None
    running: bool | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Qualifying:
    phase: int | None = None
    cut_positions: Mapping[int, int] = field(default_factory=dict)
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class RaceProgress:
    current_lap: int | None = None
    total_laps: int | None = None
    total_laps_basis: TotalLapsBasis | None = None


@dataclass(frozen=True, slots=True)
class TrackStatus:
    flag: TrackFlag | None = None
    since_at: int | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class TrackPeriod:
    flag: TrackFlag
    start_at: int
    end_at: int | None = None
    first_lap: int | None = None
    last_lap: int | None = None


@dataclass(frozen=True, slots=True)
class SectorFlag:
    flag: SectorFlagKind
    since_at: int | None = None


@dataclass(frozen=True, slots=True)
class OvertakingAid:
    system: OvertakingAidSystem
    enabled: bool | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class CarPosition:
    position: int
    grid_position: int | None
    basis: PositionBasis


@dataclass(frozen=True, slots=True)
class CarGap:
    gap_to_leader_millis: int | None = None
    gap_to_leader_laps: int | None = None
    interval_millis: int | None = None
    interval_laps: int | None = None
    estimated_gap_to_leader_millis: int | None = None


@dataclass(frozen=True, slots=True)
class CarTiming:
    laps_completed: int | None = None
    current_lap: int | None = None
    current_lap_at: int | None = None
    last_lap_millis: int | None = None
    last_lap_mark: TimeMark = TimeMark.UNSPECIFIED
    best_lap_millis: int | None = None
    best_lap: int | None = None


@dataclass(frozen=True, slots=True)
class CarSectors:
    lap: int
    sector_1_millis: int | None = None
    sector_2_millis: int | None = None
    sector_3_millis: int | None = None
    sector_1_mark: TimeMark = TimeMark.UNSPECIFIED
    sector_2_mark: TimeMark = TimeMark.UNSPECIFIED
    sector_3_mark: TimeMark = TimeMark.UNSPECIFIED
    segments_1: tuple[SegmentMark, ...] = ()
    segments_2: tuple[SegmentMark, ...] = ()
    segments_3: tuple[SegmentMark, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionBests:
    lap_millis: int | None = None
    lap_driver_number: int | None = None
    lap: int | None = None
    sector_1_millis: int | None = None
    sector_1_driver_number: int | None = None
    sector_2_millis: int | None = None
    sector_2_driver_number: int | None = None
    sector_3_millis: int | None = None
    sector_3_driver_number: int | None = None
    speed_trap_kph: int | None = None
    speed_trap_driver_number: int | None = None


@dataclass(frozen=True, slots=True)
class CarTyres:
    compound: TyreCompound
    age_laps: int | None = None
    stint: int | None = None
    fitted_new: bool | None = None
    evidence: Evidence = Evidence.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class CarStatus:
    state: CarState
    stops: int | None = None
    pit_entry_at: int | None = None
    out_lap: int | None = None
    evidence: Evidence = Evidence.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class CarBests:
    sector_1_millis: int | None = None
    sector_2_millis: int | None = None
    sector_3_millis: int | None = None
    speed_trap_kph: int | None = None
    phase_1_lap_millis: int | None = None
    phase_2_lap_millis: int | None = None
    phase_3_lap_millis: int | None = None


@dataclass(frozen=True, slots=True)
class StewardMatter:
    driver_numbers: tuple[int, ...]
    state: StewardMatterState
    message: str
    at: int
    first_at: int
    penalty_millis: int | None = None
    penalty_kind: PenaltyKind = PenaltyKind.UNSPECIFIED
    reason: str = ""
    lap: int | None = None
    turn: int | None = None
    grid_places: int | None = None


@dataclass(frozen=True, slots=True)
class Lap:
    driver_number: int
    lap_number: int
    lap_millis: int | None = None
    sector_1_millis: int | None = None
    sector_2_millis: int | None = None
    sector_3_millis: int | None = None
    start_at: int | None = None
    pit_out: bool = False
    intermediate_1_speed_kph: int | None = None
    intermediate_2_speed_kph: int | None = None
    speed_trap_kph: int | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Stint:
    driver_number: int
    stint_number: int
    compound: TyreCompound
    first_lap: int | None = None
    last_lap: int | None = None
    age_at_start_laps: int | None = None


@dataclass(frozen=True, slots=True)
class PitStop:
    driver_number: int
    lap_number: int
    at: int | None = None
    lane_millis: int | None = None
    stop_millis: int | None = None


@dataclass(frozen=True, slots=True)
class RaceEvent:
    kind: RaceEventKind
    at: int
    driver_number: int | None = None
    other_driver_number: int | None = None
    position: int | None = None
    lap: int | None = None
    message: str = ""
    duration_millis: int | None = None


@dataclass(frozen=True, slots=True)
class SourceFreshness:
    newest_at: int | None
    period_millis: int | None
    condition: SourceCondition
