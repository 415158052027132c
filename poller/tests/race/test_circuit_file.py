"""A circuit file is taken when it is whole, and refused with a reason when it is not."""

import json
from typing import Any

import pytest
from driven_field import circle

from racetime_poller.race.circuit import CircuitBasis
from racetime_poller.race.circuit_file import CircuitFileRefused, circuit_of_file

URL = "https://circuits.example/901"
OUTLINE = circle().outline


def mark(number: Any, distance_dm: float, aside: float = 1.01) -> dict[str, Any]:
    x, y = (OUTLINE.point_at(distance_dm) * aside).tolist()
    return {"number": number, "angle": 12.0, "trackPosition": {"x": x, "y": y}}


def document(**change: Any) -> bytes:
    points = OUTLINE.points[::4].round().astype(int)
    known = {
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "rotation": 44,
        "corners": [mark(2, 9_000), mark(1, 5_000)],
        "marshalSectors": [mark(1, 100), mark(2, 20_000)],
    }
    return json.dumps(known | change).encode()


def test_a_file_tells_outline_corners_marshal_sectors_and_rotation() -> None:
    circuit = circuit_of_file(document(), URL)
    assert (circuit.basis, circuit.source_url) == (CircuitBasis.IMPORTED, URL)
    assert circuit.outline.length_dm == pytest.approx(OUTLINE.length_dm, rel=0.001)
    assert [one.number for one in circuit.corners] == [1, 2]
    distances = [one.distance_dm for one in circuit.corners]
    assert distances == pytest.approx([5_000, 9_000], abs=60)
    assert [one.start_dm for one in circuit.marshal_sectors] == pytest.approx([100, 20_000], abs=60)
    assert circuit.rotation_degrees == 44


def test_marks_that_are_none_are_left_out() -> None:
    odd = [3, {}, mark("4", 0), mark(True, 0), mark(5, 0, aside=1.5), mark(0, 0), mark(6, 7_000)]
    circuit = circuit_of_file(document(corners=odd, marshalSectors=None, rotation="x"), URL)
    assert [one.number for one in circuit.corners] == [6]
    assert (circuit.marshal_sectors, circuit.rotation_degrees) == ((), None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"<html>", "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no object"),
        (document(x=None), "two lists"),
        (document(x=[1, 2]), "two lists"),
        (document(x=[1], y=[2]), "points"),
        (document(x=[0] * 60, y=[0] * 60), "long"),
        (document(x=["1"] * 60, y=[0] * 60), "places"),
        (document(x=[10**400] * 60, y=[0] * 60), "places"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_with_a_reason(text: bytes, reason: str) -> None:
    with pytest.raises(CircuitFileRefused, match=reason):
        circuit_of_file(text, URL)
