"""What the page loads before it shows anything stays small: the rest comes when it is asked for."""

import gzip
import re
from pathlib import Path

DIST = Path(__file__).resolve().parents[1] / "frontend" / "dist"
# Of all scripts that the page asks for at once, as they travel.
MOST_BYTES = 200_000
STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


def first_scripts() -> set[str]:
    """Collect the scripts that index.html names, and what those import at once."""
    names: set[str] = set()
    waiting = set(re.findall(r"assets/([\w.-]+\.js)", (DIST / "index.html").read_text()))
    while waiting:
        name = waiting.pop()
        names.add(name)
        waiting |= set(STATIC_IMPORT.findall((DIST / "assets" / name).read_text())) - names
    return names


def test_the_scripts_that_are_loaded_at_once_are_small() -> None:
    sizes = {
        name: len(gzip.compress((DIST / "assets" / name).read_bytes(), 6))
        for name in first_scripts()
    }
    assert sizes
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_charts_boards_and_dialogs_are_not_among_them() -> None:
    together = "".join((DIST / "assets" / name).read_text() for name in first_scripts())
    for later in ("uplot", "react-grid-layout", "base-ui-"):
        assert later not in together, later
