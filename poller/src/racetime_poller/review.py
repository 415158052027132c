"""Read again what is told of sessions that are over: results change for hours and days, and rows
are repaired.

It is done for the sessions of this meeting and the last one, some while after each, from what the
live session leaves of the request budget. How often each was read is kept in Redis.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.asker import Asker
from racetime_poller.correction import Correction, correction_of
from racetime_poller.encode import PROVENANCES, Encoder, bounded, from_timestamp
from racetime_poller.intake import Intake
from racetime_poller.publisher import Fenced, OpenLog, Publisher, PublishError, RedisError
from racetime_poller.race.plausible import FARTHEST_MILLIS
from racetime_poller.race.rows import SessionRow
from racetime_poller.sources.decode import Decoded, decode
from racetime_poller.sources.errors import SourceError

log = structlog.get_logger()

# So long after its scheduled end a session is read again, in milliseconds.
REVIEWS_MILLIS = tuple(hours * 3_600_000 // 2 for hours in (1, 4, 12, 48, 144))
# It is looked so often whether one is due, in seconds of race time; after a failure less often.
LOOK_SECONDS = 60.0
_RETRY_SECONDS = 600.0
_MEETINGS = 2
# How long a session may be of which the schedule gives no end.
_LENGTH_MILLIS = 2 * 3_600_000
_TABLES = ("drivers", "position", "laps", "stints", "pit", "race_control", "session_result")
_IN_RACES = ("overtakes",)
_BY_MEETING = ("meetings", "starting_grid")


class RebuildFailed(Exception):
    """A log could not be built anew."""


@dataclass(slots=True)
class Review:
    """What is planned for a session that is over, and what was done."""

    session_key: int
    done_count: int
    # When it is read next, in epoch milliseconds of race time; None when never.
    due_at: int | None
    outcome: str = ""


@dataclass(slots=True)
class Reviewer:
    """Reviews sessions that are over, one after the other."""

    publisher: Publisher
    asker: Asker
    # The session that is followed, which needs no review.
    following: Callable[[], SessionRow]
    # Whether it is on: then nothing is built.
    is_on: Callable[[], bool]
    # Builds the log of a session anew. Raises RebuildFailed, SourceError and RedisError.
    rebuild: Callable[[int], Awaitable[None]] | None = None
    # By session; outlives the reviewer.
    reviews: dict[int, Review] = field(default_factory=dict)

    async def run(self) -> None:
        """Review for ever. Raises Fenced."""
        while True:
            pause = LOOK_SECONDS
            try:
                await self.look()
            except Fenced:
                raise
            except (SourceError, RedisError, PublishError, RebuildFailed) as error:
                log.warning("poller.review_failed", error=str(error))
                pause = _RETRY_SECONDS
            await self._sleep(pause)

    async def _sleep(self, seconds: float) -> None:
        clock = self.asker.clock
        end = clock.seconds() + seconds
        while (left := end - clock.seconds()) > 0:
            await clock.sleep(left)

    async def look(self) -> None:
        """Review the session that has been due for the longest, if any is."""
        now, done = self.asker.clock.now(), await self.publisher.reviewed()
        sessions = self._recent(await self.publisher.listed(), now)
        for key in self.reviews.keys() - sessions.keys():
            del self.reviews[key]
        for key, session in sessions.items():
            self._plan(session, done.get(key, 0))
        due = [one for one in self.reviews.values() if one.due_at is not None]
        first = min(due, key=lambda one: (one.due_at or 0, one.session_key), default=None)
        if first is not None and (first.due_at or 0) <= now:
            await self._review(sessions[first.session_key], first)

    def _recent(self, sessions: Sequence[Session], now: int) -> Mapping[int, Session]:
        """Return the sessions of this meeting and the last one that may be over."""
        own = PROVENANCES[self.asker.clock.provenance]
        begun = [
            one
            for one in sessions
            if one.provenance == own and from_timestamp(one.scheduled_start_time) <= now
        ]
        starts: dict[int, int] = {}
        for one in begun:
            start = from_timestamp(one.scheduled_start_time)
            starts[one.meeting_key] = max(start, starts.get(one.meeting_key, 0))
        newest = sorted(starts, key=lambda key: starts[key])[-_MEETINGS:]
        followed = self.following().session_key
        return {
            one.session_key: one
            for one in begun
            if one.meeting_key in newest and one.session_key != followed
        }

    def _plan(self, session: Session, done: int) -> None:
        review = self.reviews.setdefault(session.session_key, Review(session.session_key, 0, None))
        review.done_count = done
        review.due_at = None
        if done < len(REVIEWS_MILLIS):
            review.due_at = _ended_at(session) + REVIEWS_MILLIS[done]

    async def _review(self, session: Session, review: Review) -> None:
        key, now = session.session_key, self.asker.clock.now()
        intake = await self._read(key)
        if self.following().session_key == key:
            return
        review.outcome = await self._correct(intake) if intake else "the source does not know it"
        # What was missed while nobody looked is made up for at once.
        passed = sum(_ended_at(session) + one <= now for one in REVIEWS_MILLIS)
        await self.publisher.set_reviewed(key, passed)
        self._plan(session, passed)
        log.info("poller.reviewed", session_key=key, count=passed, outcome=review.outcome)

    async def _read(self, key: int) -> Intake | None:
        """Read the tables of a session; None when the source does not know it."""
        now, by_key = self.asker.clock.now(), {"session_key": key}
        sessions = await self._ask("sessions", by_key)
        rows: list[SessionRow] = [row for row in sessions.rows if row.session_key == key]
        if not rows:
            return None
        intake = Intake.of(rows[-1], self.asker.clock.total_laps.get(str(key)))
        by_meeting = {"meeting_key": rows[-1].meeting_key}
        racing = _IN_RACES if intake.race.is_race else ()
        for endpoint in (*_BY_MEETING, *_TABLES, *racing):
            params = by_meeting if endpoint in _BY_MEETING else by_key
            intake.apply(endpoint, await self._ask(endpoint, params), now)
        return intake

    async def _ask(self, endpoint: str, params: Mapping[str, int]) -> Decoded:
        rows = await self.asker.ask(endpoint, params, bulk=True)
        return decode(endpoint, b"[" + b",".join(rows) + b"]")

    async def _correct(self, intake: Intake) -> str:
        """Write what the rows say otherwise than the log; tell what was done."""
        key = intake.race.session.session_key
        opened = await self.publisher.open(key, int(time.time()) % 2**31)
        told = opened.state
        if told is None or not opened.sequence or not told.session.HasField("origin_time"):
            return "there is no log"
        encoder = Encoder(told, origin_at=from_timestamp(told.session.origin_time))
        start = int(intake.race.session.date_start)
        now = min(self.asker.clock.now(), start + FARTHEST_MILLIS)
        before = RaceState()
        before.CopyFrom(told)
        picture = intake.picture(now)
        found = correction_of(encoder.update(picture, told.session, None, (), ()), before)
        amended = bool(encoder.amendments(intake.race))
        if (found.repaired or amended) and self.rebuild is not None:
            if self.is_on():
                raise RebuildFailed("a session is on: the log is built anew after it")
            await self.rebuild(key)
            what = ", ".join((*found.repaired, *(["amended messages"] if amended else [])))
            return f"built anew, for {what}"
        if found.update is None:
            return "nothing has changed"
        await self._append(key, opened, encoder, found, now)
        return "corrected"

    async def _append(
        self, key: int, opened: OpenLog, encoder: Encoder, found: Correction, now: int
    ) -> None:
        assert opened.state is not None
        assert found.update is not None
        sequence, update = opened.sequence + 1, found.update
        published_origin_at = from_timestamp(opened.state.session.published_origin_time)
        whole = RaceState()
        whole.CopyFrom(opened.state)
        whole.MergeFromString(update.timing)
        whole.MergeFromString(update.history)
        keyframe = Encoder(whole, origin_at=encoder.origin_at).keyframe()
        for record in (update, keyframe):
            _stamp(record, sequence, encoder.offset(now), published_origin_at)
        await self.publisher.publish(key, sequence, now, update, keyframe)


def _stamp(record: UpdateRecord, sequence: int, offset: int, published_origin_at: int) -> None:
    record.sequence = sequence
    record.race_offset_millis = offset
    record.published_offset_millis = bounded(int(time.time() * 1000) - published_origin_at)


def _ended_at(session: Session) -> int:
    """Return when a session was to end, in epoch milliseconds."""
    if session.HasField("scheduled_end_time"):
        return from_timestamp(session.scheduled_end_time)
    return from_timestamp(session.scheduled_start_time) + _LENGTH_MILLIS
