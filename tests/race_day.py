"""Watch a race through everything while it is disturbed, and judge what viewers saw.

python tests/race_day.py --target localhost:8443 --ca ca.pem

In a cluster of kind (`make kind-test`): pods are killed and rolled out by kubectl while viewers
watch through Traefik. They must lose nothing, begin nothing anew and end in the same state.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import grpc
from witness import Witness

VIEWERS = 5
NAMESPACE = "racetime"
_GOES_ON_SECONDS = 60.0
_PAUSE_SECONDS = 0.05
_UPDATES = 3

Disturbance = tuple[str, Callable[[], None]]


class Lost(AssertionError):
    """Viewers did not see what they should."""


@dataclass(frozen=True)
class Told:
    """What viewers noticed of a disturbance."""

    what: str
    longest_silence_seconds: float
    cuts: int


def until(what: str, holds: Callable[[], bool], seconds: float = _GOES_ON_SECONDS) -> None:
    """Wait until something holds; raises Lost."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Lost(f"not within {seconds:g} s: {what}")
        time.sleep(_PAUSE_SECONDS)


def watch_through(
    target: str, credentials: grpc.ChannelCredentials | None, disturbances: Sequence[Disturbance]
) -> list[Told]:
    """Watch while all that happens; raises Lost when viewers lost something."""
    with ExitStack() as stack:
        viewers = [
            stack.enter_context(Witness(target, credentials=credentials)) for _ in range(VIEWERS)
        ]
        _go_on("a race on screen", viewers)
        told = [_disturb(what, do, viewers) for what, do in disturbances]
        late = stack.enter_context(Witness(target, credentials=credentials))
        _go_on("who comes late sees it", [late])
        everyone = [*viewers, late]
        until("all see the same", lambda: len({viewer.seen() for viewer in everyone}) == 1)
        _judge(viewers)
        return told


def _disturb(what: str, do: Callable[[], None], viewers: Sequence[Witness]) -> Told:
    for viewer in viewers:
        viewer.longest_silence_seconds = 0.0
    cuts = sum(viewer.cuts for viewer in viewers)
    do()
    _go_on(f"the race goes on: {what}", viewers)
    longest = max(viewer.longest_silence_seconds for viewer in viewers)
    return Told(what, longest, sum(viewer.cuts for viewer in viewers) - cuts)


def _go_on(what: str, viewers: Sequence[Witness]) -> None:
    before = [viewer.updates for viewer in viewers]
    until(
        what,
        lambda: all(
            viewer.updates >= updates + _UPDATES
            for viewer, updates in zip(viewers, before, strict=True)
        ),
    )


def _judge(viewers: Sequence[Witness]) -> None:
    for number, viewer in enumerate(viewers, 1):
        if viewer.faults:
            raise Lost(f"viewer {number}: {viewer.faults}")
        if viewer.snapshots != 1:
            raise Lost(f"viewer {number} was sent {viewer.snapshots} whole states")


def kubectl(*arguments: str) -> str:
    """Ask the cluster; raises CalledProcessError."""
    command = ["kubectl", "--context", "kind-racetime", "--namespace", NAMESPACE, *arguments]
    return subprocess.run(command, check=True, text=True, capture_output=True, timeout=300).stdout


def kill(workload: str) -> Disturbance:
    """End a pod of a workload at once."""

    def do() -> None:
        label = f"app.kubernetes.io/name={workload}"
        pod = kubectl("get", "pods", "--selector", label, "--output", "name").split()[0]
        kubectl("delete", pod, "--grace-period=0", "--force")
        kubectl("rollout", "status", f"deployment/{workload}", "--timeout=180s")

    return f"a pod of {workload} killed", do


def roll_out(workload: str) -> Disturbance:
    """Replace all pods of a workload, one after the other."""

    def do() -> None:
        kubectl("rollout", "restart", f"deployment/{workload}")
        kubectl("rollout", "status", f"deployment/{workload}", "--timeout=240s")

    return f"{workload} rolled out", do


def main() -> int:
    """Watch, print what viewers noticed, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", default="localhost:8443")
    parser.add_argument("--ca", type=Path, required=True, help="who vouches for the target (PEM)")
    options = parser.parse_args()
    credentials = grpc.ssl_channel_credentials(options.ca.read_bytes())
    disturbances = [
        *(kill("api"), kill("gateway"), kill("poller")),
        *(roll_out("api"), roll_out("gateway"), roll_out("poller")),
    ]
    try:
        told = watch_through(options.target, credentials, disturbances)
    except Lost as error:
        print(f"race day: {error}", file=sys.stderr)
        return 1
    for one in told:
        silence = f"silent for {one.longest_silence_seconds:.1f} s at most"
        print(f"{one.what}: {silence}, {one.cuts} cuts")
    print(f"race day: {VIEWERS} viewers lost nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
