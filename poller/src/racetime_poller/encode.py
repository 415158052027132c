"""Turn pictures of a race into update records; with what packs samples and
freshness the only module that knows protobuf's messages of the race.

An update holds only what changed since what was published. What was published is kept as messages,
by protobuf's own merge: exactly what a reader holds. After a restart it is read back from the log,
so the next update goes on from there.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from racetime.lanes import FIELDS
from racetime.v1.car_pb2 import (
    CarBests,
    CarGap,
    CarPosition,
    CarSectors,
    CarStatus,
    CarTiming,
    CarTyres,
    SessionBests,
)
from racetime.v1.championship_pb2 import ChampionshipStanding
from racetime.v1.driver_pb2 import Driver
from racetime.v1.freshness_pb2 import SourceFreshness
from racetime.v1.history_pb2 import Lap, PitStop, RaceEvent, SessionResult, Stint, TeamRadio
from racetime.v1.motion_pb2 import MotionBatch
from racetime.v1.motion_pb2 import TelemetryBatch as TelemetryMessage
from racetime.v1.race_control_pb2 import RaceControlMessage, StewardMatter
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import (
    PROVENANCE_LIVE,
    PROVENANCE_REPLAY,
    PROVENANCE_SIMULATED,
    Provenance,
    Qualifying,
    RaceProgress,
    Session,
    SessionClock,
)
from racetime.v1.track_pb2 import (
    CircuitReference,
    OvertakingAid,
    SectorFlag,
    TrackPeriod,
    TrackStatus,
)
from racetime.v1.update_record_pb2 import LANE_HISTORY, LANE_TIMING, UpdateRecord
from racetime.v1.weather_pb2 import Weather
from racetime_poller.amend import Amendments, amend_state
from racetime_poller.encode_freshness import tell_freshness
from racetime_poller.encode_samples import motion_message, telemetry_message, telemetry_of_all
from racetime_poller.race import laps, session
from racetime_poller.race.derive import KEY_BASE, Picture, flat
from racetime_poller.race.gap_text import parse_distance
from racetime_poller.race.motion import Batch
from racetime_poller.race.rows import (
    ChampionshipDriverRow,
    ChampionshipTeamRow,
    LapRow,
    RaceControlRow,
    SessionResultRow,
    SessionRow,
    TeamRadioRow,
    WeatherRow,
)
from racetime_poller.race.state import Distance, Race
from racetime_poller.race.telemetry import TelemetryBatch

# The log's zero lies so far before the scheduled start that no row of the weekend's session comes
# before it.
ORIGIN_BEFORE_START_MILLIS = 12 * 3600 * 1000
# What a keyframe holds of motion and telemetry.
KEYFRAME_TAIL_MILLIS = 10_000
# Tables whose entries may turn out untrue, with the endpoints that they are derived from; readers
# skip an empty entry. Events are told apart by the first word of their identity.
_WITHDRAWABLE: Mapping[str, AbstractSet[str]] = {
    "laps": {"laps"},
    "pit_stops": {"pit"},
    "steward_matters": {"race_control"},
    "stints": {"stints", "laps"},
    "track_periods": {"race_control"},
    "overtake": {"overtakes"},
    "pit_stop": {"pit", "race_control"},
    "flag": {"race_control"},
    "penalty": {"race_control"},
    "fastest_lap": {"laps", "race_control"},
    "retirement": {"laps", "race_control"},
    "battle": {"laps", "race_control"},
}
_LARGEST_OFFSET = 2**31 - 1
_M = TypeVar("_M", bound=Message)

PROVENANCES: Mapping[str, Provenance.ValueType] = {
    "live": PROVENANCE_LIVE,
    "replay": PROVENANCE_REPLAY,
    "simulated": PROVENANCE_SIMULATED,
}


def timestamp(millis: int) -> Timestamp:
    """Return an instant in epoch milliseconds as a Timestamp."""
    return Timestamp(seconds=millis // 1000, nanos=millis % 1000 * 1_000_000)


def from_timestamp(message: Timestamp) -> int:
    """Return a Timestamp in epoch milliseconds."""
    return message.seconds * 1000 + message.nanos // 1_000_000


def bounded(offset_millis: int) -> int:
    """Return an offset as the contract's 32 bits hold it."""
    return max(-_LARGEST_OFFSET, min(_LARGEST_OFFSET, offset_millis))


