"""What a log has told of positions and telemetry, so that a poller that goes on does not tell it
again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from racetime.samples import instants
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.encode import KEYFRAME_TAIL_MILLIS
from racetime_poller.intake import Intake


@dataclass(slots=True)
class Told:
    """Newest offsets by car, in milliseconds from the log's zero."""

    motion: dict[int, int] = field(default_factory=dict)
    telemetry: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def by(records: Iterable[UpdateRecord]) -> "Told":
        """Read what the records of a head tell; what cannot be read tells nothing."""
        told = Told()
        for record in records:
            for part in (record.motion, *record.telemetry.values()):
                try:
                    told._add(RaceState.FromString(part))
                except DecodeError:
                    continue
        return told

    def _add(self, state: RaceState) -> None:
        for batch in state.motion:
            last = instants(batch)[-1]
            for number in batch.driver_numbers:
                self.motion[number] = max(last, self.motion.get(number, last))
        for one in state.telemetry:
            last = instants(one)[-1]
            number = one.driver_number
            self.telemetry[number] = max(last, self.telemetry.get(number, last))

    def note(self, intake: Intake, origin_at: int) -> None:
        """Let an intake pass on only what is newer."""
        if self.motion:
            motion = _instants(self.motion, origin_at)
            # A head goes back so far at least: of a car that is not in it no more is expected.
            intake.motion.told_before = max(motion.values()) - KEYFRAME_TAIL_MILLIS
            intake.motion.told_of_cars = motion
        intake.telemetry.skip_until(_instants(self.telemetry, origin_at))


def _instants(offsets: Mapping[int, int], origin_at: int) -> dict[int, int]:
    return {number: origin_at + offset for number, offset in offsets.items()}
