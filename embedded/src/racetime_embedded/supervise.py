"""Run the parts under honcho, and start a part again when it ends by itself.

honcho interleaves and colours the logs, starts and stops; it ends everything when one process
ends. Here a process that ends is started again with a growing delay; only when that fails many
times in a row does the run end. A part that has an end rests then, and the others go on.
"""

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from honcho.manager import Manager  # type: ignore[import-untyped]
from honcho.printer import Message, Printer  # type: ignore[import-untyped]
from honcho.process import Popen, Process  # type: ignore[import-untyped]

from racetime_embedded.children import (
    describe_end,
    die_with_parent,
    signal_group,
    tied,
)
from racetime_embedded.parts import ROOT, Part

FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 8.0
# Ends in a row after which the run gives up; together about half a minute.
MOST_STARTS = 9
# A process that lived this long is sound: its next end counts as the first. What cannot live ends
# sooner: it lacks a port, or a setting is wrong.
SOUND_SECONDS = 10.0


def restart_delay_seconds(ends: int) -> float:
    """Answer how long to wait before the next start, after so many ends in a row.

    Viewers wait for what was killed: the first start is at once.
    """
    if ends <= 1:
        return 0.0
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (ends - 2))


class KeptProcess(Process):  # type: ignore[misc] # honcho has no types
    """A process of honcho's that is started again when it ends before it is told to."""

    # Both ends of a pipe that is closed when all shall stop, or when the supervisor dies. (An event
    # of multiprocessing would hang when one of those that wait on it has died.)
    lifeline: "tuple[Connection[Any, Any], Connection[Any, Any]]"
    # Whether the process has an end.
    ends: bool

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Keep the process going until told to stop or it fails too often; runs in a child."""
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._events = events
        self.stopping = threading.Event()
        threading.Thread(target=self._stop_with_supervisor, daemon=True).start()
        ends = 0
        while True:
            began = time.monotonic()
            self._run_once()
            if self.ends and self._child.returncode == 0:
                break
            ends = 1 if time.monotonic() - began > SOUND_SECONDS else ends + 1
            if self.stopping.is_set() or ends >= MOST_STARTS:
                break
            delay = restart_delay_seconds(ends)
            when = f"in {delay:g} s" if delay else "at once"
            self._say(f"starting it again {when} ({ends} of {MOST_STARTS - 1})")
            if self.stopping.wait(delay):
                break
        if not self.stopping.is_set() and self._child.returncode != 0:
            self._say(f"ended {ends} times in a row: giving up")
        if self.ends:
            self.stopping.wait()
        self._send_message({"returncode": self._child.returncode}, type="stop")

    def _run_once(self) -> None:
        command = tied(["/bin/sh", "-c", self.cmd])
        self._child = Popen(command, env=self.env, cwd=self.cwd, shell=False)
        self._send_message({"pid": self._child.pid}, type="start")
        if self.stopping.is_set():
            signal_group(self._child.pid, signal.SIGTERM)
        for line in iter(self._child.stdout.readline, b""):
            self._send_message(line)
        self._child.stdout.close()
        self._child.wait()
        if not self.stopping.is_set() and not (self.ends and self._child.returncode == 0):
            self._say(f"ended by itself ({describe_end(self._child.returncode)})")

    def _stop_with_supervisor(self) -> None:
        reader, writer = self.lifeline
        writer.close()
        reader.poll(None)
        self.stopping.set()
        if self._child is not None:
            signal_group(self._child.pid, signal.SIGTERM)

    def _say(self, text: str) -> None:
        self._send_message(f"*** {self.name} {text}\n")


class Supervisor(Manager):  # type: ignore[misc] # honcho has no types
    """A manager of honcho's whose processes are kept going."""

    def __init__(self, parts: Iterable[Part], printer: Printer | None = None) -> None:
        """Take the parts in; `loop` starts them."""
        super().__init__(printer)
        self.stopping = threading.Event()
        lifeline = multiprocessing.Pipe(duplex=False)
        self._lifeline = lifeline[1]
        self._process_ctor = KeptProcess
        for part in parts:
            process = self.add_process(
                part.name, part.command, env=dict(part.environ), cwd=str(ROOT)
            )
            process.lifeline = lifeline
            process.ends = part.ends

    def say(self, text: str) -> None:
        """Print lines between the logs; may be called from any thread."""
        self.events.put(
            Message(type="line", data=text, time=datetime.now(), name="racetime", colour=None)
        )

    def run(self) -> int:
        """Run until told to stop, which is exit code 0, or until a part fails for good."""
        self.loop()
        told = self.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
        return 0 if told else 1

    def terminate(self) -> None:
        """Stop all parts; each keeper ends its own process."""
        self.stopping.set()
        self._lifeline.close()
        self._terminating = True

    def kill(self) -> None:
        """Kill what did not stop in time."""
        for process in self._processes.values():
            if "returncode" not in process and "pid" in process:
                signal_group(process["pid"], signal.SIGKILL)

    def _system_print(self, data: str) -> None:
        # honcho's own words are kept to what a person can use.
        if " started " not in data and " stopped " not in data:
            super()._system_print(data)
