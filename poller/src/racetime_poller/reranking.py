"""Places that change together: pushed one by one, they are let in as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from racetime_poller.race.rows import PositionRow

# What completes a change of places comes right after it; one that stays incomplete has a hole, and
# is let in after so long, in seconds of race time.
HOLD_SECONDS = 0.3


@dataclass(slots=True)
class Reranking:
    """Holds rows of `position` until no two cars are in one place because of them."""

    held: list[PositionRow] = field(default_factory=list)

    def add(
        self, rows: Sequence[PositionRow], known: Mapping[int, PositionRow]
    ) -> Sequence[PositionRow]:
        """Take rows; return all that may be let in now: those that are held, or none."""
        self.held.extend(rows)
        before = {number: row.position for number, row in known.items()}
        after = before | {row.driver_number: row.position for row in self.held}
        return () if _shared(after) > _shared(before) else self.release()

    def release(self) -> Sequence[PositionRow]:
        """Return what is held, be it complete or not."""
        rows, self.held = self.held, []
        return rows


def _shared(places: Mapping[int, int]) -> int:
    """Count the cars that are in a place with another one."""
    return len(places) - len(set(places.values()))
