"""Lines of the official result, in the forms that they come in."""

from typing import Any

import pytest

from racetime_poller.encode import _result
from racetime_poller.sources.decode import decode


def told(text: str) -> dict[str, Any]:
    decoded = decode("session_result", f'[{{"session_key":9,"driver_number":1,{text}}}]'.encode())
    assert not decoded.set_aside
    message = _result(decoded.rows[0])
    return {field.name: value for field, value in message.ListFields()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '"duration":6126.304,"gap_to_leader":0',
            {"duration_millis": 6_126_304, "gap_to_leader_millis": 0},
        ),
        ('"duration":null,"gap_to_leader":"+2 LAPS"', {"gap_to_leader_laps": 2}),
        ('"gap_to_leader":"DNF","dnf":true', {"dnf": True}),
        ('"duration":null,"gap_to_leader":null', {}),
        (
            '"duration":[75.5,75.214,null],"gap_to_leader":[0.325,0.252,null]',
            {"phase_1_lap_millis": 75_500, "phase_2_lap_millis": 75_214},
        ),
        ('"duration":[null,null,null],"gap_to_leader":null', {}),
    ],
)
def test_a_result_is_told_as_far_as_it_goes(text: str, expected: dict[str, Any]) -> None:
    assert told(text) == expected
