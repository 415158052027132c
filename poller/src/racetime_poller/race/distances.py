"""Scheduled distances of races, which OpenF1 does not give.

Laps and lap lengths are those of the FIA's event documents for 2024 to 2026. A sprint runs the
fewest laps that exceed 100 km. Madrid's laps are those of Spain's tourist board (spain.info: 57);
its length is that of public compilations, no official source was at hand, and by the rule it makes
as many laps. Of a circuit that is not in the table the length is learned, and the rule tells them.
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
    "Madring": (57, 5.416),
    "Madrid": (57, 5.416),
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


# By the regulations no circuit is shorter, but Monaco's; none has been longer.
_SHORTEST_METERS, _LONGEST_METERS = 3_200.0, 7_500.0
# The fewest laps that exceed so many kilometres; Monaco, of which less is asked, is in the table.
_LEAST_KM = {"Race": 305, "Sprint": 100}


def scheduled_laps(circuit_short_name: str | None, session_name: str) -> int | None:
    """Return the scheduled laps of a race or sprint; None when the circuit is not in the table."""
    entry = _CIRCUITS.get(circuit_short_name or "")
    if entry is None:
        return None
    laps, length_km = entry
    if session_name == "Sprint":
        return laps_by_rule(length_km * 1000, session_name)
    return laps if session_name == "Race" else None


def laps_by_rule(lap_meters: float, session_name: str) -> int | None:
    """Return the laps that the rules ask of a race or sprint on a circuit of a length."""
    least_km = _LEAST_KM.get(session_name)
    if least_km is None or not _SHORTEST_METERS <= lap_meters <= _LONGEST_METERS:
        return None
    return math.floor(least_km * 1000 / lap_meters) + 1


def lap_length_meters(circuit_short_name: str | None) -> float | None:
    """Return the length of a lap; None when the circuit is not in the table."""
    entry = _CIRCUITS.get(circuit_short_name or "")
    return None if entry is None else round(entry[1] * 1000)
