"""Turn circuits into messages and back."""

from typing import Any

import numpy as np

from racetime.v1.track_pb2 import CIRCUIT_BASIS_LEARNED
from racetime.v1.track_pb2 import Circuit as CircuitMessage
from racetime_poller.race.circuit import Circuit, Outline


def circuit_message(circuit: Circuit, session_row: Any, revision: int) -> CircuitMessage:
    """Return a learned circuit as the contract has it."""
    points = circuit.outline.points.round().astype(int)
    return CircuitMessage(
        circuit_key=session_row.circuit_key or 0,
        circuit_short_name=session_row.circuit_short_name or "",
        revision=revision,
        basis=CIRCUIT_BASIS_LEARNED,
        lap_count=circuit.lap_count,
        session_key=session_row.session_key,
        length_meters=circuit.outline.length_dm / 10,
        x_decimeters=points[:, 0].tolist(),
        y_decimeters=points[:, 1].tolist(),
        sector_end_meters=[end / 10 for end in circuit.sector_end_dm],
    )


def circuit_of(message: CircuitMessage) -> Circuit | None:
    """Return a circuit that was kept; None when it has no outline."""
    if len(message.x_decimeters) < 3 or len(message.x_decimeters) != len(message.y_decimeters):
        return None
    points = np.column_stack([message.x_decimeters, message.y_decimeters]).astype(np.float64)
    ends = tuple(end * 10 for end in message.sector_end_meters)
    return Circuit(Outline.of(points), message.lap_count, ends)
