"""Write the images of a release, by digest, into the production overlay.

    python k8s/pin_images.py ghcr.io/<owner> poller=sha256:... api=... frontend=... gateway=...

A digest stands for one image for ever, whatever happens to a tag. All four are named, or none is
written.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

PARTS = ("poller", "api", "frontend", "gateway")
FILE = Path(__file__).resolve().parent / "overlays/production/images/kustomization.yaml"
REGISTRY_FORM = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*")
DIGEST_FORM = re.compile(r"sha256:[0-9a-f]{64}")


def digests(arguments: Sequence[str]) -> dict[str, str]:
    """Read part=digest of every part; exits saying what is wrong."""
    found = dict(argument.partition("=")[::2] for argument in arguments)
    if set(found) != set(PARTS) or len(arguments) != len(PARTS):
        sys.exit(f"pin_images: give a digest each of {', '.join(PARTS)}, and nothing else")
    for part, digest in found.items():
        if not DIGEST_FORM.fullmatch(digest):
            sys.exit(f"pin_images: {part}: {digest!r} is no digest such as sha256:9f86...")
    return found


def pinned(text: str, registry: str, found: dict[str, str]) -> str:
    """Answer the component's text with other images; its comment stays."""
    if not REGISTRY_FORM.fullmatch(registry):
        sys.exit(f"pin_images: {registry!r} is no registry such as ghcr.io/<owner>")
    head, _, _ = text.partition("images:\n")
    images = (
        f"  - name: racetime-{part}\n"
        f"    newName: {registry}/racetime-{part}\n"
        f"    digest: {found[part]}\n"
        for part in PARTS
    )
    return f"{head}images:\n{''.join(images)}"


def main(arguments: Sequence[str]) -> None:
    """Write the component."""
    if not arguments:
        sys.exit(__doc__)
    FILE.write_text(pinned(FILE.read_text(), arguments[0], digests(arguments[1:])))


if __name__ == "__main__":
    main(sys.argv[1:])
