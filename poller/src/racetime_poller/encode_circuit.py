"""Turn circuits into messages and back."""

from math import isfinite
from typing import Any

import numpy as np

from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime.v1.track_pb2 import CircuitBasis as MessageBasis
from racetime.v1.track_pb2 import Corner as CornerMessage
from racetime.v1.track_pb2 import MarshalSector as MarshalSectorMessage
from racetime_poller.race.circuit import (
    Circuit,
    CircuitBasis,
    Corner,
    MarshalSector,
    Outline,
    PitLane,
    Points,
)


def circuit_message(circuit: Circuit | None, session_row: Any, revision: int) -> CircuitMessage:
    """Return a circuit as the contract has it; None is one of which nothing is known any more."""
    message = CircuitMessage(
        circuit_key=session_row.circuit_key or 0,
        circuit_short_name=session_row.circuit_short_name or "",
        revision=revision,
    )
    if circuit is None:
        return message
    if circuit.lap_count:
        message.lap_count = circuit.lap_count
        message.session_key = session_row.session_key
    message.basis = MessageBasis.ValueType(circuit.basis)
    message.length_meters = circuit.outline.length_dm / 10
    xs, ys = _axes(circuit.outline.points)
    message.x_decimeters.extend(xs)
    message.y_decimeters.extend(ys)
    message.source_url = circuit.source_url
    if circuit.rotation_degrees is not None:
        message.rotation_degrees = circuit.rotation_degrees
    message.sector_end_meters.extend(end / 10 for end in circuit.sector_end_dm)
    message.corners.extend(
        CornerMessage(number=one.number, distance_meters=one.distance_dm / 10)
        for one in circuit.corners
    )
    message.marshal_sectors.extend(
        MarshalSectorMessage(number=one.number, start_distance_meters=one.start_dm / 10)
        for one in circuit.marshal_sectors
    )
    if circuit.pit_lane is not None:
        _set_pit_lane(message, circuit.pit_lane)
    return message


def _axes(points: Points) -> tuple[list[int], list[int]]:
    whole = points.round().astype(int)
    return whole[:, 0].tolist(), whole[:, 1].tolist()


def _set_pit_lane(message: CircuitMessage, lane: PitLane) -> None:
    xs, ys = _axes(lane.points)
    message.pit_lane_x_decimeters.extend(xs)
    message.pit_lane_y_decimeters.extend(ys)
    message.pit_lane_end_meters.extend((lane.entry_dm / 10, lane.exit_dm / 10))


def circuit_of(message: CircuitMessage) -> Circuit | None:
    """Return a circuit that was kept; None when it has no outline."""
    points = _points(message.x_decimeters, message.y_decimeters)
    if points is None or len(points) < 3:
        return None
    outline = Outline.of(points)
    if not outline.length_dm > 0:
        return None
    known = {one.value for one in CircuitBasis}
    has_rotation = message.HasField("rotation_degrees") and isfinite(message.rotation_degrees)
    return Circuit(
        outline,
        message.lap_count,
        tuple(end * 10 for end in message.sector_end_meters),
        _pit_lane(message),
        tuple(Corner(one.number, one.distance_meters * 10) for one in message.corners),
        message.rotation_degrees if has_rotation else None,
        tuple(
            MarshalSector(one.number, one.start_distance_meters * 10)
            for one in message.marshal_sectors
        ),
        CircuitBasis(int(message.basis))
        if int(message.basis) in known
        else CircuitBasis.UNSPECIFIED,
        message.source_url,
    )


def _points(xs: Any, ys: Any) -> Points | None:
    if len(xs) != len(ys):
        return None
    return np.column_stack([xs, ys]).astype(np.float64).reshape(-1, 2)


def _pit_lane(message: CircuitMessage) -> PitLane | None:
    points = _points(message.pit_lane_x_decimeters, message.pit_lane_y_decimeters)
    if points is None or len(points) < 2 or len(message.pit_lane_end_meters) != 2:
        return None
    entry, leave = message.pit_lane_end_meters
    return PitLane(points, entry * 10, leave * 10)
