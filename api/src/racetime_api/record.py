"""Hold an entry of a log, and choose among its lanes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from racetime.v1.update_record_pb2 import (
    LANE_HISTORY,
    LANE_MOTION,
    LANE_TELEMETRY,
    LANE_TIMING,
    UpdateRecord,
)

LANES = frozenset({LANE_TIMING, LANE_MOTION, LANE_HISTORY, LANE_TELEMETRY})


class Mark(NamedTuple):
    """How far a reader has got: the numbers of a record without its lanes."""

    sequence: int
    race_offset_millis: int
    published_offset_millis: int


@dataclass(frozen=True, slots=True)
class Record:
    """An entry of a log: its numbers, and its lanes as bytes that nobody here parses."""

    sequence: int
    race_offset_millis: int
    published_offset_millis: int
    keyframe: bool = False
    timing: bytes = b""
    motion: bytes = b""
    history: bytes = b""
    telemetry: dict[int, bytes] = field(default_factory=dict)
    # The same samples of all drivers in fewer bytes; empty where there is only the one by driver.
    telemetry_of_all: bytes = b""

    @property
    def mark(self) -> Mark:
        """The record's numbers."""
        return Mark(self.sequence, self.race_offset_millis, self.published_offset_millis)

    @property
    def size(self) -> int:
        """Bytes of all lanes."""
        telemetry = sum(map(len, self.telemetry.values())) + len(self.telemetry_of_all)
        return len(self.timing) + len(self.motion) + len(self.history) + telemetry


# The state before a log's first entry.
NOTHING = Record(0, 0, 0, keyframe=True)


def from_message(message: UpdateRecord) -> Record:
    """Take a record out of its message, each lane once."""
    return Record(
        message.sequence,
        message.race_offset_millis,
        message.published_offset_millis,
        message.keyframe,
        message.timing,
        message.motion,
        message.history,
        dict(message.telemetry),
        message.telemetry_of_all,
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lanes a reader wants, and whose telemetry (all when no driver is named).

    Readers with the same wish share one, so that it is found by being the same object.
    """

    timing: bool
    motion: bool
    history: bool
    telemetry: bool
    drivers: frozenset[int]
    # Whether each field is to stand in a message once, as JSON demands: merging is lost there.
    merged: bool = False
    # Whether updates say when they were published: those that a reader lets wait do not.
    stamped: bool = True

    @staticmethod
    def of(
        lanes: Iterable[int],
        drivers: Iterable[int] = (),
        *,
        merged: bool = False,
        stamped: bool = True,
    ) -> "Selection":
        """Choose lanes; drivers count with telemetry only, so that equal wishes are one."""
        chosen = frozenset(lanes)
        telemetry = LANE_TELEMETRY in chosen
        return _selection(
            LANE_TIMING in chosen,
            LANE_MOTION in chosen,
            LANE_HISTORY in chosen,
            telemetry,
            frozenset(drivers) if telemetry else frozenset(),
            merged,
            stamped,
        )

    def parts(self, records: Iterable[Record]) -> list[bytes]:
        """Give the chosen lanes of the records in order, without the empty ones."""
        parts: list[bytes] = []
        for record in records:
            if self.timing and record.timing:
                parts.append(record.timing)
            if self.motion and record.motion:
                parts.append(record.motion)
            if self.history and record.history:
                parts.append(record.history)
            if self.telemetry and record.telemetry:
                parts.extend(self._telemetry(record))
        return parts

    def _telemetry(self, record: Record) -> Sequence[bytes]:
        # JSON is read by who unpacks nothing cleverly.
        if record.telemetry_of_all and not self.drivers and not self.merged:
            return [record.telemetry_of_all]
        wanted = self.drivers or record.telemetry.keys()
        return [lane for driver, lane in record.telemetry.items() if lane and driver in wanted]


_selection = lru_cache(maxsize=1_024)(Selection)
EVERYTHING = Selection.of(LANES)
