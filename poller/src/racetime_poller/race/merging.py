"""Bring together what is known of a circuit from earlier sessions and what one session tells."""

from dataclasses import replace

import numpy as np

from racetime_poller.race.circuit import (
    OUTLINE_POINTS,
    Circuit,
    CircuitBasis,
    MarshalSector,
    begun_at,
    drawn,
)
from racetime_poller.race.corners import Corner
from racetime_poller.race.outline import Outline
from racetime_poller.race.pit_lane import PitLane

# So many laps that agree tell that a circuit is not what it was.
ENOUGH_TO_REPLACE = 3
# More laps than these count no more: the newest session always has some weight.
MOST_LAPS = 96
_MAX_LENGTH_ERROR = 0.03
# Outlines of one circuit are nearer to each other, nearly everywhere.
_SAME_LINE_DM = 150.0
_SAME_LINE_SHARE = 95


def merged(known: Circuit, learned: Circuit) -> Circuit:
    """Return the better circuit of both; the known one itself where it stays.

    Outlines that agree are averaged by the laps that they were learned from. A circuit that is
    another one now is replaced once enough laps agree on it.
    """
    if known.basis is CircuitBasis.SCHEMATIC:
        return learned
    if not agree(known.outline, learned.outline):
        return learned if learned.lap_count >= ENOUGH_TO_REPLACE else known
    if known.basis is not CircuitBasis.LEARNED or not known.lap_count:
        return joined(learned, known)
    share = learned.lap_count / (known.lap_count + learned.lap_count)
    outline, begin_dm = _between(known.outline, learned.outline, share)
    ends = _sector_ends(known, learned, share, begin_dm)
    laps = min(known.lap_count + learned.lap_count, MOST_LAPS)
    return joined(joined(drawn(outline, laps, ends), learned), known)


def agree(one: Outline, other: Outline) -> bool:
    """Tell whether two outlines are of the same circuit."""
    if abs(one.length_dm - other.length_dm) > _MAX_LENGTH_ERROR * one.length_dm:
        return False
    _, offset = one.locate(other.points)
    return float(np.percentile(offset, _SAME_LINE_SHARE)) <= _SAME_LINE_DM


def joined(circuit: Circuit, known: Circuit) -> Circuit:
    """Return a circuit with what else is known: its file, its pit lane, its sectors."""
    if known.source_url:
        circuit = with_file(circuit, known)
    found = circuit
    if circuit.pit_lane is None and known.pit_lane is not None:
        found = replace(found, pit_lane=laid(known.pit_lane, circuit.outline))
    if not circuit.sector_end_dm and known.sector_end_dm:
        ends = tuple(_moved(end, known.outline, circuit.outline) for end in known.sector_end_dm)
        found = replace(found, sector_end_dm=ends if ends == tuple(sorted(ends)) else ())
    return found


def with_file(circuit: Circuit, file: Circuit) -> Circuit:
    """Return a circuit with the corners, the marshalling sectors and the rotation of its file."""
    was, line = file.outline, circuit.outline
    corners = [Corner(one.number, _moved(one.distance_dm, was, line)) for one in file.corners]
    sectors = [
        MarshalSector(one.number, _moved(one.start_dm, was, line)) for one in file.marshal_sectors
    ]
    has_rotation = file.rotation_degrees is not None
    return replace(
        circuit,
        corners=tuple(corners) or circuit.corners,
        marshal_sectors=tuple(sectors) or circuit.marshal_sectors,
        rotation_degrees=file.rotation_degrees if has_rotation else circuit.rotation_degrees,
        source_url=file.source_url,
    )


def laid(lane: PitLane, outline: Outline) -> PitLane:
    """Return a pit lane whose ends are told along an outline."""
    along, _ = outline.locate(lane.points[[0, -1]])
    return PitLane(lane.points, float(along[0]), float(along[1]))


def _moved(distance_dm: float, was: Outline, line: Outline) -> float:
    """Return how far along a line the place is that was so far along another one."""
    along, _ = line.locate(was.point_at(distance_dm)[None, :])
    return float(along[0])


def _wrapped(distance_dm: float, length_dm: float) -> float:
    return (distance_dm + length_dm / 2) % length_dm - length_dm / 2


def _between(known: Outline, learned: Outline, share: float) -> tuple[Outline, float]:
    """Return the line between two, and how far along the known one it begins."""
    along, _ = known.locate(learned.points[:1])
    begin_dm = _wrapped(float(along[0]), known.length_dm) * share
    base = begun_at(known, begin_dm)
    distances, _ = learned.locate(base.points)
    points = base.points * (1 - share) + learned.point_at(distances) * share
    line = Outline.of(points)
    even = np.arange(OUTLINE_POINTS) * line.length_dm / OUTLINE_POINTS
    return Outline.of(line.point_at(even)), begin_dm


def _sector_ends(
    known: Circuit, learned: Circuit, share: float, begin_dm: float
) -> tuple[float, ...]:
    if len(known.sector_end_dm) != len(learned.sector_end_dm):
        return learned.sector_end_dm
    found = []
    for before, now in zip(known.sector_end_dm, learned.sector_end_dm, strict=True):
        there = _moved(now, learned.outline, known.outline)
        moved = _wrapped(there - before, known.outline.length_dm)
        found.append(before + moved * share - begin_dm)
    return tuple(found)
