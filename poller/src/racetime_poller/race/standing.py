"""Cars that stand on the map: since when, and whether it is their positions that are frozen."""

from dataclasses import dataclass, field

import numpy as np

from racetime_poller.race.reduce import MAX_DRIVER_NUMBER
from racetime_poller.race.samples import Flags, Integers

# No car that is so fast stands the moment after; not several at once.
FAST_DM_PER_MILLI = 0.2
_FROZEN_MILLIS = 2_500
_FROZEN_CARS = 3
_AT_ONCE_MILLIS = 1_000


def table() -> Integers:
    """Return a number for each driver."""
    return np.zeros(MAX_DRIVER_NUMBER + 1, dtype=np.int64)


@dataclass(slots=True)
class Standing:
    """Keeps who stands where, and who is not believed to."""

    # Since when each car stands in the very same place, and whether it was fast until then.
    since: Integers = field(default_factory=table)
    _was_fast: Flags = field(default_factory=lambda: table() > 0)
    # Cars whose positions stand still though they drive: where they stand.
    frozen: dict[int, tuple[int, int]] = field(default_factory=dict)

    def moved(self, drivers: Integers, instants: Integers, fast: Flags) -> None:
        """Note that cars came to another place. Of several samples of a car the last one stays."""
        self.since[drivers] = instants
        self._was_fast[drivers] = fast

    def stopped_at_once(self, last_at: Integers) -> list[int]:
        """Return the cars that stopped dead, and not alone."""
        standing = self._was_fast & (last_at - self.since >= _FROZEN_MILLIS)
        since = self.since[standing]
        return [
            number
            for number in np.flatnonzero(standing).tolist()
            if np.sum(np.abs(since - self.since[number]) <= _AT_ONCE_MILLIS) >= _FROZEN_CARS
        ]
