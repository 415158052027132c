"""From session to session, in virtual time: by what there is of a session, not by the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import virtual_time
from world import World, differences

from racetime import keys
from racetime.v1.evidence_pb2 import EVIDENCE_SILENCE
from racetime.v1.race_service_pb2 import GetScheduleResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import SESSION_PHASE_ENDED
from racetime.v1.update_record_pb2 import (
    FEED_CONDITION_ALIVE,
    FEED_CONDITION_DEAD,
    FEED_CONDITION_IDLE,
)
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.periods import SAMPLED
from racetime_simulator.archive import Provenance, SessionTables, read_session_row
from racetime_simulator.faults import Faults
from racetime_simulator.instants import ALWAYS, NEVER, to_micros
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.season import build_session, tell_race
from racetime_simulator.madeup.weekend import session_rows
from racetime_simulator.recording import load_recording
from racetime_simulator.table import Table, build_table
from racetime_simulator.versions import SORT_FIELDS, constant_versions

ONE, TWO, THREE = 90001, 90011, 90021
START = datetime(2026, 6, 1, 10, tzinfo=UTC)
# The first race is over after this, in seconds.
OVER = 6_000
SPEED = 60.0


@dataclass
class Weekend:
    """An archive of sessions that are all in the schedule."""

    sessions: Sequence[SessionTables]
    provenance: Provenance = "simulated"

    def sessions_at(self, now: int) -> Sequence[SessionTables]:
        return self.sessions


@cache
def race(number: int, hours: float) -> SessionTables:
    """Make up a race that begins so many hours after the first."""
    return build_session(_story(number, hours))


def _story(number: int, hours: float) -> Story:
    return tell_race(number + 1, number, START + timedelta(hours=hours))


def told(number: int, hours: float, scheduled_hours: float, **facts: Any) -> SessionTables:
    """A race of which the schedule says something else than what happens."""
    session = race(number, hours)
    rows = session_rows(replace(_story(number, hours), scheduled=_at(scheduled_hours)))
    rows = [row | facts for row in rows if row["session_key"] == session.session_key]
    table = build_table("sessions", constant_versions(rows, ALWAYS), SORT_FIELDS.get("sessions"))
    scheduled = tuple(row for row in map(read_session_row, rows) if row is not None)
    return replace(session, sessions=scheduled, tables={**session.tables, "sessions": table})


def _at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def weekend(*sessions: SessionTables, at: timedelta) -> World:
    return World(Weekend(sessions), START + at, speed=SPEED)


async def live(world: World) -> int:
    return int(await world.redis.get(keys.LIVE) or 0)


async def until_live(world: World, key: int, seconds: float) -> float:
    """Wait until a session is the live one; return when, in seconds after the first's start."""
    for step in range(0, int(seconds), 20):
        await world.until(step)
        if await live(world) == key:
            return (world.clock.now() - START).total_seconds()
    raise AssertionError(f"{await live(world)} is live, not {key}")


def test_the_next_session_becomes_the_live_one_when_there_are_rows_of_it() -> None:
    async def main() -> None:
        world = weekend(race(0, 0), race(1, 3), at=timedelta(seconds=OVER - 300))
        async with world.poller() as poller:
            await world.until(200)
            assert await live(world) == ONE
            began = await until_live(world, TWO, 4 * 3_600)
            await world.until(4 * 3_600 - OVER)
            assert poller.following is not None
            assert poller.following[0].intake.phase is SessionPhase.STARTED
        # Before the lights go out, and not before anything is told of it.
        assert 2 * 3_600 < began < 3 * 3_600 + 200
        assert len((await world.state(TWO)).positions) == 22
        assert (await world.state(ONE)).results or (await world.log(ONE))

    virtual_time.run(main)


def test_the_schedule_of_the_season_is_kept_with_what_is_to_come() -> None:
    async def main() -> None:
        world = weekend(
            race(0, 0), told(1, 200, 48, is_cancelled=True), at=timedelta(seconds=OVER - 300)
        )
        world.keeps_season = True
        async with world.poller():
            await world.until(200)
        schedule = GetScheduleResponse.FromString(await world.redis.get(keys.SCHEDULE))
        (first, later) = (one for one in schedule.sessions if one.session_key in (ONE, TWO))
        assert first.meeting_name
        assert first.scheduled_start_time.ToDatetime(UTC) == START
        assert later.scheduled_start_time.ToDatetime(UTC) == _at(48)
        assert later.cancelled
        assert schedule.HasField("as_of_time")

    virtual_time.run(main)


def test_a_race_that_begins_hours_before_its_schedule_is_found() -> None:
    async def main() -> None:
        early = told(1, 2.5, 5.5)
        world = weekend(race(0, 0), early, at=timedelta(seconds=OVER))
        async with world.poller():
            began = await until_live(world, TWO, 4 * 3_600)
        assert began < 2.5 * 3_600 + 200

    virtual_time.run(main)


def test_a_poller_that_starts_in_a_race_that_began_early_finds_it_at_once() -> None:
    async def main() -> None:
        early = told(1, 2.5, 5.5)
        world = weekend(race(0, 0), early, at=timedelta(hours=3))
        async with world.poller():
            began = await until_live(world, TWO, 1_200)
        assert began < 3 * 3_600 + 300

    virtual_time.run(main)


