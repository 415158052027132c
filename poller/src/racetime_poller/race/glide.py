"""Move a car on the map towards where it is held to be: along the circuit, never backwards, never
faster than a car."""

from math import exp

# Nothing on the map is faster, in decimetres a millisecond.
MAX_SPEED = 1.0
# A difference is made good in some such time.
_SETTLING_MILLIS = 2_500
# Who is behind hurries by so much; who is ahead slows down to such a share of its speed.
_HURRY = 0.3
_WAIT_SHARE = 0.25
# Who is so far behind hurries as much as a car can.
_FAR_DM = 4_000.0


def wrapped(distance_dm: float, length_dm: float) -> float:
    """Return the shorter of two ways round a closed line, backwards below zero."""
    return (distance_dm + length_dm / 2) % length_dm - length_dm / 2


def glide(shown_dm: float, held_dm: float, speed: float, millis: int, length_dm: float) -> float:
    """Return how far to show a car so long after it was shown somewhere.

    It is held to be elsewhere by now, and to drive at a speed in decimetres a millisecond.
    """
    usual = max(speed, 0.0) * millis
    behind = wrapped(held_dm - shown_dm - usual, length_dm)
    step = usual + behind * (1 - exp(-millis / _SETTLING_MILLIS))
    most = MAX_SPEED * millis
    if behind < _FAR_DM:
        most = min(most, usual + _HURRY * millis)
    return shown_dm + min(max(step, _WAIT_SHARE * usual), most)
