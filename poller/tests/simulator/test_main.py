"""The process: it says when it is ready, serves, and stops when told."""

import os
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from racetime_simulator.faults import Order
from racetime_simulator.settings import Settings

COMMAND = [sys.executable, "-m", "racetime_simulator"]


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(told: signal.Signals) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--listen", "127.0.0.1:0", "--speed", "60"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "RACETIME_LOG_FORMAT": "json"},
    )
    try:
        assert process.stderr is not None
        ready = next(line for line in process.stderr if "simulator.ready" in line)
        found = re.search(r"http://[\d.]+:\d+", ready)
        assert found
        with httpx.Client(base_url=found[0], timeout=20) as client:
            assert client.get("/clock").json()["provenance"] == "simulated"
            assert client.get("/v1/drivers?session_key=latest").status_code == 200
        process.send_signal(told)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [*COMMAND, "--listen", listen], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert (
        ended.stderr == f"racetime_simulator: cannot listen on {listen}: Address already in use\n"
    )


def test_a_flag_wins_over_the_environment() -> None:
    environ = {
        "RACETIME_SIMULATOR_SPEED": "20",
        "RACETIME_SIMULATOR_SEED": "7",
        "RACETIME_SIMULATOR_REQUIRE_TOKEN": "true",
        "RACETIME_SIMULATOR_FAULTS": "html, late",
        "RACETIME_SIMULATOR_PASSWORD": "secret",
    }
    settings = Settings.from_env(environ, ["--speed", "60"])
    assert (settings.speed, settings.seed, settings.require_token) == (60.0, 7, True)
    assert settings.faults == (Order("html"), Order("late"))
    assert "secret" not in str(settings.describe())


@pytest.mark.parametrize(
    "arguments", [["--speed", "0"], ["--tier", "gold"], ["--faults", "nonsense"], ["--listen", "x"]]
)
def test_a_wrong_setting_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Settings.from_env({}, arguments)
    assert "error" in capsys.readouterr().err
