"""What the positions tell of a car's driving and standing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Movement:
    """What the positions tell of a car."""

    last_seen_at: int
    last_moved_at: int
    pit_entry_at: int | None = None
