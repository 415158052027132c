"""The process: it ends with one clear line, or cleanly when told."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from racetime import keys

COMMAND = [sys.executable, "-m", "racetime_poller"]
QUIET = {"RACETIME_POLLER_OPS_LISTEN": "127.0.0.1:0", "RACETIME_POLLER_METRICS_LISTEN": ""}


def run(**environ: str) -> subprocess.CompletedProcess[str]:
    """Run a poller that cannot start."""
    variables = {**os.environ, **QUIET, **environ}
    return subprocess.run(
        COMMAND, capture_output=True, text=True, check=False, env=variables, timeout=20
    )


def test_a_wrong_setting_ends_it_with_one_line() -> None:
    ended = run(RACETIME_OPENF1_TIER="gold")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("racetime-poller: RACETIME_OPENF1_TIER='gold'")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["RACETIME_POLLER_OPS_LISTEN", "RACETIME_POLLER_METRICS_LISTEN"])
def test_a_port_in_use_ends_it_with_one_line(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(**{name: f"127.0.0.1:{taken.getsockname()[1]}"})
    assert ended.returncode == 1
    assert name in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


@pytest.mark.chain
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_publishes_until_told_and_gives_the_lease_back(
    told: signal.Signals, recordings: Path, valkey_client: Any, valkey_url: str
) -> None:
    variables = {**os.environ, **QUIET, "RACETIME_LOG_FORMAT": "json"}
    folder = str(recordings / "2025-qatar-sprint")
    server = ["-m", "racetime_simulator", "--recording", folder, "--listen", "127.0.0.1:0"]
    simulator = subprocess.Popen(
        [sys.executable, *server, "--speed", "20"],
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
    )
    poller = None
    try:
        assert simulator.stderr is not None
        ready = next(line for line in simulator.stderr if "simulator.ready" in line)
        url = ready[ready.index("http://") :].split('"')[0]
        poller = subprocess.Popen(
            COMMAND,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=variables
            | {
                "RACETIME_REDIS_URL": valkey_url.replace("valkey://", "redis://"),
                "RACETIME_OPENF1_URL": url,
                "RACETIME_OPENF1_CLOCK_URL": f"{url}/clock",
                "RACETIME_OPENF1_TIER": "local",
            },
        )
        assert poller.stdout is not None
        assert any("poller.log_opened" in line for line in poller.stdout)
        poller.send_signal(told)
        rest, _ = poller.communicate(timeout=10)
        assert poller.returncode == 0
        assert "poller.stopped" in rest
        assert "Traceback" not in rest
        assert valkey_client.hget(keys.LEASE, "expires") == b"0"
    finally:
        for process in (poller, simulator):
            if process is not None:
                process.kill()
                process.communicate()
