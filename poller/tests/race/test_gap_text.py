"""Gaps as OpenF1 writes them."""

import pytest

from racetime_poller.race.gap_text import parse_distance
from racetime_poller.race.state import Distance


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        (None, None),
        (0.0, Distance(millis=0)),
        (41.019, Distance(millis=41_019)),
        ("0.5", Distance(millis=500)),
        ("+1:09.473", Distance(millis=69_473)),
        ("1:00.0", Distance(millis=60_000)),
        ("+1 LAP", Distance(laps=1)),
        ("+2 LAPS", Distance(laps=2)),
        ("1L", Distance(laps=1)),
        ("LAP 12", Distance(millis=0)),
        (" +1 lap ", Distance(laps=1)),
    ],
)
def test_a_gap_is_a_time_or_laps(text: float | str | None, distance: Distance | None) -> None:
    assert parse_distance(text) == distance


@pytest.mark.parametrize(
    "text", ["", "NaN", "Infinity", "-1.5", "1.2.3", "one lap", "+", -3.0, 1e300, float("nan")]
)
def test_nonsense_is_no_gap_and_never_zero(text: float | str) -> None:
    with pytest.raises(ValueError, match="not a gap"):
        parse_distance(text)
