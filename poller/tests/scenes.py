"""Stretches of sessions, played through a whole poller against a source that misbehaves."""

import random
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta

import virtual_time
from pushing import InProcessBroker
from sessions import Stretch
from world import World, settled

from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.poller import Poller
from racetime_simulator.faults import FAULTS, RECOVERABLE, Faults, Window

# The faster, the fewer requests and pictures.
_SPEED = 60.0
# After the last row of all: a resync, and the longest pause between two looks at the result.
_AFTER = timedelta(seconds=330)
# What strikes by chance strikes the last rows too; then all must become well again.
_STRIKES_AFTER = timedelta(seconds=30)
# Faults that last are on for a while: all must be well again at the end.
_LASTING_SECONDS = (40, 220)
_OUTAGE_SECONDS = 120
# A login is at the beginning.
_CLOSED_DESK_SECONDS = (-1, 120)
_REFUSED_SECONDS = (150, 220)
# Of the places and stops of a few laps there are not many.
_ROWS_RATE = 0.7
# All faults after which everything is well again. Of a stop that is told twice nobody knows the
# instant.
STRIKING = tuple(
    name for name in RECOVERABLE if FAULTS[name].kind != "push" and name != "duplicate_pit"
)
PUSH_STRIKING = tuple(name for name in RECOVERABLE if FAULTS[name].kind == "push")


@dataclass(frozen=True)
class Ended:
    """The state at the end, and how often each fault struck."""

    state: RaceState
    injected: dict[str, int]


def play(
    stretch: Stretch,
    names: Sequence[str] = (),
    *,
    seed: int = 1,
    rate: float = 0.15,
    pushed: bool = False,
) -> Ended:
    """Play a stretch with faults, its rows `pushed` or asked for; return how it ended."""
    faults = _faults(stretch, names, seed, rate)
    # How long the poller waits after a refusal is by chance.
    random.seed(seed)

    async def main() -> Ended:
        world = World(stretch.archive, stretch.begin, _SPEED, faults=faults)
        world.simulator.require_token = _is_locked(names)
        broker = InProcessBroker(world)
        async with broker.running() if pushed else nullcontext(), world.poller() as poller:
            if pushed:
                broker.attach(poller)
            if _is_locked(names):
                _log_in(poller)
            await world.until((stretch.end + _AFTER - stretch.begin).total_seconds())
            assert poller.following is not None, "it follows nothing"
            _, broadcast = poller.following
        # Some of the picture hangs on the time alone: it is drawn at the same instant each time.
        await broadcast.publish_once()
        return Ended(settled(await world.state(stretch.session_key)), faults.injected)

    return virtual_time.run(main)


def _is_locked(names: Sequence[str]) -> bool:
    return any(FAULTS[name].kind == "tokens" for name in names)


def _log_in(poller: Poller) -> None:
    account = poller.source.account
    account.username, account.password = "me", "secret"


def _faults(stretch: Stretch, names: Sequence[str], seed: int, rate: float) -> Faults:
    return Faults(
        frozenset(names),
        rate=rate,
        seed=seed,
        outage_start=stretch.begin + timedelta(seconds=_OUTAGE_SECONDS),
        window=Window.between(None, stretch.end + _STRIKES_AFTER),
        windows={name: _window(stretch, name) for name in names if _needs_end(name)},
        rates={name: _ROWS_RATE for name in names if FAULTS[name].kind == "rows"},
    )


def _needs_end(name: str) -> bool:
    fault = FAULTS[name]
    return name not in ("outage", "late", "duplicate_pit") and (fault.lasts or fault.kind == "rows")


def _window(stretch: Stretch, name: str) -> Window:
    span = _LASTING_SECONDS
    if FAULTS[name].kind == "tokens":
        span = _CLOSED_DESK_SECONDS
    elif name == "mqtt_disconnect":
        span = _REFUSED_SECONDS
    return Window.between(*(stretch.begin + timedelta(seconds=second) for second in span))
