"""Validate rendered manifests against the schemas of Kubernetes and of the custom resources.

    python k8s/validate.py .cache/rendered/*.yaml

Kubernetes' own by kubernetes-validate, strictly (unknown fields are faults), in several versions;
the others by crds/check.mjs. Each fault is a line; ends with 1 when there is any.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

# The oldest that has all that is used, and some up to the newest.
VERSIONS = ("1.30", "1.33", "1.35", "1.37")
CRDS = Path(__file__).resolve().parent / "crds"

Manifest = Mapping[str, Any]


def load(path: Path) -> list[Manifest]:
    """Read the manifests of a file."""
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def named(manifest: Manifest) -> str:
    """Name a manifest for a reader."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def is_custom(manifest: Manifest) -> bool:
    """Say whether a kind is none of Kubernetes' own."""
    group, _, _ = manifest["apiVersion"].rpartition("/")
    return "." in group and not group.endswith(".k8s.io")


def faults(manifests: Iterable[Manifest]) -> Iterator[str]:
    """Tell what is wrong with manifests of Kubernetes' own kinds."""
    for manifest in manifests:
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = "/".join(map(str, error.absolute_path))
                yield f"{named(manifest)}: {where}: {error.message} ({version})"
                break
            except kubernetes_validate.SchemaNotFoundError as error:
                yield f"{named(manifest)}: {error.message}"
                break


def custom_faults(paths: Iterable[Path]) -> list[str]:
    """Tell what is wrong with the custom resources."""
    command = ["node", str(CRDS / "check.mjs"), *map(str, paths)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode not in (0, 1) or (done.returncode and not done.stdout):
        return [done.stderr]
    return done.stdout.splitlines()


def main(arguments: list[str]) -> int:
    """Validate files; answers the exit code."""
    paths = [Path(argument) for argument in arguments]
    found = []
    for path in paths:
        own = [one for one in load(path) if not is_custom(one)]
        found += [f"{path.name}: {fault}" for fault in faults(own)]
    found += custom_faults(paths)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
