"""What was measured while a crowd watched, and what follows from it."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.report import percentile

# What stands between the feed and the viewer.
PATH = ("api", "gateway", "redis")
_SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)


@dataclass
class Load:
    """One crowd on one stage."""

    kind: str
    viewers: int
    seconds: float = 0.0
    # Updates that all viewers received.
    updates: int = 0
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    bytes_out: int = 0
    memory_before: dict[str, int] = field(default_factory=dict)
    memory_after: dict[str, int] = field(default_factory=dict)
    # Of all witnesses, milliseconds since publication.
    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    # Connections that were there at the end.
    held: int = 0

    def micros(self, group: str) -> float:
        """Microseconds of CPU that a group of processes spent for one update of one viewer."""
        return self.cpu_seconds.get(group, 0.0) * 1e6 / max(self.updates, 1)

    @property
    def path_micros(self) -> float:
        """The same of all that stands between the feed and the viewer."""
        return sum(map(self.micros, PATH))

    @property
    def update_bytes(self) -> float:
        """Bytes that the gateway sent for one update of one viewer, headers and all."""
        return self.bytes_out / max(self.updates, 1)

    def memory_kib(self, group: str) -> float:
        """Memory for one viewer, in KiB."""
        grown = self.memory_after.get(group, 0) - self.memory_before.get(group, 0)
        return grown / 1024 / self.viewers

    def shown(self) -> dict[str, Any]:
        """Answer what is kept of it."""
        return {
            "kind": self.kind,
            "viewers": self.viewers,
            "held": self.held,
            "seconds": round(self.seconds, 2),
            "updates": self.updates,
            "cpu_micros": {name: round(self.micros(name), 2) for name in self.cpu_seconds},
            "path_micros": round(self.path_micros, 2),
            "update_bytes": round(self.update_bytes),
            "memory_kib": {name: round(self.memory_kib(name), 1) for name in self.memory_after},
            "latency_count": len(self.latencies),
            "latency_millis": {
                f"{share:g}": round(percentile(self.latencies, share), 1) for share in _SHARES
            }
            if self.latencies
            else {},
            "fault_count": len(self.faults),
            "faults": self.faults[:5],
        }
