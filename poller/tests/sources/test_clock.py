"""The source's clock: set by a simulator's again and again, it neither leaps nor runs back."""

import asyncio
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
import virtual_time

from racetime_poller.sources.clock import SLEW_SECONDS, SourceClock

START_SECONDS = 1_742_000_000


class Told:
    """What a simulator's clock says."""

    def __init__(self) -> None:
        self.seconds = float(START_SECONDS)
        self.facts: dict[str, object] = {
            "speed": 10.0,
            "provenance": "replay",
            "total_laps": {"7": 11},
        }
        self.delay_seconds = 0.0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        now = datetime.fromtimestamp(self.seconds, UTC).isoformat()
        await asyncio.sleep(self.delay_seconds)
        return httpx.Response(200, json=self.facts | {"now": now})

    async def read_by(self, clock: SourceClock) -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer)) as client:
            await clock.read(client, "http://openf1/clock")


@pytest.mark.parametrize("ahead_seconds", [-20.0, 20.0])
def test_a_small_difference_is_made_up_for_without_running_back(ahead_seconds: float) -> None:
    async def main() -> None:
        told, clock = Told(), SourceClock()
        await told.read_by(clock)
        changes = clock.changes
        told.seconds += ahead_seconds
        await told.read_by(clock)
        instants = [clock.now()]
        assert abs(instants[0] - START_SECONDS * 1000) < 100
        for _ in range(50):
            await asyncio.sleep(SLEW_SECONDS / 50)
            instants.append(clock.now())
        assert instants == sorted(instants)
        expected = (told.seconds + SLEW_SECONDS * 10.0) * 1000
        assert abs(instants[-1] - expected) < 100
        assert clock.changes == changes

    virtual_time.run(main)


def test_a_leap_ahead_is_taken_and_a_leap_back_is_another_clock() -> None:
    async def main() -> None:
        told, clock = Told(), SourceClock()
        await told.read_by(clock)
        changes = clock.changes
        told.seconds += 300
        await told.read_by(clock)
        assert abs(clock.now() - told.seconds * 1000) < 100
        assert clock.changes == changes
        told.seconds -= 300
        await told.read_by(clock)
        assert abs(clock.now() - told.seconds * 1000) < 100
        assert clock.changes == changes + 1

    virtual_time.run(main)


@pytest.mark.parametrize(
    "fact", [{"speed": 20.0}, {"provenance": "simulated"}, {"total_laps": {"7": 12}}]
)
def test_another_speed_or_race_is_another_clock_and_seconds_do_not_leap(
    fact: dict[str, object],
) -> None:
    async def main() -> None:
        told, clock = Told(), SourceClock()
        await told.read_by(clock)
        changes, seconds = clock.changes, clock.seconds()
        told.facts |= fact
        await told.read_by(clock)
        assert clock.changes == changes + 1
        assert clock.seconds() == pytest.approx(seconds, abs=0.1)
        assert clock.speed == told.facts["speed"]

    virtual_time.run(main)


def test_a_race_that_is_announced_makes_it_no_other_clock() -> None:
    async def main() -> None:
        told, clock = Told(), SourceClock()
        await told.read_by(clock)
        changes = clock.changes
        told.facts["total_laps"] = {"7": 11, "17": 20}
        await told.read_by(clock)
        assert clock.changes == changes
        assert clock.total_laps == {"7": 11, "17": 20}
        told.facts["total_laps"] = {"7": 13, "17": 20}
        await told.read_by(clock)
        assert clock.changes == changes + 1

    virtual_time.run(main)


def test_an_answer_that_took_long_says_nothing() -> None:
    async def main() -> None:
        told, clock = Told(), SourceClock()
        await told.read_by(clock)
        told.delay_seconds, told.seconds = 3.0, told.seconds - 1_000
        await told.read_by(clock)
        assert abs(clock.now() - (START_SECONDS + 30) * 1000) < 100

    virtual_time.run(main)


def test_a_provenance_that_nobody_knows_is_refused() -> None:
    async def main() -> None:
        told = Told()
        told.facts["provenance"] = "dreamt"
        await told.read_by(SourceClock())

    with pytest.raises(msgspec.ValidationError):
        virtual_time.run(main)
