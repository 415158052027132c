"""Start child processes that never outlive their parent."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1

# Looked up here, since little may be done between fork and exec.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends. Linux only."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def prepare_child() -> None:
    """Set up a child between fork and exec: default signals, and no life after its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent()


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
