"""Publish the log of one session: updates as things change, keyframes, the circuit, and the feed's
own state."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog

from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller import metrics
from racetime_poller.amend import Amendments, amend
from racetime_poller.circuits import CircuitKeeper
from racetime_poller.encode import (
    ORIGIN_BEFORE_START_MILLIS,
    PROVENANCES,
    Encoder,
    bounded,
    from_timestamp,
    session_message,
)
from racetime_poller.handover import Keeper
from racetime_poller.intake import Intake
from racetime_poller.news import News
from racetime_poller.publisher import Left, OpenLog, OutOfStep, Publisher, RedisError
from racetime_poller.race.derive import Picture
from racetime_poller.race.plausible import FARTHEST_MILLIS
from racetime_poller.sources.clock import SourceClock
from racetime_poller.spans import span
from racetime_poller.told import Told

log = structlog.get_logger()

_RETRY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0)
# Statuses and freshness change with time alone, so a picture is drawn at least so often, in
# wall-clock seconds.
_IDLE_SECONDS = 1.0
# A log that is so far ahead of the source's clock is of an earlier time that the race was played.
_REWOUND_MILLIS = 60_000


@dataclass(slots=True)
class Kept:
    """What outlives a broadcast: it is begun anew when Redis has lost or refused something."""

    # Since when there is something that Redis has not taken, in wall-clock seconds.
    unwritten_since: float | None = None
    # Where the log was left, while nobody else can have written it.
    left: Left | None = None
    circuits: dict[int, CircuitMessage] = field(default_factory=dict)

    def unwritten_seconds(self) -> float:
        """Return for how long something could not be written."""
        since = self.unwritten_since
        return 0.0 if since is None else time.monotonic() - since


@dataclass(slots=True)
class Broadcast:
    """The log of one session, from where it was left."""

    publisher: Publisher
    intake: Intake
    clock: SourceClock
    publish_interval_millis: int
    keyframe_interval_seconds: int
    kept: Kept = field(default_factory=Kept)
    # Keeps the race for who takes over.
    keeper: Keeper | None = None
    sequence: int = 0
    log_revision: int = 0
    # Tell it whenever the intake has something new; it is what `run` publishes by.
    news: News = field(default_factory=News)
    # Whether the session was named as the live one.
    named_live: asyncio.Event = field(default_factory=asyncio.Event)
    circuits: CircuitKeeper = field(init=False)
    _encoder: Encoder = field(init=False)
    _published_origin_at: int = 0
    _keyframe_at: int = 0
    _session: Session | None = None
    # Sequence of the last update that Redis has surely taken.
    _written: int = 0

    def __post_init__(self) -> None:
        self.circuits = CircuitKeeper(
            self.publisher, self.intake, self.kept.circuits, self._retried
        )

    @property
    def session_key(self) -> int:
        """Session that is published."""
        return self.intake.race.session.session_key

    async def open(self) -> None:
        """Claim the log and go on from its head, or begin it anew where that cannot be.

        Raises PublishError and redis.RedisError.
        """
        now_wall = int(time.time() * 1000)
        with self._writing():
            opened = await self._claim(now_wall // 1000 % 2**31)
        self.sequence = self._written = opened.sequence
        self.log_revision = opened.log_revision
        state = opened.state or RaceState()
        if opened.sequence > 0:
            origin_at = from_timestamp(state.session.origin_time)
            self._published_origin_at = from_timestamp(state.session.published_origin_time)
        else:
            origin_at = int(self.intake.race.session.date_start) - ORIGIN_BEFORE_START_MILLIS
            self._published_origin_at = now_wall
        self._encoder = Encoder(state, origin_at=origin_at)
        Told.by(opened.records).note(self.intake, origin_at)
        self._keyframe_at = 0
        await self.circuits.open()
        log.info("poller.log_opened", session_key=self.session_key, sequence=self.sequence)

    async def _claim(self, revision: int) -> OpenLog:
        opened = await self.publisher.open(self.session_key, revision, self.kept.left)
        reason = self._fault(opened)
        if reason is None:
            return opened
        log.warning("poller.log_begun_anew", session_key=self.session_key, reason=reason)
        begun = await self.publisher.begin(self.session_key, revision)
        return OpenLog(0, begun, None, RaceState())

    def _fault(self, opened: OpenLog) -> str | None:
        """Tell why a log cannot go on; None when it can.

        A race that is played again cannot: what was published of its end would not go away.
        """
        if opened.state is None:
            return "its head is lost"
        if opened.sequence == 0:
            return None
        known = opened.state.session
        if opened.last_at is None or not known.HasField("origin_time"):
            return "it does not say when it was"
        if known.provenance != PROVENANCES[self.clock.provenance]:
            return "it is of another source"
        if opened.last_at - self._now() > _REWOUND_MILLIS:
            return "the source's clock was set back"
        return None

    async def run(self) -> None:
        """Publish for ever. Raises PublishError."""
        interval = self.publish_interval_millis / 1000
        while True:
            begun = time.monotonic()
            await self.circuits.improve()
            await self.publish_once()
            await self.news.wait(begun, interval, _IDLE_SECONDS)

    async def publish_once(self) -> bool:
        """Publish what changed, if anything; return whether something did."""
        now = self._now()
        picture = self.intake.picture(now)
        if "race_control" in picture.told:
            await self._amend(self._encoder.amendments(picture.race))
        session = self._session_message(picture)
        update = self._encoder.update(
            picture,
            session,
            self.circuits.reference(),
            self.intake.motion.flush(),
            self.intake.telemetry.flush(),
        )
        if update is not None:
            await self._publish(now, update)
        elif self.keeper is not None and self.keeper.is_due:
            await self._hand_over()
        # All that is known is in the log: what an earlier broadcast could not write, too.
        self.kept.unwritten_since = None
        if session != self._session:
            await self._retried(lambda: self.publisher.set_live(session))
            self._session = session
            self.named_live.set()
        return update is not None

    async def publish_samples(self) -> None:
        """Publish positions and telemetry alone, and draw no picture."""
        update = self._encoder.samples(self.intake.motion.flush(), self.intake.telemetry.flush())
        if update is not None:
            await self._publish(self._now(), update)

    async def _publish(self, now: int, update: UpdateRecord) -> None:
        self.sequence += 1
        await self._hand_over()
        self._stamp(update, now)
        keyframe = None
        if abs(now - self._keyframe_at) >= self.keyframe_interval_seconds * 1000:
            keyframe = self._encoder.keyframe()
            self._stamp(keyframe, now)
            self._keyframe_at = now
        await self._write(now, update, keyframe)
        self._note_written()

    def _note_written(self) -> None:
        self._written = self.sequence
        self.kept.left = Left(self.session_key, self.sequence, self.log_revision)

    async def _hand_over(self) -> None:
        """Keep what the next update rests on, before it is written."""
        keeper = self.keeper
        if keeper is None:
            return
        with self._writing():
            await self._retried(lambda: keeper.keep(self.intake, self.sequence, self.log_revision))

    async def _amend(self, amendments: Amendments) -> None:
        """Write the log anew, with all that it holds, where merging cannot take back what it
        told."""
        if not amendments or self._written == 0:
            return
        key, revision = self.session_key, int(time.time()) % 2**31

        async def rewrite() -> None:
            amended = partial(amend, amendments=amendments)
            found = await self.publisher.rewrite(key, self.sequence, revision, amended)
            self.log_revision = found
            self._note_written()

        with self._writing():
            await self._retried(rewrite)
        self._encoder.amend(amendments)
        log.info("poller.log_amended", session_key=key, messages=len(amendments))

    async def check(self) -> None:
        """Look whether Redis still has the log, be there something to publish or not.

        Raises OutOfStep when it has not, and redis.RedisError.
        """
        written = self._written
        standing = await self.publisher.standing(self.session_key)
        # An update may have been written meanwhile.
        known = standing.sequence is not None and written <= standing.sequence <= self.sequence
        if written > 0 and not (known and standing.log_revision == self.log_revision):
            raise OutOfStep(f"log is at {standing.sequence}, not {written}")
        if not standing.live:
            self._session = None

    def _now(self) -> int:
        """Return the race's now; it stands still once no row can come any more.

        A session stays the latest for months, and a log's offsets hold 24 days.
        """
        return min(self.clock.now(), self.intake.race.session.date_start + FARTHEST_MILLIS)

    def _session_message(self, picture: Picture) -> Session:
        return session_message(
            picture,
            origin_at=self._encoder.origin_at,
            published_origin_at=self._published_origin_at,
            log_revision=self.log_revision,
            provenance=self.clock.provenance,
            speed=self.clock.speed,
        )

    def _stamp(self, record: UpdateRecord, now: int) -> None:
        record.sequence = self.sequence
        record.race_offset_millis = self._encoder.offset(now)
        published = int(time.time() * 1000) - self._published_origin_at
        record.published_offset_millis = bounded(published)

    async def _write(self, now: int, update: UpdateRecord, keyframe: UpdateRecord | None) -> None:
        begun = time.perf_counter()
        key, sequence = self.session_key, self.sequence
        with self._writing(), span("poller.publish", session_key=key, sequence=sequence):
            await self._retried(
                lambda: self.publisher.publish(
                    key, sequence, now, update, keyframe, self.log_revision
                )
            )
        metrics.PUBLISH_SECONDS.observe(time.perf_counter() - begun)
        metrics.UPDATES.inc()
        metrics.KEYFRAMES.inc(keyframe is not None)
        for lane in ("timing", "motion", "history"):
            metrics.BYTES.labels(lane).inc(len(getattr(update, lane)))
        telemetry = (*update.telemetry.values(), update.telemetry_of_all)
        metrics.BYTES.labels("telemetry").inc(sum(map(len, telemetry)))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Note since when something is unwritten; when it cannot be written, that stays noted."""
        before = self.kept.unwritten_since
        if before is None:
            self.kept.unwritten_since = time.monotonic()
        yield
        self.kept.unwritten_since = before

    async def _retried(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write, again and again while Redis is away: nothing that was encoded may be lost."""
        attempt = 0
        while True:
            try:
                await write()
            except RedisError as error:
                metrics.PUBLISH_FAILURES.inc()
                if attempt == 0:
                    log.warning("poller.redis_away", error=str(error))
                await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
                attempt += 1
            else:
                if attempt:
                    log.info("poller.redis_back", attempts=attempt)
                return
