"""Where the cars are at some instants."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from racetime_simulator.madeup.circuit import Floats

Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]

GONE_SECONDS = 90.0
"""A car that stopped has no more fix after this."""


@dataclass(frozen=True)
class Motion:
    """Where each car is, and how fast, at some instants: samples x cars."""

    meters: Floats
    aside: Floats
    kph: Floats
    accel: Floats
    gone: Bools
