"""Put the parts together: the archive that the settings ask for, its clock, its OpenF1."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from racetime_simulator.archive import Archive, SessionTables
from racetime_simulator.clock import Clock
from racetime_simulator.faults import Faults
from racetime_simulator.growing import await_recording
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.season import Season
from racetime_simulator.openf1 import OpenF1
from racetime_simulator.recording import load_recording
from racetime_simulator.settings import Settings, read_instant

LEAD_SECONDS = 0.0
"""The clock starts this long before the first lap: with the lights out, so that cars move at
once."""


@dataclass(frozen=True)
class Simulator:
    """What a server needs to serve."""

    openf1: OpenF1
    clock: Clock
    session_key: int


def build_simulator(settings: Settings, today: datetime) -> Simulator:
    """Load or make up what is to be served, and start its clock."""
    archive: Archive
    session: SessionTables
    if settings.recording is not None:
        await_recording(settings.recording, settings.wait_seconds)
        recording = load_recording(settings.recording, in_background=True)
        archive, session = recording, recording.session
    else:
        season = Season(
            settings.seed,
            settings.date or scheduled_start(today),
            course=settings.session,
            cars=settings.cars,
            incidents=settings.story,
            in_background=True,
        )
        archive, session = season, season.first
    start = clock_start(settings.start, session.first_lap_start)
    faults = Faults.ordered(
        settings.faults,
        start,
        rate=settings.fault_rate,
        seed=settings.fault_seed,
        timeout_seconds=settings.fault_timeout_seconds,
        outage_start=start + timedelta(seconds=settings.outage_start_seconds),
        outage_seconds=settings.outage_seconds,
    )
    openf1 = OpenF1(
        archive,
        tier=settings.tier,
        require_token=settings.require_token,
        username=settings.username,
        password=settings.password,
        faults=faults,
    )
    archive.sessions_at(to_micros(start))
    return Simulator(openf1, Clock(start, settings.speed), session.session_key)


def scheduled_start(today: datetime) -> datetime:
    """Return the whole minute at which a race that is made up now is said to start."""
    return today.astimezone(UTC).replace(second=0, microsecond=0)


def clock_start(text: str, first_lap_start: datetime) -> datetime:
    """Return where the clock starts: at an instant, or so many seconds from the first lap."""
    if not text:
        return first_lap_start - timedelta(seconds=LEAD_SECONDS)
    try:
        return first_lap_start + timedelta(seconds=float(text))
    except ValueError:
        return read_instant(text)
