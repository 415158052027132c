"""Make a release of all packages at once, or print what is told of one.

    python .ci/release.py cut 1.2.0     writes it everywhere and gives CHANGELOG.md a section
    python .ci/release.py notes 1.2.0   prints that section

Notes are of the version that the packages have, and of no other.
"""

import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
UNRELEASED = "## Unreleased"
# Each file that says which version it is, and how it says it; what stands before and after stays.
_NUMBER = r"\d+\.\d+\.\d+"
_PYPROJECT = rf'(?m)^(version = "){_NUMBER}(")$'
_PACKAGE = rf'(\A{{\n  "name": "[^"]+",\n  "version": "){_NUMBER}(")'
PLACES: dict[str, str] = {
    "pyproject.toml": _PYPROJECT,
    "proto/pyproject.toml": _PYPROJECT,
    "poller/pyproject.toml": _PYPROJECT,
    "api/pyproject.toml": _PYPROJECT,
    "embedded/pyproject.toml": _PYPROJECT,
    "frontend/package.json": _PACKAGE,
    # The lock says it of the page twice, at its top.
    "frontend/package-lock.json": (
        r'((?:\A{\n  "name": "[^"]+",|"": {\n      "name": "[^"]+",)\n +"version": ")'
        rf'{_NUMBER}(")'
    ),
    "proto/typescript/package.json": _PACKAGE,
    "proto/java/pom.xml": rf"(<artifactId>racetime-client</artifactId>\n  <version>){_NUMBER}(<)",
    # What tells people which file or image to take.
    "README.md": rf"(racetime-client-){_NUMBER}(\.tgz)",
    "docs/api.md": rf"(racetime_proto-|racetime-client-|racetime-client:){_NUMBER}()",
    "proto/java/README.md": rf"(racetime-client:){_NUMBER}()",
    "compose.yaml": rf"(\$\{{RACETIME_VERSION:-){_NUMBER}(\}})",
    "k8s/overlays/production/images/kustomization.yaml": rf"(newTag: ){_NUMBER}()",
}
# Files that a checkout may lack.
OPTIONAL = ("compose.yaml", "k8s/overlays/production/images/kustomization.yaml")


class ReleaseError(Exception):
    """A release cannot be made; the message says why."""


def read_version(root: Path) -> str:
    """Answer the version that the packages have."""
    found = re.search(_PYPROJECT, (root / "pyproject.toml").read_text())
    if found is None:
        raise ReleaseError("pyproject.toml names no version")
    return found[0].split('"')[1]


def cut(root: Path, version: str, today: date) -> None:
    """Write a version into every file, and give the changelog a section of it."""
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is no version such as 1.2.0")
    present = read_version(root)
    if _numbers(version) <= _numbers(present) and _has_section(root, present):
        raise ReleaseError(f"{version} does not follow {present}, which is released")
    written = {
        root / name: _place(root / name, pattern, version)
        for name, pattern in PLACES.items()
        if (root / name).is_file() or name not in OPTIONAL
    }
    changelog = root / "CHANGELOG.md"
    written[changelog] = _with_section(changelog.read_text(), version, today)
    # Nothing is written when anything cannot be.
    for path, text in written.items():
        path.write_text(text)


def notes(root: Path, version: str) -> str:
    """Answer what the changelog tells of a version, which must be that of the packages."""
    if (present := read_version(root)) != version:
        raise ReleaseError(f"the packages are of version {present}, not {version}")
    text = (root / "CHANGELOG.md").read_text()
    found = re.search(rf"(?ms)^## {re.escape(version)} - .*?\n+(.*?)(?=^## |\Z)", text)
    if found is None or not found[1].strip():
        raise ReleaseError(f"CHANGELOG.md tells nothing of {version}")
    return found[1].strip()


def _place(path: Path, pattern: str, version: str) -> str:
    text, count = re.subn(pattern, rf"\g<1>{version}\g<2>", path.read_text())
    if count == 0:
        raise ReleaseError(f"{path.name} does not say its version where it should")
    return text


def _with_section(changelog: str, version: str, today: date) -> str:
    head, mark, rest = changelog.partition(f"{UNRELEASED}\n")
    told = rest.partition("\n## ")[0]
    if not mark or not re.search(r"(?m)^- ", told):
        raise ReleaseError("CHANGELOG.md has nothing under Unreleased")
    return f"{head}{UNRELEASED}\n\n## {version} - {today.isoformat()}\n{rest}"


def _has_section(root: Path, version: str) -> bool:
    return f"\n## {version} - " in (root / "CHANGELOG.md").read_text()


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def main(arguments: list[str]) -> int:
    """Do what is asked for, and return the exit code."""
    verbs: dict[str, Callable[[str], None]] = {
        "cut": lambda version: cut(ROOT, version, datetime.now(UTC).date()),
        "notes": lambda version: print(notes(ROOT, version)),
    }
    if len(arguments) != 2 or arguments[0] not in verbs:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        verbs[arguments[0]](arguments[1])
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