@lru_cache
def _plan(kind: Any) -> Sequence[tuple[str, str, bool]]:
    """Return attribute, field and whether it is an instant, for each field of a view."""
    plan = []
    for field in fields(kind):
        instant = field.name == "at" or field.name.endswith("_at")
        name = field.name.removesuffix("at") + "race_offset_millis" if instant else field.name
        plan.append((field.name, name, instant))
    return plan


@dataclass(frozen=True, slots=True)
class Deleted:
    """A lap whose time race control deleted."""

    lap: LapRow


class Encoder:
    """Encodes one session's log."""

    def __init__(self, published: RaceState, *, origin_at: int) -> None:
        """Go on from what is published; an empty state begins a log."""
        self.origin_at = origin_at
        self._whole = {lane: RaceState() for lane in (LANE_TIMING, LANE_HISTORY)}
        # What was last told of each fact, and of each entry of each table.
        self._facts_seen: dict[str, Message] = {}
        self._seen: dict[str, dict[Any, object]] = defaultdict(dict)
        # Tables as they were last told: one that is the same object has no news.
        self._same: dict[str, object] = {}
        # Laps of each car as they were last told: a table that is the same object has no news.
        self._laps_seen: dict[int, tuple[object, object]] = {}
        self._told: set[tuple[int, str]] = set()
        self._control_checked: object = None
        # Endpoints that have told what they have.
        self._heard: AbstractSet[str] = frozenset()
        self._motion: deque[tuple[int, MotionBatch]] = deque()
        self._telemetry: deque[tuple[int, TelemetryMessage]] = deque()
        # Offsets of the newest samples that were told, by source.
        self._sampled: dict[str, int] = {}
        self._take_over(published)

    def _take_over(self, published: RaceState) -> None:
        for lane, whole in self._whole.items():
            whole.CopyFrom(published)
            for field in RaceState.DESCRIPTOR.fields:
                if field.name not in FIELDS[lane]:
                    whole.ClearField(cast(Any, field.name))
        told = published.race_control
        self._told = {(message.race_offset_millis, message.message) for message in told}

    def offset(self, at: int) -> int:
        """Return an instant in epoch milliseconds as an offset of the log."""
        return bounded(at - self.origin_at)

    def update(
        self,
        picture: Picture,
        session_message: Session,
        circuit: CircuitReference | None,
        motion: Sequence[Batch],
        telemetry: Sequence[TelemetryBatch],
    ) -> UpdateRecord | None:
        """Return a record of what changed, without number and instants; None when nothing did."""
        timing, history = RaceState(), RaceState()
        if self._heard != picture.told:
            # What was not known to be gone may be known now.
            self._heard = picture.told
            self._same.clear()
        self._facts(timing, picture, session_message, circuit)
        self._cars(timing, picture)
        self._control(timing, picture.race.race_control)
        record = self._samples(motion, telemetry)
        freshness = self._converter(SourceFreshness)
        whole = self._whole[LANE_TIMING]
        tell_freshness(timing, whole, picture.sources, freshness, self._sampled)
        self._history(history, picture)
        self._whole[LANE_TIMING].MergeFrom(timing)
        self._whole[LANE_HISTORY].MergeFrom(history)
        record.timing = timing.SerializeToString()
        record.history = history.SerializeToString()
        empty = not (record.timing or record.history or record.motion or record.telemetry)
        return None if empty else record

    def samples(
        self, motion: Sequence[Batch], telemetry: Sequence[TelemetryBatch]
    ) -> UpdateRecord | None:
        """Return a record of samples alone, without number and instants; None of none."""
        record = self._samples(motion, telemetry)
        return record if record.motion or record.telemetry else None

    def _samples(
        self, motion: Sequence[Batch], telemetry: Sequence[TelemetryBatch]
    ) -> UpdateRecord:
        record = UpdateRecord(motion=self._batches(motion))
        for batch in telemetry:
            message = telemetry_message(batch, self.origin_at)
            self._telemetry.append((batch.instants[-1], message))
            self._note_sample("car_data", batch.instants[-1])
            part = RaceState(telemetry=[message]).SerializeToString()
            record.telemetry[batch.driver_number] = part
        together = telemetry_of_all(telemetry, self.origin_at)
        record.telemetry_of_all = together.SerializeToString()
        return record

    def keyframe(self) -> UpdateRecord:
        """Return a record of the whole state as published, without number and instants."""
        record = UpdateRecord(keyframe=True)
        record.timing = self._whole[LANE_TIMING].SerializeToString()
        record.history = self._whole[LANE_HISTORY].SerializeToString()
        _trim(self._motion)
        _trim(self._telemetry)
        record.motion = RaceState(motion=[batch for _, batch in self._motion]).SerializeToString()
        by_driver: dict[int, RaceState] = {}
        for _, batch in self._telemetry:
            by_driver.setdefault(batch.driver_number, RaceState()).telemetry.append(batch)
        for number, part in by_driver.items():
            record.telemetry[number] = part.SerializeToString()
        return record

    def _facts(
        self,
        part: RaceState,
        picture: Picture,
        session_message: Session,
        circuit: CircuitReference | None,
    ) -> None:
        self._fact(part, "session", session_message)
        if circuit is not None:
            self._fact(part, "circuit", circuit)
        for name, kind, view in (
            ("clock", SessionClock, picture.clock),
            ("progress", RaceProgress, picture.progress),
            ("qualifying", Qualifying, picture.qualifying),
            ("track_status", TrackStatus, picture.track_status),
            ("overtaking_aid", OvertakingAid, picture.overtaking_aid),
            ("bests", SessionBests, picture.bests),
        ):
            if view is not None and self._is_other(name, view):
                self._fact(part, name, self._message(kind, view))
        weather = picture.race.weather
        if weather is not None and self._is_other("weather", weather):
            self._fact(part, "weather", self._weather(weather))

    def _is_other(self, name: str, view: object) -> bool:
        """Tell whether a fact is another one than the last time."""
        if self._same.get(name) == view:
            return False
        self._same[name] = view
        return True

    def _cars(self, part: RaceState, picture: Picture) -> None:
        view = self._converter
        self._entries(part, "sector_flags", picture.sector_flags, view(SectorFlag))
        self._entries(part, "drivers", picture.race.drivers, _driver)
        self._entries(part, "positions", picture.positions, view(CarPosition))
        self._entries(part, "gaps", picture.gaps, view(CarGap))
        self._entries(part, "timings", picture.timings, view(CarTiming))
        self._entries(part, "sectors", picture.sectors, view(CarSectors))
        self._entries(part, "tyres", picture.tyres, view(CarTyres))
        self._entries(part, "statuses", picture.statuses, view(CarStatus))
        view_of_matter = view(StewardMatter)
        self._entries(part, "steward_matters", picture.steward_matters, view_of_matter)

    def _history(self, part: RaceState, picture: Picture) -> None:
        race = picture.race
        self._laps(part, picture)
        self._entries(part, "stints", picture.stints, self._converter(Stint))
        self._entries(part, "pit_stops", picture.pit_stops, self._converter(PitStop))
        self._entries(part, "events", picture.events, self._converter(RaceEvent))
        self._entries(part, "car_bests", picture.car_bests, self._converter(CarBests))
        periods = {self.offset(at): one for at, one in picture.track_periods.items()}
        self._entries(part, "track_periods", periods, self._converter(TrackPeriod))
        radio = {f"{number}/{at}": row for (number, at), row in race.team_radio.items()}
        self._entries(part, "team_radio", radio, self._radio)
        self._entries(part, "results", race.results, _result)
        self._entries(part, "driver_championship", race.championship_drivers, _standing)
        self._entries(part, "team_championship", race.championship_teams, _standing)

    def _laps(self, part: RaceState, picture: Picture) -> None:
        deleted, added = picture.deleted_laps, 0
        for number, table in picture.race.laps.items():
            seen = self._laps_seen.get(number)
            if seen is not None and seen[0] is table and seen[1] is deleted:
                continue
            self._laps_seen[number] = (table, deleted)
            rows = {
                number * KEY_BASE + lap: Deleted(row) if (number, lap) in deleted else row
                for lap, row in table.items()
            }
            added += self._changed(part, "laps", rows, self._lap)
        whole = self._table("laps")
        if len(whole) + added > sum(map(len, picture.race.laps.values())):
            self._withdraw(part, "laps", whole, flat(picture.race.laps))
            self._laps_seen = {n: s for n, s in self._laps_seen.items() if n in picture.race.laps}

    def _lap(self, row: LapRow | Deleted) -> Lap:
        if isinstance(row, Deleted):
            return cast(Lap, self._message(Lap, laps.history(row.lap, deleted=True)))
        return cast(Lap, self._message(Lap, laps.history(row)))

    def _control(self, part: RaceState, rows: Iterable[RaceControlRow]) -> None:
        if self._same.get("race_control") is rows:
            return
        self._same["race_control"] = rows
        for row in rows:
            key = (self.offset(row.date), row.message)
            if key not in self._told:
                self._told.add(key)
                part.race_control.append(self._control_message(row))

    def amendments(self, race: Race) -> Amendments:
        """Return the messages of race control that were told and are other ones now.

        One that the source does not have any more stays: OpenF1's tables hide one of two messages
        of the same second that push has told both.
        """
        rows = race.race_control
        if self._control_checked is rows or not rows:
            return {}
        self._control_checked = rows
        known = {(self.offset(row.date), row.message): row for row in rows}
        found: dict[tuple[int, str], RaceControlMessage | None] = {}
        for told in self._whole[LANE_TIMING].race_control:
            row = known.get((told.race_offset_millis, told.message))
            message = self._control_message(row) if row is not None else told
            if message != told:
                found[told.race_offset_millis, told.message] = message
        return found

    def amend(self, amendments: Amendments) -> None:
        """Take it that the log was amended."""
        amend_state(self._whole[LANE_TIMING], amendments)
        self._told -= {key for key, message in amendments.items() if message is None}

    def _control_message(self, row: RaceControlRow) -> RaceControlMessage:
        return RaceControlMessage(
            race_offset_millis=self.offset(row.date),
            message=row.message,
            category=row.category or "",
            flag=row.flag or "",
            scope=row.scope or "",
            sector=row.sector,
            driver_number=row.driver_number,
            lap=row.lap_number,
            qualifying_phase=row.qualifying_phase,
        )

    def _fact(self, part: RaceState, name: str, message: Message) -> None:
        if self._facts_seen.get(name) == message:
            return
        self._facts_seen[name] = message
        if getattr(self._whole[LANE_TIMING], name) != message:
            getattr(part, name).CopyFrom(message)

    def _entries(
        self,
        part: RaceState,
        name: str,
        entries: Mapping[Any, Any],
        convert: Callable[[Any], Message],
    ) -> None:
        if self._same.get(name) is entries:
            return
        self._same[name] = entries
        whole = self._table(name)
        added = self._changed(part, name, entries, convert)
        if len(whole) + added > len(entries):
            self._withdraw(part, name, whole, entries)

    def _table(self, name: str) -> Any:
        """Return a table as it is published."""
        lane = LANE_TIMING if name in FIELDS[LANE_TIMING] else LANE_HISTORY
        return getattr(self._whole[lane], name)

    def _changed(
        self,
        part: RaceState,
        name: str,
        entries: Mapping[Any, Any],
        convert: Callable[[Any], Message],
    ) -> int:
        """Tell what changed in a table; return how many of its entries are new."""
        whole, seen, added = self._table(name), self._seen[name], 0
        for key, value in entries.items():
            known = seen.get(key)
            if known is value or known == value:
                continue
            seen[key] = value
            message = convert(value)
            is_new = key not in whole
            added += is_new
            if is_new or whole[key] != message:
                getattr(part, name)[key].CopyFrom(message)
        return added

    def _withdraw(
        self, part: RaceState, name: str, whole: Mapping[Any, Message], entries: Mapping[Any, Any]
    ) -> None:
        """Replace what turned out untrue by empty entries: merging cannot take one away."""
        for key in whole.keys() - entries.keys():
            kind = key.partition("/")[0] if name == "events" else name
            sources = _WITHDRAWABLE.get(kind)
            if sources is not None and self._heard >= sources and whole[key].ByteSize():
                getattr(part, name)[key].Clear()
                self._seen[name].pop(key, None)

    def _converter(self, kind: type[_M]) -> Callable[[Any], _M]:
        return lambda view: cast(_M, self._message(kind, view))

    def _message(self, kind: type[Message], view: Any) -> Any:
        """Fill a message from a view whose fields have the message's names."""
        values: dict[str, Any] = {}
        for attribute, name, instant in _plan(cast(Any, type(view))):
            value = getattr(view, attribute)
            if value is None or value == ():
                continue
            if isinstance(value, Enum):
                value = value.value
            values[name] = self.offset(value) if instant else value
        return kind(**values)

    def _weather(self, row: WeatherRow) -> Weather:
        return Weather(
            race_offset_millis=self.offset(row.date),
            air_temperature_celsius=row.air_temperature,
            track_temperature_celsius=row.track_temperature,
            humidity_percent=row.humidity,
            pressure_millibars=row.pressure,
            raining=None if row.rainfall is None else row.rainfall > 0,
            wind_direction_degrees=row.wind_direction,
            wind_speed_mps=row.wind_speed,
        )

    def _radio(self, row: TeamRadioRow) -> TeamRadio:
        return TeamRadio(
            driver_number=row.driver_number,
            race_offset_millis=self.offset(row.date),
            recording_url=row.recording_url,
        )

    def _batches(self, batches: Sequence[Batch]) -> bytes:
        state = RaceState()
        for batch in batches:
            message = motion_message(batch, self.origin_at)
            self._motion.append((batch.instants[-1], message))
            if not batch.estimated:
                self._note_sample("location", batch.instants[-1])
            state.motion.append(message)
        return state.SerializeToString()

    def _note_sample(self, source: str, at: int) -> None:
        self._sampled[source] = max(self.offset(at), self._sampled.get(source, 0))


