"""Say how long to wait before trying again."""

from collections.abc import Callable


class Backoff:
    """Waits that double up to the longest, shortened by chance: replicas do not march in step."""

    def __init__(
        self, random: Callable[[], float], first_seconds: float = 0.05, longest_seconds: float = 1.0
    ) -> None:
        self._random = random
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds
        self._seconds = first_seconds

    def next_seconds(self) -> float:
        """Give the next wait."""
        seconds = self._seconds
        self._seconds = min(2 * seconds, self._longest_seconds)
        return seconds * (0.5 + self._random() / 2)

    def reset(self) -> None:
        """Begin anew after a success."""
        self._seconds = self._first_seconds
