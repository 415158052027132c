"""Rows as OpenF1 gives them: one frozen dataclass per endpoint, decoded and checked at the edge.

Instants are epoch milliseconds, UTC. Field names are OpenF1's.
"""

from dataclasses import dataclass


class Instant(int):
    """An instant in epoch milliseconds, written by OpenF1 as an ISO 8601 string."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    session_key: int
    meeting_key: int
    session_name: str
    date_start: Instant
    session_type: str | None = None
    date_end: Instant | None = None
    gmt_offset: str | None = None
    is_cancelled: bool | None = None
    circuit_key: int | None = None
    circuit_short_name: str | None = None
    country_code: str | None = None
    country_name: str | None = None
    location: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class MeetingRow:
    meeting_key: int
    meeting_name: str
    circuit_info_url: str | None = None


@dataclass(frozen=True, slots=True)
class DriverRow:
    session_key: int
    driver_number: int
    name_acronym: str | None = None
    broadcast_name: str | None = None
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    team_name: str | None = None
    team_colour: str | None = None
    headshot_url: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, slots=True)
class PositionRow:
    session_key: int
    driver_number: int
    date: Instant
    position: int


@dataclass(frozen=True, slots=True)
class IntervalRow:
    session_key: int
    driver_number: int
    date: Instant
    gap_to_leader: float | str | None = None
    interval: float | str | None = None


@dataclass(frozen=True, slots=True)
class LapRow:
    session_key: int
    driver_number: int
    lap_number: int
    date_start: Instant | None = None
    lap_duration: float | None = None
    duration_sector_1: float | None = None
    duration_sector_2: float | None = None
    duration_sector_3: float | None = None
    i1_speed: int | None = None
    i2_speed: int | None = None
    st_speed: int | None = None
    is_pit_out_lap: bool | None = None
    segments_sector_1: tuple[int | None, ...] | None = None
    segments_sector_2: tuple[int | None, ...] | None = None
    segments_sector_3: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class StintRow:
    session_key: int
    driver_number: int
    stint_number: int
    lap_start: int | None = None
    lap_end: int | None = None
    compound: str | None = None
    tyre_age_at_start: int | None = None


@dataclass(frozen=True, slots=True)
class PitRow:
    session_key: int
    driver_number: int
    lap_number: int
    date: Instant | None = None
    lane_duration: float | None = None
    stop_duration: float | None = None
    pit_duration: float | None = None


@dataclass(frozen=True, slots=True)
class RaceControlRow:
    session_key: int
    date: Instant
    message: str
    category: str | None = None
    flag: str | None = None
    scope: str | None = None
    sector: int | None = None
    driver_number: int | None = None
    lap_number: int | None = None
    qualifying_phase: int | None = None


@dataclass(frozen=True, slots=True)
class WeatherRow:
    session_key: int
    date: Instant
    air_temperature: float | None = None
    track_temperature: float | None = None
    humidity: float | None = None
    pressure: float | None = None
    rainfall: float | None = None
    wind_direction: int | None = None
    wind_speed: float | None = None


@dataclass(frozen=True, slots=True)
class OvertakeRow:
    session_key: int
    date: Instant
    overtaking_driver_number: int
    overtaken_driver_number: int
    position: int | None = None


@dataclass(frozen=True, slots=True)
class LocationRow:
    session_key: int
    driver_number: int
    date: Instant
    x: int | None = None
    y: int | None = None


@dataclass(frozen=True, slots=True)
class CarDataRow:
    session_key: int
    driver_number: int
    date: Instant
    speed: int | None = None
    n_gear: int | None = None
    throttle: int | None = None
    brake: int | None = None
    rpm: int | None = None
    drs: int | None = None


@dataclass(frozen=True, slots=True)
class StartingGridRow:
    session_key: int
    driver_number: int
    position: int | None = None


@dataclass(frozen=True, slots=True)
class SessionResultRow:
    session_key: int
    driver_number: int
    position: int | None = None
    number_of_laps: int | None = None
    points: float | None = None
    dnf: bool | None = None
    dns: bool | None = None
    dsq: bool | None = None
    # Qualifying has three of each, by phase.
    duration: float | tuple[float | None, ...] | None = None
    gap_to_leader: float | str | tuple[float | str | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class TeamRadioRow:
    session_key: int
    driver_number: int
    date: Instant
    recording_url: str


@dataclass(frozen=True, slots=True)
class ChampionshipDriverRow:
    session_key: int
    driver_number: int
    position_start: int | None = None
    position_current: int | None = None
    points_start: float | None = None
    points_current: float | None = None


@dataclass(frozen=True, slots=True)
class ChampionshipTeamRow:
    session_key: int
    team_name: str
    position_start: int | None = None
    position_current: int | None = None
    points_start: float | None = None
    points_current: float | None = None


Row = (
    SessionRow
    | MeetingRow
    | DriverRow
    | PositionRow
    | IntervalRow
    | LapRow
    | StintRow
    | PitRow
    | RaceControlRow
    | WeatherRow
    | OvertakeRow
    | LocationRow
    | CarDataRow
    | StartingGridRow
    | SessionResultRow
    | TeamRadioRow
    | ChampionshipDriverRow
    | ChampionshipTeamRow
)

# Row type of each endpoint.
ENDPOINTS: dict[str, type[Row]] = {
    "sessions": SessionRow,
    "meetings": MeetingRow,
    "drivers": DriverRow,
    "position": PositionRow,
    "intervals": IntervalRow,
    "laps": LapRow,
    "stints": StintRow,
    "pit": PitRow,
    "race_control": RaceControlRow,
    "weather": WeatherRow,
    "overtakes": OvertakeRow,
    "location": LocationRow,
    "car_data": CarDataRow,
    "starting_grid": StartingGridRow,
    "session_result": SessionResultRow,
    "team_radio": TeamRadioRow,
    "championship_drivers": ChampionshipDriverRow,
    "championship_teams": ChampionshipTeamRow,
}
