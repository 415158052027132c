"""What processes have used, as the kernel counts it. Linux only."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12


def cpu_seconds(pid: int) -> float:
    """Answer the CPU time of a process with all its threads, in user and in kernel."""
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text.rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_SECONDS


def resident_bytes(pid: int) -> int:
    """Answer the memory of a process that is not shared with other programs' files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu(pids: Mapping[str, list[int]]) -> dict[str, float]:
    """Answer the CPU time of groups of processes, by their names."""
    return {name: sum(map(cpu_seconds, group)) for name, group in pids.items()}


def memory(pids: Mapping[str, list[int]]) -> dict[str, int]:
    """Answer the memory of groups of processes, by their names."""
    return {name: sum(map(resident_bytes, group)) for name, group in pids.items()}


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Answer what was used between two counts."""
    return {name: after[name] - before[name] for name in before}
