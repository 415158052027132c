"""Rain over a simulated race, and how wet the track is."""

from dataclasses import dataclass

import numpy as np

from racetime_simulator.madeup.incidents import Incidents

WETTING_SECONDS, DRYING_SECONDS = 150.0, 480.0
SINCE_LONG = -7200.0


@dataclass
class Rain:
    """When it falls, in seconds since lights out, and how wet the track is now, from 0 to 1."""

    showers: tuple[tuple[float, float], ...] = ()
    wetness: float = 0.0
    falls: bool = False

    def step(self, now: float, step: float) -> None:
        """Wet or dry the track."""
        self.falls = any(begin <= now < end for begin, end in self.showers)
        change = step / WETTING_SECONDS if self.falls else -step / DRYING_SECONDS
        self.wetness = min(1.0, max(0.0, self.wetness + change))


def draw_rain(incidents: Incidents, race_seconds: float, random: np.random.Generator) -> Rain:
    """Draw when it rains in a race that takes about so long."""
    showers: list[tuple[float, float]] = []
    early = race_seconds * random.uniform(0.06, 0.1)
    begin = race_seconds * random.uniform(0.42, 0.52)
    end = begin + min(random.uniform(600, 900), race_seconds * 0.25)
    if "wet-start" in incidents:
        showers.append((SINCE_LONG, early))
    if "rain" in incidents:
        showers.append((begin, end))
    return Rain(tuple(showers), 1.0 if "wet-start" in incidents else 0.0)
