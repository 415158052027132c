"""Read the circuit file that a meeting names: a JSON object whose places are in the frame of the
cars' positions, in decimetres. Pure: text in, circuit or a reason out."""

import json
from math import isfinite
from typing import Any

import numpy as np

from racetime_poller.race.circuit import OUTLINE_POINTS, Circuit, CircuitBasis, MarshalSector
from racetime_poller.race.corners import Corner, find_corners
from racetime_poller.race.outline import Outline

_MIN_POINTS, _MAX_POINTS = 50, 20_000
# No circuit is shorter or longer.
_MIN_LENGTH_DM, _MAX_LENGTH_DM = 15_000.0, 150_000.0
_FARTHEST_DM = 1_000_000.0
# A corner or a marshalling sector lies beside the line.
_MAX_OFFSET_DM = 1_500.0
_MAX_NUMBER = 100


class CircuitFileRefused(Exception):
    """A circuit file that cannot be used; the message is the reason."""


def circuit_of_file(text: str | bytes, source_url: str) -> Circuit:
    """Return the circuit of a file. Raises CircuitFileRefused."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CircuitFileRefused("it is no JSON") from error
    if not isinstance(document, dict):
        raise CircuitFileRefused("it is no object")
    outline = _outline(document)
    corners = [Corner(number, at) for number, at in _marks(document, "corners", outline)]
    sectors = _marks(document, "marshalSectors", outline)
    rotation = _number(document.get("rotation"))
    return Circuit(
        outline,
        0,
        corners=tuple(corners) or find_corners(outline),
        rotation_degrees=rotation,
        marshal_sectors=tuple(MarshalSector(number, at) for number, at in sectors),
        basis=CircuitBasis.IMPORTED,
        source_url=source_url,
    )


def _outline(document: dict[str, Any]) -> Outline:
    xs, ys = document.get("x"), document.get("y")
    if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys):
        raise CircuitFileRefused("x and y are not two lists as long as each other")
    if not _MIN_POINTS <= len(xs) <= _MAX_POINTS:
        raise CircuitFileRefused(f"an outline of {len(xs)} points is none")
    places = [_place(x, y) for x, y in zip(xs, ys, strict=True)]
    if any(place is None for place in places):
        raise CircuitFileRefused("not all points of the outline are places")
    points = np.array(places, dtype=np.float64)
    closed = Outline.of(points[np.any(points != np.roll(points, 1, axis=0), axis=1)])
    if not _MIN_LENGTH_DM <= closed.length_dm <= _MAX_LENGTH_DM:
        raise CircuitFileRefused(f"no circuit is {closed.length_dm / 10:.0f} m long")
    distances = np.arange(OUTLINE_POINTS) * closed.length_dm / OUTLINE_POINTS
    return Outline.of(closed.point_at(distances))


def _marks(document: dict[str, Any], name: str, outline: Outline) -> list[tuple[int, float]]:
    """Return numbers and distances of marks beside the line; those that are none are left out."""
    listed = document.get(name)
    found: dict[int, float] = {}
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("trackPosition"), dict):
            continue
        number, place = one.get("number"), one["trackPosition"]
        at = _place(place.get("x"), place.get("y"))
        if at is None or not isinstance(number, int) or isinstance(number, bool):
            continue
        if not 0 < number <= _MAX_NUMBER or number in found:
            continue
        along, offset = outline.locate(np.array([at], dtype=np.float64))
        if offset[0] <= _MAX_OFFSET_DM:
            found[number] = float(along[0])
    return sorted(found.items())


def _place(x: object, y: object) -> tuple[float, float] | None:
    first, second = _number(x), _number(y)
    if first is None or second is None or max(abs(first), abs(second)) > _FARTHEST_DM:
        return None
    return first, second


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None
