"""What a run of the load bench does: read from the environment, once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

SCENES = ("floor", "racetime", "sse", "polling", "storm", "slow", "kill")


@dataclass(frozen=True)
class FanoutPlan:
    """What may be chosen; each field is the variable RACETIME_FANOUT_<NAME>."""

    # Crowds to measure, one after the other.
    viewers: str = "3000,6000"
    # Scenes, in this order; the floor and RaceTime take turns so many times.
    scenes: str = ",".join(SCENES)
    rounds: int = 2
    replicas: int = 3
    # Viewers that verify what they receive; they are a part of the crowd.
    witnesses: int = 40
    # Viewers that poll: a second of each costs so much that more would be too many for two cores.
    pollers: int = 1000
    # Connections that the crowd opens a second, how long it is left alone then, how long measured.
    joins_per_second: int = 600
    settle_seconds: int = 5
    seconds: int = 20
    # The storm: so many join within so many seconds, while the first crowd watches.
    storm_joins: int = 1000
    storm_seconds: int = 5
    # Viewers that stop reading, and for how long.
    slow_readers: int = 50
    slow_seconds: int = 30
    # Where h2load is; empty for the PATH, else Debian's package.
    h2load: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "FanoutPlan":
        """Take each choice from its variable or default; raise ValueError on nonsense."""
        values: dict[str, str | int] = {}
        for field in fields(cls):
            name = f"RACETIME_FANOUT_{field.name.upper()}"
            if text := environ.get(name):
                values[field.name] = text if isinstance(field.default, str) else _count(name, text)
        plan = cls(**values)  # type: ignore[arg-type]
        unknown = set(plan.wanted_scenes) - set(SCENES)
        if unknown:
            raise ValueError(f"RACETIME_FANOUT_SCENES: no scene is named {', '.join(unknown)}")
        _ = plan.crowds
        return plan

    @property
    def crowds(self) -> list[int]:
        """How many viewers watch, crowd by crowd."""
        return [_count("RACETIME_FANOUT_VIEWERS", part) for part in self.viewers.split(",") if part]

    @property
    def longest_seconds(self) -> int:
        """How long the longest stage may last: all join twice, and every scene is played."""
        joining = 2 * max(self.crowds) // self.joins_per_second
        measured = self.settle_seconds + self.seconds
        return joining + measured + self.storm_seconds + self.slow_seconds

    @property
    def wanted_scenes(self) -> list[str]:
        """The scenes to play, by name."""
        return [part.strip() for part in self.scenes.split(",") if part.strip()]


def _count(name: str, text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError(f"{name}: {text!r} is not a positive whole number")
    return int(text)
