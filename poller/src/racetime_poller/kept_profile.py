"""Write the profile of a circuit's laps as bytes, always as many, and read it back."""

import struct

import numpy as np

from racetime_poller.race.lap_profiles import ENOUGH_LAPS, Learned
from racetime_poller.race.profile import PROFILE_STEPS, Profile

# Laps, start of the line, its length in decimetres, milliseconds of a lap.
_HEADER = struct.Struct("<H4f")
_SHARES = np.dtype("<f4")
_SIZE = _HEADER.size + (PROFILE_STEPS + 1) * _SHARES.itemsize
_SHORTEST_MILLIS, _LONGEST_MILLIS = 20_000.0, 600_000.0


def profile_bytes(learned: Learned) -> bytes:
    """Return a profile as it is kept."""
    profile = learned.profile
    head = (learned.lap_count, *learned.start, learned.length_dm, profile.lap_millis)
    return _HEADER.pack(*head) + profile.times.astype(_SHARES).tobytes()


def profile_of(data: bytes) -> Learned | None:
    """Return a profile that was kept; None when it is none."""
    if len(data) != _SIZE:
        return None
    lap_count, x, y, length_dm, lap_millis = _HEADER.unpack_from(data)
    times = np.frombuffer(data, _SHARES, offset=_HEADER.size).astype(np.float64)
    is_profile = np.isfinite(times).all() and bool((np.diff(times) >= 0).all())
    has_ends = times[0] == 0.0 and times[-1] == 1.0
    is_lap = 1 <= lap_count <= ENOUGH_LAPS and _SHORTEST_MILLIS <= lap_millis <= _LONGEST_MILLIS
    if not (is_profile and has_ends and is_lap and np.isfinite((x, y, length_dm)).all()):
        return None
    return Learned(Profile(times, lap_millis), lap_count, (x, y), length_dm)
