"""What can be done to the parts, in an order that a seed decides, and what viewers may notice."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# At once, by itself again: SIGKILL, SIGTERM. For a while: SIGSTOP; a fifth of a core; connections
# reset and refused; packets lost without a word, as when a machine is gone.
SUDDEN = ("kill", "restart")
STOPPED = ("pause", "starve")
PARTED = ("cut", "black hole")
EVERY = (*SUDDEN, *STOPPED, *PARTED)
# What each part suffers. Viewers come straight to the gateway, and the page is no part of a watch.
KINDS: Mapping[str, Sequence[str]] = {
    "api": EVERY,
    "poller": EVERY,
    "standby": EVERY,
    "redis": EVERY,
    "simulator": EVERY,
    "gateway": (*SUDDEN, *STOPPED),
    "page": (*SUDDEN, *STOPPED),
    "two": ("kill",),
}
# For so long viewers may have no news, beyond how long a part without another one is away.
TARGET_SECONDS: Mapping[str, float] = {
    "api": 2.0,
    "poller": 5.0,
    "standby": 2.0,
    "redis": 5.0,
    "simulator": 8.0,
    "gateway": 3.0,
    "page": 2.0,
    "two": 5.0,
}
# A replica that does not end but answers no more is found out by the gateway's checks.
FOUND_OUT_SECONDS = 5.0
_ALONE = frozenset({"redis", "simulator", "gateway"})
_LASTING_SECONDS = (1.5, 4.0)
# Of a replica: longer than it takes to be found out.
_LASTING_REPLICA_SECONDS = (5.0, 6.5)
# Two that are killed at once: of which parts.
_TWO = ("api", "poller", "redis", "gateway")
# What is asked about first is done again and again.
_OFTEN = (
    ("api", "kill"),
    ("poller", "kill"),
    ("redis", "kill"),
    ("gateway", "kill"),
    ("api", "black hole"),
)


@dataclass(frozen=True)
class Fault:
    """One fault: whom, what, when and for how long."""

    number: int
    # One of KINDS.
    role: str
    kind: str
    # Names of parts, or roles, which change: `poller` leads, `standby` does not, `api` is the
    # replica that most viewers are at.
    parts: Sequence[str]
    # Between all being well and the fault.
    after_seconds: float
    lasting_seconds: float

    @property
    def most_seconds(self) -> float:
        """For how long a viewer may have no news."""
        target = TARGET_SECONDS[self.role]
        if self.kind in SUDDEN:
            return target
        if self.role == "api":
            return FOUND_OUT_SECONDS
        return target + (self.lasting_seconds if self.role in _ALONE else 0.0)


def draw_faults(seed: int, count: int) -> list[Fault]:
    """Draw so many faults: first each of its kind, in any order, then some again."""
    chance = random.Random(seed)
    every = [(role, kind) for role, kinds in KINDS.items() for kind in kinds]
    chosen: list[tuple[str, str]] = []
    while len(chosen) < count:
        chance.shuffle(every)
        chosen += [*_OFTEN, *every]
    # The few of a short run are those that are named; a long one mixes them.
    chosen = chosen[:count]
    chance.shuffle(chosen)
    return [_draw(chance, number, *one) for number, one in enumerate(chosen, 1)]


def _draw(chance: random.Random, number: int, role: str, kind: str) -> Fault:
    parts: Sequence[str] = (role,)
    if role == "two":
        parts = chance.sample(_TWO, 2)
    span = _LASTING_REPLICA_SECONDS if role == "api" else _LASTING_SECONDS
    lasting = chance.uniform(*span) if kind not in SUDDEN else 0.0
    return Fault(number, role, kind, tuple(parts), chance.random(), round(lasting, 2))
