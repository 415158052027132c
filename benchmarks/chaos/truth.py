"""The truth: the log in Redis, read as it grows; what viewers hold is held against it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from redis import Redis

from benchmarks.chaos.held import Held
from benchmarks.fanout.truth import canonical
from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord

_COUNT = 1000


@dataclass
class Truth:
    """The live session's log as far as it was read."""

    redis_url: str
    log_revision: int = 0
    sequence: int = 0
    # Since when the log is told under another revision, or anew.
    revisions: int = 0
    _state: RaceState = field(default_factory=RaceState)
    _samples: dict[int, int] = field(default_factory=dict)
    _last_id: str = "-"

    def check(self, viewers: Iterable[Held]) -> list[str]:
        """Read on, and answer what is wrong with what viewers hold, each at its own sequence."""
        by_sequence: dict[int, list[Held]] = {}
        faults: list[str] = []
        records = self._read()
        for one in viewers:
            if one.log_revision != self.log_revision:
                faults.append(f"{one.way}: revision {one.log_revision}, not {self.log_revision}")
            elif one.sequence < self.sequence:
                # They are read after the log was: who is behind by then never got on.
                faults.append(f"{one.way}: stays at {one.sequence}, the log was at {self.sequence}")
            else:
                by_sequence.setdefault(one.sequence, []).append(one)
        faults += self._compare(by_sequence.pop(self.sequence, []))
        for record in records:
            if record.keyframe:
                continue
            if record.sequence != self.sequence + 1:
                faults.append(f"the log: {self.sequence} is followed by {record.sequence}")
            self._merge(record)
            faults += self._compare(by_sequence.pop(record.sequence, []))
        return faults + [f"viewers at {at}, where there is no log" for at in by_sequence]

    def newest_revision(self) -> int:
        """Read the log's revision."""
        with Redis.from_url(self.redis_url, legacy_responses=False) as redis:
            key = int(redis.get(keys.LIVE) or 0)
            return int(redis.hget(keys.meta(key), keys.META_LOG_REVISION) or 0)

    def _read(self) -> list[UpdateRecord]:
        """Read what was not read yet; all, where the log has another revision."""
        records: list[UpdateRecord] = []
        with Redis.from_url(self.redis_url, legacy_responses=False) as redis:
            key, revision = int(redis.get(keys.LIVE) or 0), self.newest_revision()
            if revision != self.log_revision:
                self.revisions += 1
                self.log_revision, self.sequence, self._last_id = revision, 0, "-"
                self._state, self._samples = RaceState(), {0: 0}
            while rows := redis.xrange(keys.log(key), self._last_id, count=_COUNT):
                records += (UpdateRecord.FromString(row[keys.RECORD_FIELD]) for _, row in rows)
                self._last_id = f"({rows[-1][0].decode()}"
        return records

    def _merge(self, record: UpdateRecord) -> None:
        for lane in (record.timing, record.history):
            self._state.MergeFromString(lane)
        motion = RaceState.FromString(record.motion).motion
        count = sum(len(one.x_curve_decimeters) for one in motion)
        self._samples[record.sequence] = self._samples[self.sequence] + count
        self.sequence = record.sequence

    def _compare(self, viewers: list[Held]) -> list[str]:
        truth = canonical(self._state) if viewers else b""
        faults = []
        for one in viewers:
            if canonical(one.state) != truth:
                faults.append(f"{one.way}: another state than the log's at {self.sequence}")
            elif one.samples_since is not None:
                joined_at, counted = one.samples_since
                if counted != (due := self._samples[self.sequence] - self._samples[joined_at]):
                    faults.append(f"{one.way}: {counted} samples of {due}")
        return faults
