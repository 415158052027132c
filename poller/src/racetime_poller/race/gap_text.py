"""Read how far behind OpenF1 says a car is: seconds, or strings such as "+1 LAP"."""

import math
import re

from racetime_poller.race.state import Distance

_LAPS = re.compile(r"\+?\s*(\d{1,2})\s*L(?:AP)?S?$", re.IGNORECASE)
_CLOCK = re.compile(r"\+?(?:(\d{1,2}):)?(\d{1,4}(?:\.\d{1,6})?)$")
# A car that is further behind than this is not in the race any more; the number is a fault.
MAX_GAP_SECONDS = 4 * 3600


def parse_distance(value: float | str | None) -> Distance | None:
    """Return the distance that a gap names; None when it names none.

    Raises ValueError for what is no gap.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _parse_text(value.strip())
    return _from_seconds(value)


def _parse_text(text: str) -> Distance:
    if laps := _LAPS.match(text):
        return Distance(laps=int(laps[1]))
    if text.upper().startswith("LAP"):
        # F1 shows "LAP 12" in the leader's gap.
        return Distance(millis=0)
    if clock := _CLOCK.match(text):
        return _from_seconds(60 * int(clock[1] or 0) + float(clock[2]))
    raise ValueError(f"not a gap: {text!r}")


def _from_seconds(seconds: float) -> Distance:
    if not math.isfinite(seconds) or not 0 <= seconds <= MAX_GAP_SECONDS:
        raise ValueError(f"not a gap: {seconds!r}")
    return Distance(millis=round(seconds * 1000))
