"""What containers ask for their health tells by its exit code."""

import os
import subprocess
import sys

import pytest
from chain import Chain

from racetime_embedded.ports import HOST

pytestmark = pytest.mark.chain

NOWHERE = f"{HOST}:9"


def probe(module: str, variable: str, listen: str) -> tuple[int, str]:
    """Run a probe as a container does; answer its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", f"{module}.probe"],
        env={**os.environ, variable: listen},
        capture_output=True,
        text=True,
        timeout=20,
    )
    return done.returncode, done.stderr


def test_probes_say_that_a_part_serves_and_name_one_that_does_not(racing: Chain) -> None:
    ports = racing.ports
    for module, variable, port in (
        ("racetime_api", "RACETIME_API_LISTEN", ports.api[0]),
        ("racetime_poller", "RACETIME_POLLER_OPS_LISTEN", ports.poller_ops),
        ("racetime_simulator", "RACETIME_SIMULATOR_LISTEN", ports.simulator),
    ):
        assert probe(module, variable, f"{HOST}:{port}") == (0, "")
        code, said = probe(module, variable, NOWHERE)
        assert code == 1
        assert said.startswith(f"{module.replace('_', '-')}: ")
        assert "Traceback" not in said