def _trim(batches: deque[Any]) -> None:
    """Drop batches that end too long before the newest."""
    newest = max((at for at, _ in batches), default=0)
    while batches and batches[0][0] < newest - KEYFRAME_TAIL_MILLIS:
        batches.popleft()


def _driver(row: Any) -> Driver:
    names = [field.name for field in Driver.DESCRIPTOR.fields]
    return Driver(**{name: getattr(row, name) or "" for name in names})


def _result(row: SessionResultRow) -> SessionResult:
    return SessionResult(
        position=row.position,
        laps_completed=row.number_of_laps,
        points=row.points,
        dnf=bool(row.dnf),
        dns=bool(row.dns),
        dsq=bool(row.dsq),
        **_times(row),
    )


def _times(row: SessionResultRow) -> dict[str, Any]:
    """Return what a result says of times: qualifying has a lap for each phase, else there is one
    time and the gap that it makes."""
    if isinstance(row.duration, tuple) or isinstance(row.gap_to_leader, tuple):
        phases = row.duration if isinstance(row.duration, tuple) else ()
        return {
            f"phase_{phase}_lap_millis": laps.millis(seconds)
            for phase, seconds in enumerate(phases[:3], start=1)
        }
    behind = _distance(row.gap_to_leader)
    return {
        "duration_millis": laps.millis(row.duration),
        "gap_to_leader_millis": behind.millis,
        "gap_to_leader_laps": behind.laps,
    }


