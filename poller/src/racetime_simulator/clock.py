"""The race's time: it starts at a chosen instant and runs at a chosen speed."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class RaceClock(Protocol):
    """What the server needs of a clock."""

    @property
    def speed(self) -> float:
        """Return race seconds per second."""
        ...

    @property
    def jitter_seconds(self) -> float:
        """Return by how many race seconds a punctual request may seem early."""
        ...

    def now(self) -> datetime:
        """Return the instant of the race."""
        ...


class Clock:
    """A clock that runs by itself, from `start` at `speed`."""

    WALL_JITTER_SECONDS = 0.02

    def __init__(
        self,
        start: datetime,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        wall_jitter_seconds: float = WALL_JITTER_SECONDS,
    ) -> None:
        """Start the clock now; a speed that is not above zero is refused.

        Where `monotonic` is a test's own and exact, `wall_jitter_seconds` may be zero.
        """
        if not speed > 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self._start = start
        self._speed = speed
        self._monotonic = monotonic
        self._began = monotonic()
        self._wall_jitter_seconds = wall_jitter_seconds

    @property
    def speed(self) -> float:
        """Return race seconds per second."""
        return self._speed

    @property
    def jitter_seconds(self) -> float:
        """Return the race time in which a busy machine may hold a request back."""
        return self._wall_jitter_seconds * self._speed

    def now(self) -> datetime:
        """Return the instant of the race."""
        return self._start + timedelta(seconds=(self._monotonic() - self._began) * self._speed)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        """Stand at `start`; the speed is only reported."""
        self._now = start
        self._speed = speed

    @property
    def speed(self) -> float:
        """Return the speed that was given."""
        return self._speed

    @property
    def jitter_seconds(self) -> float:
        """Return zero: a clock set by hand is exact."""
        return 0.0

    def now(self) -> datetime:
        """Return the instant of the race."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by race seconds."""
        self._now += timedelta(seconds=seconds)

    def set(self, instant: datetime) -> None:
        """Move to an instant."""
        self._now = instant
