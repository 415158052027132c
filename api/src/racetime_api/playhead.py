"""When a record is due for a reader that is not at the live edge. Pure: clocks are arguments."""

from dataclasses import dataclass

from racetime_api.record import Record
from racetime_api.window import Origins


@dataclass(frozen=True, slots=True)
class Clocks:
    """What time it is: by a clock that only goes on, and on the wall; in seconds."""

    steady: float
    wall: float


@dataclass(frozen=True, slots=True)
class Delayed:
    """Every record so long after its publication, in milliseconds of race time."""

    delay_millis: int

    def seconds_until(self, record: Record, origins: Origins, now: Clocks) -> float:
        """Return in how many seconds a record is due; none or less when it is."""
        if origins.published_millis is None:
            return 0.0
        published = (origins.published_millis + record.published_offset_millis) / 1000
        return published + (origins.lag_seconds or 0.0) + self.delay_seconds(origins) - now.wall

    def delay_seconds(self, origins: Origins) -> float:
        """Return the delay on the wall: a race that is played fast goes by faster."""
        return self.delay_millis / 1000 / origins.speed

    def race_offset_millis(self, newest: Record, origins: Origins, now: Clocks) -> float:
        """Return about where in the race the reader is; of use to look there first."""
        behind_seconds = self.seconds_until(newest, origins, now)
        return newest.race_offset_millis - behind_seconds * 1000 * origins.speed


@dataclass(frozen=True, slots=True)
class Replay:
    """The race from an instant on, at a speed: when a reader began, and where."""

    begin_offset_millis: int
    begun_at: float
    speed: float

    def seconds_until(self, record: Record, origins: Origins, now: Clocks) -> float:
        """Return in how many seconds a record is due; none or less when it is."""
        ahead = record.race_offset_millis - self.race_offset_millis(record, origins, now)
        return ahead / 1000 / self.speed

    def race_offset_millis(self, newest: Record, origins: Origins, now: Clocks) -> float:
        """Return where in the race the reader is."""
        return self.begin_offset_millis + (now.steady - self.begun_at) * 1000 * self.speed


Pace = Delayed | Replay
