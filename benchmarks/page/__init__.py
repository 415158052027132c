"""The page as a viewer's browser meets it."""

import sys
from pathlib import Path

# The chain, the browser and what is read from the screen are those of the tests.
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
