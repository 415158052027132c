"""What happens in a made-up race, by name: drawn from its seed, or asked for."""

from typing import Literal, get_args

import numpy as np

Incident = Literal["sc", "vsc", "red", "rain", "wet-start", "yellow"]
INCIDENTS: tuple[Incident, ...] = get_args(Incident)
Incidents = frozenset[Incident]
NONE = "none"
CHANCES: dict[Incident, float] = {
    "vsc": 0.45,
    "red": 0.25,
    "rain": 0.25,
    "wet-start": 0.15,
    "yellow": 0.6,
}


def draw_incidents(seed: int) -> Incidents:
    """Draw what happens in the race of a seed: a safety car always, all else by chance."""
    random = np.random.default_rng([seed, 44])
    drawn = random.random(len(CHANCES))
    found = {name for name, one in zip(CHANCES, drawn, strict=True) if one < CHANCES[name]}
    return frozenset({"sc", *found})


def read_incidents(text: str) -> Incidents | None:
    """Read names, comma-separated; an empty text leaves it to the seed, `none` is nothing."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        return None
    if names == [NONE]:
        return frozenset()
    known = {name: name for name in INCIDENTS}
    for name in names:
        if name not in known:
            of = ", ".join([*INCIDENTS, f"or {NONE} alone"])
            raise ValueError(f"no such incident: {name} (of {of})")
    return frozenset(one for one in INCIDENTS if one in names)
