"""Scheduled distances of races, which OpenF1 does not give.

Laps and lap lengths are those of the FIA's event documents for 2024 to 2026. A sprint runs the
fewest laps that exceed 100 km.
"""

import math

# OpenF1's circuit_short_name: laps of the Grand Prix, length of the lap in km.
_CIRCUITS: dict[str, tuple[int, float]] = {
    "Sakhir": (57, 5.412),
    "Jeddah": (50, 6.174),
    "Melbourne": (58, 5.278),
    "Suzuka": (53, 5.807),
    "Shanghai": (56, 5.451),
    "Miami": (57, 5.412),
    "Imola": (63, 4.909),
    "Monte Carlo": (78, 3.337),
    "Montreal": (70, 4.361),
    "Catalunya": (66, 4.657),
    "Spielberg": (71, 4.318),
    "Silverstone": (52, 5.891),
    "Spa-Francorchamps": (44, 7.004),
    "Hungaroring": (70, 4.381),
    "Zandvoort": (72, 4.259),
    "Monza": (53, 5.793),
    "Baku": (51, 6.003),
    "Singapore": (62, 4.940),
    "Kuala Lumpur": (56, 5.543),
    "Austin": (56, 5.513),
    "Mexico City": (71, 4.304),
    "Interlagos": (71, 4.309),
    "Las Vegas": (50, 6.201),
    "Lusail": (57, 5.419),
    "Yas Marina Circuit": (58, 5.281),
}


def scheduled_laps(circuit_short_name: str | None, session_name: str) -> int | None:
    """Return the scheduled laps of a race or sprint; None when the circuit is not in the table."""
    entry = _CIRCUITS.get(circuit_short_name or "")
    if entry is None:
        return None
    laps, length_km = entry
    if session_name == "Sprint":
        return math.floor(100 / length_km) + 1
    return laps if session_name == "Race" else None


def lap_length_meters(circuit_short_name: str | None) -> float | None:
    """Return the length of a lap; None when the circuit is not in the table."""
    entry = _CIRCUITS.get(circuit_short_name or "")
    return None if entry is None else round(entry[1] * 1000)