def _distance(gap: float | str | None) -> Distance:
    try:
        return parse_distance(gap) or Distance()
    except ValueError:
        return Distance()


def _standing(row: ChampionshipDriverRow | ChampionshipTeamRow) -> ChampionshipStanding:
    return ChampionshipStanding(
        start_position=row.position_start,
        current_position=row.position_current,
        start_points=row.points_start,
        current_points=row.points_current,
    )


def session_message(
    picture: Picture,
    *,
    origin_at: int,
    published_origin_at: int,
    log_revision: int,
    provenance: str,
    speed: float,
) -> Session:
    """Return who and what the session is, and the zero points of its log."""
    row, meeting = picture.race.session, picture.race.meeting
    message = listed_session(row, meeting.meeting_name if meeting else None)
    message.MergeFrom(
        Session(
            origin_time=timestamp(origin_at),
            published_origin_time=timestamp(published_origin_at),
            log_revision=log_revision,
            provenance=PROVENANCES[provenance],
            speed=speed,
            car_count=len(picture.race.drivers) or None,
        )
    )
    return message


def listed_session(row: SessionRow, meeting_name: str | None) -> Session:
    """Return what the schedule says of a session."""
    return Session(
        session_key=row.session_key,
        meeting_key=row.meeting_key,
        kind=int(session.kind(row)),  # type: ignore[arg-type]
        session_name=row.session_name,
        meeting_name=meeting_name,
        circuit_key=row.circuit_key,
        circuit_short_name=row.circuit_short_name,
        location=row.location,
        country_name=row.country_name,
        country_code=row.country_code,
        year=row.year,
        scheduled_start_time=timestamp(row.date_start),
        scheduled_end_time=timestamp(row.date_end) if row.date_end else None,
        gmt_offset_minutes=session.gmt_offset_minutes(row.gmt_offset),
        cancelled=row.is_cancelled,
    )
