"""Parts are kept going, and all end together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from racetime_embedded.supervise import LONGEST_DELAY_SECONDS, restart_delay_seconds

RUN = """
import sys
from racetime_embedded import supervise
from racetime_embedded.parts import Part
supervise.FIRST_DELAY_SECONDS = 0.01
supervise.LONGEST_DELAY_SECONDS = 0.02
names = sys.argv[1::2]
parts = [
    Part(n, c, {"PATH": "/usr/bin:/bin"}, (), ends=n == "ending")
    for n, c in zip(names, sys.argv[2::2])
]
sys.exit(supervise.Supervisor(parts).run())
"""


class Run:
    """A supervisor in a process of its own, since it takes over the signals."""

    def __init__(self, output: Path, *parts: str) -> None:
        self.output = output
        with output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, *parts], stdout=out, stderr=subprocess.STDOUT
            )

    def text(self) -> str:
        return self.output.read_text()

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.01)

    def pids(self, name: str) -> list[int]:
        """Process ids that a part has printed."""
        lines = [line for line in self.text().splitlines() if f"{name} " in line and "pid=" in line]
        return [int(line.split("pid=")[1]) for line in lines]


@pytest.fixture
def run(tmp_path):
    started: list[Run] = []

    def start(*parts: str) -> Run:
        started.append(Run(tmp_path / "output", *parts))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


LASTING = "echo pid=$$; exec sleep 600"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_with_exit_code_0(run, signum):
    running = run("one", LASTING, "two", LASTING)
    running.until(lambda: running.pids("one") and running.pids("two"))
    running.process.send_signal(signum)
    assert running.process.wait(10) == 0
    assert not any(map(is_alive, running.pids("one") + running.pids("two")))


def test_a_part_that_is_killed_is_named_and_started_again(run):
    running = run("one", LASTING, "two", LASTING)
    running.until(lambda: running.pids("one") and running.pids("two"))
    os.kill(running.pids("one")[0], signal.SIGKILL)
    running.until(lambda: len(running.pids("one")) == 2)
    assert "one ended by itself (killed by SIGKILL)" in running.text()
    assert len(running.pids("two")) == 1, "the others go on"


def test_a_part_that_cannot_live_ends_the_run_with_its_reason(run):
    running = run("one", "echo no such race; exit 3", "two", LASTING)
    assert running.process.wait(20) == 1
    assert "no such race" in running.text()
    assert "one ended by itself (exit code 3)" in running.text()
    assert "giving up" in running.text()
    assert not any(map(is_alive, running.pids("two")))


def test_a_part_that_has_an_end_leaves_the_others_alone(run):
    running = run("ending", "echo pid=$$", "two", "sleep 0.3; echo pid=$$; exec sleep 600")
    running.until(lambda: running.pids("two"))
    assert len(running.pids("ending")) == 1
    assert "by itself" not in running.text()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0


def test_a_part_that_should_end_and_fails_is_started_again_and_given_up(run):
    running = run("ending", "echo no network; exit 1", "two", LASTING)
    running.until(lambda: "giving up" in running.text())
    assert running.text().count("no network") > 1
    assert is_alive(running.pids("two")[0])
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_nothing_is_left_behind_when_the_supervisor_is_killed(run):
    running = run("one", LASTING, "two", LASTING)
    running.until(lambda: running.pids("one") and running.pids("two"))
    running.process.kill()
    running.process.wait()
    running.until(lambda: not any(map(is_alive, running.pids("one") + running.pids("two"))))


def test_the_first_start_is_at_once_and_the_delay_grows_to_a_cap():
    delays = [restart_delay_seconds(ends) for ends in range(1, 12)]
    assert delays == sorted(delays)
    assert delays[0] == 0 < delays[1] < 1
    assert delays[-1] == LONGEST_DELAY_SECONDS
