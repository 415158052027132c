"""Which cars are in the pits, by where they are and how slowly they go."""

from dataclasses import dataclass, field

from racetime_poller.race.outline import Floats
from racetime_poller.race.samples import Samples

_PIT_SPEED_DM_PER_MILLI = 0.25
_PIT_OFFSET_DM = 80.0
# The pit lane lies beside the start line: at most this share of the lap before and behind it.
_PIT_SHARE = 0.12
_PIT_SAMPLES = 6


@dataclass(slots=True)
class PitWatch:
    """Keeps since when each car is in the pits."""

    entry_at: dict[int, int] = field(default_factory=dict)
    # Samples in a row that look like it: how many, and the first one's instant.
    _seen: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, samples: Samples, speeds: Floats, offsets: Floats, shares: Floats) -> None:
        """Take in samples in order: how fast each was reached, and where beside the line it is."""
        near_line = (shares < _PIT_SHARE) | (shares > 1 - _PIT_SHARE)
        found = (speeds < _PIT_SPEED_DM_PER_MILLI) & (offsets > _PIT_OFFSET_DM) & near_line
        watched = [*self._seen]
        if not watched and not found.any():
            return
        told = found.copy()
        for number in watched:
            told |= samples.drivers == number
        own = samples.only(told)
        columns = (own.drivers.tolist(), own.instants.tolist(), found[told].tolist())
        for number, at, looks_like_it in zip(*columns, strict=True):
            self._count(number, at, looks_like_it)

    def _count(self, number: int, at: int, looks_like_it: bool) -> None:
        if not looks_like_it:
            self._seen.pop(number, None)
            self.entry_at.pop(number, None)
            return
        count, first_at = self._seen.get(number, (0, at))
        self._seen[number] = count + 1, first_at
        if count + 1 >= _PIT_SAMPLES:
            self.entry_at.setdefault(number, first_at)
