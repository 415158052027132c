"""Start child processes that never outlive their parent.

A child begins as this file, run as a script, which sets the process up and becomes the program.
(Code between fork and exec would do without the script, but not in a process that has threads.)
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tied(command: Sequence[str]) -> list[str]:
    """Answer the command that runs a command which dies with this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def become(parent: int, command: list[str]) -> None:
    """Turn this process into a program with default signals and no life after its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent()
    if os.getppid() == parent:  # else it ended before the kernel knew
        os.execvp(command[0], command)


def signal_group(pid: int, signum: int) -> None:
    """Send a signal to the group of a child that leads its own session; it may have ended."""
    try:
        os.killpg(pid, signum)
    except (ProcessLookupError, PermissionError):
        return


def describe_end(returncode: int) -> str:
    """Say how a process ended."""
    if returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
