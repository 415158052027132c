"""The race of the bench: updates of the made-up race at 1 Hz, made once by the poller's own code
and kept in a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.play import Play
from benchmarks.races import MADE_UP, Race, open_race
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime.v1.update_record_pb2 import UpdateRecord, UpdateRecords
from racetime_poller.settings import Settings
from racetime_poller.sources.schedule import PERIODS

CADENCE = "local"
INTERVAL_MILLIS = 1_000
# Race seconds that are in the log before the first viewer comes.
PAST_SECONDS = 300


@dataclass(frozen=True)
class Step:
    """One publish: an update, and sometimes the keyframe after it."""

    update: UpdateRecord
    keyframe: UpdateRecord | None

    @property
    def size_bytes(self) -> int:
        """Bytes of all lanes of the update, as a viewer of all gets them."""
        update = self.update
        lanes = (update.timing, update.motion, update.history, update.telemetry_of_all)
        return sum(map(len, lanes))


def make_steps(seconds: int, race: Race | None = None) -> list[Step]:
    """Play so many seconds of the race from lights out, one update a second."""
    steps: list[Step] = []

    def take(_now: int, update: UpdateRecord, keyframe: UpdateRecord | None) -> None:
        steps.append(Step(update, keyframe))

    settings = Settings(publish_interval_millis=INTERVAL_MILLIS)
    Play(race or open_race(MADE_UP), PERIODS[CADENCE], take, settings).run(seconds)
    return steps


def write_steps(path: Path, steps: Iterable[Step]) -> None:
    """Keep steps in a file, each update followed by its keyframe."""
    records = UpdateRecords()
    for step in steps:
        records.records.append(step.update)
        if step.keyframe is not None:
            records.records.append(step.keyframe)
    path.write_bytes(records.SerializeToString())


def read_steps(path: Path) -> list[Step]:
    """Read what write_steps wrote."""
    steps: list[Step] = []
    for record in UpdateRecords.FromString(path.read_bytes()).records:
        if record.keyframe:
            steps[-1] = Step(steps[-1].update, record)
        else:
            steps.append(Step(record, None))
    return steps


def session_of(steps: Iterable[Step]) -> Session:
    """Read the session out of the first update that tells it."""
    for step in steps:
        state = RaceState.FromString(step.update.timing)
        if state.session.session_key:
            return state.session
    raise ValueError("no update tells the session")
