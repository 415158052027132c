"""A matter before the stewards in a simulated race: noted, investigated, penalised, served."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from racetime_simulator.madeup.story import SessionStory

PENALTY_SECONDS = 5
LAPS_BEFORE_STOP = 7
"""It happens so long before a planned stop, at which it can be served."""
NOTED_AFTER, INVESTIGATED_AFTER, DECIDED_AFTER = 40, 95, 210
NOTICE_SECONDS = 60.0
"""Who comes in sooner after the decision does not serve it yet."""


@dataclass
class Matter:
    """What a car did; instants are seconds since lights out, infinite for what never came."""

    car: int
    at: float = np.inf
    served: float = np.inf

    def happen(self, car: int, number: int, plan: list[tuple[int, str]], now: float) -> None:
        """Let it happen as a car begins the lap for it."""
        due = bool(plan) and 2 <= number == plan[0][0] - LAPS_BEFORE_STOP
        if car == self.car and self.at == np.inf and due:
            self.at = now + 20

    def serve(self, car: int, now: float, stationary: float) -> float:
        """Return how long a car that has stopped has to stand for it."""
        due = now >= self.at + DECIDED_AFTER + NOTICE_SECONDS
        if car != self.car or not due or self.served < np.inf:
            return 0.0
        self.served = now + PENALTY_SECONDS + stationary
        return float(PENALTY_SECONDS)


def tell_matter(story: SessionStory, matter: Matter, say: Any) -> None:
    """Say what the stewards did; a car that had no stop left to serve it at goes free."""
    if matter.at == np.inf:
        return
    at = round(matter.at * 1000)
    car = story.called(matter.car)
    turn = int(story.random(8).integers(1, len(story.circuit.corner_meters) + 1))
    reason = "LEAVING THE TRACK AND GAINING AN ADVANTAGE"
    incident = f"TURN {turn} INCIDENT INVOLVING {car}"
    say(at + NOTED_AFTER * 1000, f"{incident} NOTED - {reason}", "Other")
    investigated = f"FIA STEWARDS: {incident} UNDER INVESTIGATION - {reason}"
    say(at + INVESTIGATED_AFTER * 1000, investigated, "Other")
    decided = at + DECIDED_AFTER * 1000
    if matter.served == np.inf:
        closed = f"FIA STEWARDS: {incident} REVIEWED NO FURTHER INVESTIGATION - {reason}"
        say(decided, closed, "Other")
        return
    penalty = f"{PENALTY_SECONDS} SECOND TIME PENALTY FOR {car} - {reason}"
    say(decided, f"FIA STEWARDS: {penalty}", "Other")
    served = f"FIA STEWARDS: PENALTY SERVED - {penalty}"
    say(round(matter.served * 1000) + 20_000, served, "Other")