def test_a_session_that_is_late_leaves_the_one_before_it_live() -> None:
    async def main() -> None:
        late = told(1, 4, 2.5)
        world = weekend(race(0, 0), late, at=timedelta(seconds=OVER))
        async with world.poller():
            began = await until_live(world, TWO, 4 * 3_600)
        # Its schedule said 2.5 h.
        assert began > 2.9 * 3_600

    virtual_time.run(main)


def test_a_cancelled_session_is_passed_over() -> None:
    async def main() -> None:
        seen = set()
        cancelled = told(1, 200, 2.5, is_cancelled=True)
        world = weekend(race(0, 0), cancelled, race(2, 4), at=timedelta(seconds=OVER))
        async with world.poller():
            for seconds in range(200, 3 * 3_600, 100):
                await world.until(seconds)
                seen.add(await live(world))
        assert seen == {ONE, THREE}

    virtual_time.run(main)


def test_a_cancellation_that_the_schedule_forgot_holds_nobody_up() -> None:
    async def main() -> None:
        forgotten = told(1, 200, 2.5)
        world = weekend(race(0, 0), forgotten, race(2, 4), at=timedelta(seconds=OVER))
        async with world.poller():
            began = await until_live(world, THREE, 4 * 3_600)
        assert began < 4 * 3_600 + 200

    virtual_time.run(main)


def test_a_message_that_is_repaired_is_amended_in_the_whole_log() -> None:
    async def main() -> None:
        world = weekend(race(0, 0), at=timedelta(seconds=3_000))
        async with world.poller() as poller:
            await world.until(300)
            before, length = await world.state(ONE), len(await world.log(ONE))
            assert poller.following is not None
            intake = poller.following[0].intake
            repaired, gone = intake.race.race_control[3], intake.race.race_control[5]
            rows = [
                replace(row, flag="CHEQUERED", driver_number=7) if row is repaired else row
                for row in intake.race.race_control
                if row is not gone
            ]
            # As when the source had repaired its table before the poller began.
            intake.race = replace(intake.race, race_control=tuple(rows))
            for seconds in range(310, 600, 10):
                await world.until(seconds)
                state, log = await world.state(ONE), await world.log(ONE)
                if state.session.log_revision > before.session.log_revision:
                    break
        assert state.session.log_revision > before.session.log_revision
        assert len(log) > length
        whole = RaceState()
        for record in log:
            if not record.keyframe:
                whole.MergeFromString(record.timing)
                whole.MergeFromString(record.history)
        assert [one.flag for one in whole.race_control if one.driver_number == 7]
        # What the tables hide was told all the same.
        told = [one.message for one in before.race_control].count(gone.message)
        assert [one.message for one in whole.race_control].count(gone.message) == told
        assert differences(whole, state) == []

    virtual_time.run(main)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_suspended_session_is_alive_by_its_news(recordings: Path, is_gone: bool) -> None:
    async def main() -> None:
        archive = load_recording(recordings / "2025-emilia-romagna-qualifying")
        # The red flag of the first phase is out from 14:05:48 to 14:20.
        start, faults = datetime(2025, 5, 17, 14, 4, tzinfo=UTC), Faults()
        if is_gone:
            gone_at = start + timedelta(minutes=5)
            faults = Faults(frozenset({"outage"}), outage_start=gone_at, outage_seconds=3_000)
        world = World(archive, start, speed=10.0, tier="sponsor", faults=faults)
        async with world.poller() as poller:
            await world.until(14 * 60)
            assert poller.following is not None
            assert poller.following[0].intake.phase is SessionPhase.SUSPENDED
            expected = FEED_CONDITION_DEAD if is_gone else FEED_CONDITION_ALIVE
            assert poller.feed_status().condition == expected

    virtual_time.run(main)


def test_a_race_that_nobody_ends_ends_by_itself_and_its_feed_is_idle() -> None:
    async def main() -> None:
        # An hour long by its schedule, and cut off in the middle of it.
        cut = _cut(race(0, 0), START + timedelta(minutes=45))
        world = World(Weekend((cut,)), START + timedelta(minutes=40), speed=600.0)
        async with world.poller() as poller:
            # A feed is dead after 20 s of the wall's, which are more than three hours here.
            await world.until(3.9 * 3_600)
            assert poller.feed_status().condition == FEED_CONDITION_DEAD
            await world.until(6 * 3_600)
            assert poller.feed_status().condition == FEED_CONDITION_IDLE
        clock = (await world.state(ONE)).clock
        assert (clock.phase, clock.evidence) == (SESSION_PHASE_ENDED, EVIDENCE_SILENCE)

    virtual_time.run(main)


def _cut(session: SessionTables, at: datetime) -> SessionTables:
    """Let nothing come to be seen after an instant."""
    last, tables = to_micros(at), {}
    for name, table in session.tables.items():
        tables[name] = table
        if name in SAMPLED:
            # They take long, and are none of it.
            del tables[name]
        elif isinstance(table, Table) and name != "sessions":
            shown = np.where(table.visible <= last, table.visible, NEVER)
            tables[name] = replace(table, shown=shown)
    return replace(session, tables=tables)
