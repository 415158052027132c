"""A made-up race has a matter before the stewards, and what they say is what happened."""

import re
from datetime import UTC, datetime

import pytest

from racetime_simulator.madeup.session import session_rows_of, tell_race

START = datetime(2026, 5, 3, 13, tzinfo=UTC)


@pytest.mark.parametrize("seed", [1, 4])
def test_a_penalty_is_noted_decided_and_served_at_a_stop(seed: int) -> None:
    rows = session_rows_of(tell_race(seed, 0, START))
    said = [row for row in rows["race_control"] if " - LEAVING THE TRACK" in row["message"]]
    words = ("NOTED", "UNDER INVESTIGATION", "FIA STEWARDS: 5 SECOND", "PENALTY SERVED")
    assert len(said) == len(words)
    assert all(word in row["message"] for word, row in zip(words, said, strict=True))
    number = int(re.findall(r"CAR (\d+)", said[-1]["message"])[0])
    stops = [row for row in rows["pit"] if row["driver_number"] == number]
    served = [row for row in stops if row["stop_duration"] > 6.5]
    assert [row["lap_number"] for row in served] != []
    assert said[2]["date"] < served[0]["date"]
    assert abs(said[3]["lap_number"] - served[0]["lap_number"]) <= 2


def test_the_default_race_has_a_safety_car_too() -> None:
    messages = {row["message"] for row in session_rows_of(tell_race(1, 0, START))["race_control"]}
    assert {"SAFETY CAR DEPLOYED", "SAFETY CAR IN THIS LAP", "TRACK CLEAR"} <= messages
